"""Configuration files read with distrust: whatever stands in them, the answer is a plain value or nothing."""

import json
import re
import tomllib
from typing import Any

from foretoken.syntax.resolve.files import Files

LONGEST = 4_000_000
_PIECE = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)


def read_json(files: Files, path: str) -> Any:
    """The value of a JSON file that may hold comments and trailing commas (tsconfig.json does); None when it is bad."""
    text = files.text(path) if files.has(path) else None
    if text is None or len(text) > LONGEST:
        return None
    for attempt in (lambda: text, lambda: _PIECE.sub(_strings_only, _COMMENT.sub(_strings_only, text))):
        try:
            return json.loads(attempt().removeprefix("\ufeff"))
        except (ValueError, RecursionError):
            continue
    return None


def read_toml(files: Files, path: str) -> dict[str, Any]:
    """The tables of a TOML file; empty when it is bad."""
    text = files.text(path) if files.has(path) else None
    if text is None or len(text) > LONGEST:
        return {}
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return {}


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


def _strings_only(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith('"') else " "
