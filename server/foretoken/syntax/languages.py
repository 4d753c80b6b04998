"""The language table: LSP language ids, their names and file extensions (``grammars/languages.toml``)."""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePath

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Language:
    id: str
    name: str
    extensions: tuple[str, ...]


def grammars_dir() -> Path:
    """The grammars folder: inside the wheel, or at the repository root in an editable install."""
    packaged = _PACKAGE / "grammars"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1] / "grammars"


@functools.cache
def languages() -> dict[str, Language]:
    """All known languages by LSP language id."""
    table = tomllib.loads((grammars_dir() / "languages.toml").read_text(encoding="utf-8"))
    return {key: Language(key, row["name"], tuple(row["extensions"])) for key, row in table.items()}


def language_name(language_id: str) -> str:
    """What a person calls the language; the id itself when it is unknown."""
    language = languages().get(language_id)
    return language.name if language else language_id


def language_for_path(path: str) -> str:
    """The language id for a file name, "plaintext" when the extension says nothing."""
    extension = PurePath(path).suffix.lower()
    return next((language.id for language in languages().values() if extension in language.extensions), "plaintext")
