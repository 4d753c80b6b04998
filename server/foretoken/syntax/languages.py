"""The language table (``grammars/languages.toml``): what a file's language is, and what belongs to it."""

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePath

_PACKAGE = Path(__file__).resolve().parents[1]
_SHEBANG = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+)*)?([\w.+-]+)")


@dataclass(frozen=True, slots=True)
class Language:
    """id: LSP's language id. grammar: module and function that hold its tree-sitter grammar; empty = text-level facts
    only. queries: folders under ``grammars/``, their queries joined in this order. line_comment: what begins a comment
    that ends with its line; empty where there is none.
    """

    id: str
    name: str
    extensions: tuple[str, ...]
    filenames: tuple[str, ...]
    interpreters: tuple[str, ...]
    grammar: str
    queries: tuple[str, ...]
    line_comment: str


def grammars_dir() -> Path:
    """The grammars folder: inside the wheel, or at the repository root in an editable install."""
    packaged = _PACKAGE / "grammars"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1] / "grammars"


@functools.cache
def languages() -> dict[str, Language]:
    """All known languages by LSP language id."""
    table = tomllib.loads((grammars_dir() / "languages.toml").read_text(encoding="utf-8"))
    return {
        key: Language(
            key,
            row["name"],
            tuple(row["extensions"]),
            tuple(row.get("filenames", ())),
            tuple(row.get("interpreters", ())),
            row.get("grammar", ""),
            tuple(row.get("queries", (key,))),
            row.get("line_comment", ""),
        )
        for key, row in table.items()
    }


def language_name(language_id: str) -> str:
    """What a person calls the language; the id itself when it is unknown."""
    language = languages().get(language_id)
    return language.name if language else language_id


def language_for_path(path: str, first_line: str = "") -> str:
    """The language id for a file name, else for its first line's ``#!``; "plaintext" when neither says anything."""
    by_name, by_extension, by_interpreter = _tables()
    name = PurePath(path).name
    found = by_name.get(name) or by_extension.get(PurePath(name).suffix.lower())
    if found is None and (shebang := _SHEBANG.match(first_line)):
        interpreter = shebang[1]
        found = by_interpreter.get(interpreter) or by_interpreter.get(interpreter.rstrip("0123456789."))
    return found or "plaintext"


@functools.cache
def _tables() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    known = languages().values()
    return (
        {name: language.id for language in known for name in language.filenames},
        {extension: language.id for language in known for extension in language.extensions},
        {name: language.id for language in known for name in language.interpreters},
    )
