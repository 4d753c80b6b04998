"""Configuration files read with distrust: whatever stands in them, the answer is a plain value or nothing."""

import json
import re
import tomllib
from typing import Any

from foretoken.syntax.resolve.files import Files

# In characters. A file that a person keeps is far shorter; one that a build writes may be given more.
LONGEST = 1_000_000
# Strings and comments that have no end go on to the line's or the file's, so that each place is looked at once.
_COMMENT = re.compile(r'"(?:[^"\\\n]+|\\.)*+"?|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_PIECE = re.compile(_COMMENT.pattern + r"|,(?=\s*[}\]])", re.DOTALL)
# tomllib's time grows with the square of a dotted key's parts (Python 3.11 to 3.14).
_MOST_PARTS = 64
_PART = re.compile(r"""\.[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*""")


def read_text(files: Files, path: str, longest: int = LONGEST) -> str:
    """The text of a file; empty when there is none, or it has more characters than ``longest``."""
    text = files.text(path) if files.has(path) else None
    return "" if text is None or len(text) > longest else text.removeprefix("\ufeff")


def read_json(files: Files, path: str, longest: int = LONGEST) -> Any:
    """The value of a JSON file that may hold comments and trailing commas (tsconfig.json does); None when it is bad."""
    text = read_text(files, path, longest)
    for attempt in (lambda: text, lambda: _PIECE.sub(_strings_only, _COMMENT.sub(_strings_only, text))):
        try:
            return json.loads(attempt())
        except (ValueError, RecursionError):
            continue
    return None


def read_toml(files: Files, path: str) -> dict[str, Any]:
    """The tables of a TOML file; empty when it is bad."""
    text = read_text(files, path)
    if _has_a_long_key(text):
        return {}
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def _has_a_long_key(text: str) -> bool:
    end = parts = 0
    for part in _PART.finditer(text):
        parts = parts + 1 if part.start() == end else 1
        if parts > _MOST_PARTS:
            return True
        end = part.end()
    return False


def table(value: Any, *keys: str) -> dict[str, Any]:
    """The table at these keys, one inside the other; empty where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def texts(value: Any) -> list[str]:
    """The strings of a list; one string alone is a list of one."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def tables(value: Any) -> list[dict[str, Any]]:
    """The tables of a list; empty when it is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _strings_only(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith('"') else " "
