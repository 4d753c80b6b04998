"""Where settings come from: defaults < user file < workspace file < editor.

Each later source wins key by key. What is unknown or wrong is left out and named in a ``SettingsProblem``; the rest
of its source still applies, so that a slip of the pen never costs more than the one setting.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from foretoken.session.settings import Settings
from foretoken.session.settings_file import (
    APP_NAME,
    WORKSPACE_FILE_NAME,
    Signature,
    UnreadableFile,
    read_toml,
    signature,
    user_settings_file,
)

_WORDS = {
    "a valid boolean": "true or false",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid string": "text",
    "a valid tuple": "a list of texts",
    "less than or equal to": "at most",
    "greater than or equal to": "at least",
}

DEFAULT = "default"
EDITOR = "editor"


@dataclass(frozen=True, slots=True)
class SettingsProblem:
    """One setting that was left out. message: a sentence for the user. source: a file's path, or ``editor``."""

    message: str
    source: str

    def __str__(self) -> str:
        return f"{self.source}: {self.message}"


@dataclass(slots=True)
class SettingsSources:
    """Loads the settings, remembers where each came from, and says when a file has changed since.

    There is no file watcher: call ``changed()`` every second or so, and on ``workspace/didChangeWatchedFiles`` where
    the editor sends it; it costs one ``stat`` a file. When it is true, ``load()`` again with the same arguments.
    ``changed()`` and ``files()`` may run in another thread than ``load()``: what they read is replaced, never altered.

    user_file: None = the platform's place. origins: ``section.name`` -> source of its value, for every key.
    """

    user_file: Path | None = None
    origins: dict[str, str] = field(default_factory=dict)
    _signatures: dict[Path, Signature] = field(default_factory=dict)

    def load(
        self, workspace_root: Path | None = None, editor: Mapping[str, Any] | None = None
    ) -> tuple[Settings, list[SettingsProblem]]:
        """The effective settings and what was left out. Never raises for the contents of a source.

        editor: ``initializationOptions`` or the ``foretoken`` section of ``workspace/configuration``; a null value
        means "not set", and an outer ``foretoken`` key is allowed.
        """
        merge = _Merge()
        signatures: dict[Path, Signature] = {}
        user_file = self.user_file or user_settings_file()
        _load_file(merge, signatures, user_file, trusted=True)
        if workspace_root is not None:
            _load_file(merge, signatures, workspace_root / WORKSPACE_FILE_NAME, trusted=False)
        if editor is not None:
            merge.add(_editor_section(editor), EDITOR, trusted=True)
        self._signatures, self.origins = signatures, merge.origins
        return merge.settings(), merge.problems

    def changed(self) -> bool:
        """Whether a settings file appeared, vanished or was written since the last ``load()`` (mtime and size)."""
        return any(signature(path) != loaded for path, loaded in self._signatures.items())

    def files(self) -> tuple[Path, ...]:
        """The files of the last ``load()``, there or not."""
        return tuple(self._signatures)


def _load_file(merge: "_Merge", signatures: dict[Path, Signature], path: Path, trusted: bool) -> None:
    signatures[path] = signature(path)  # before reading: a write in between is seen as a change
    try:
        values = read_toml(path)
    except UnreadableFile as error:
        merge.problems.append(SettingsProblem(str(error), str(path)))
    else:
        merge.add(values, str(path), trusted)


def _editor_section(editor: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(editor, Mapping):
        return editor  # named as a problem by the merge
    inner = editor.get(APP_NAME)
    return inner if isinstance(inner, Mapping) and len(editor) == 1 else editor


class _Merge:
    """Collects valid values, source by source."""

    def __init__(self) -> None:
        self.problems: list[SettingsProblem] = []
        self.origins = {key: DEFAULT for key, _ in iter_fields()}
        self._values: dict[str, dict[str, Any]] = {}

    def settings(self) -> Settings:
        sections = Settings.model_fields
        return Settings.model_validate(
            {name: _section_class(sections[name])(**values) for name, values in self._values.items()}
        )

    def add(self, values: Mapping[str, Any], source: str, trusted: bool) -> None:
        if not isinstance(values, Mapping):
            self._problem(source, f"expected a table of settings, found {_short(values)}")
            return
        for name, section in values.items():
            if section is None:
                continue
            if name not in Settings.model_fields:
                self._problem(source, f"unknown section {_short(name)}{_did_you_mean(name, Settings.model_fields)}")
            elif not isinstance(section, Mapping):
                self._problem(source, f"{name}: expected a table of settings, found {_short(section)}")
            else:
                self._add_section(name, section, source, trusted)

    def _add_section(self, name: str, values: Mapping[str, Any], source: str, trusted: bool) -> None:
        section = _section_class(Settings.model_fields[name])
        for key, value in values.items():
            full = f"{name}.{key}"
            if value is None:
                continue
            if key not in section.model_fields:
                self._problem(source, f"unknown setting {_short(full)}{_did_you_mean(key, section.model_fields, name)}")
            elif not trusted and not workspace_may_set(section.model_fields[key]):
                self._problem(
                    source, f"{full} may not be set by a workspace: put it into {user_settings_file()} or your editor"
                )
            else:
                try:
                    section(**{key: value})
                except ValidationError as error:
                    self._problem(source, f"{full}: {_expected(error)}, found {_short(value)}")
                else:
                    self._values.setdefault(name, {})[key] = value
                    self.origins[full] = source

    def _problem(self, source: str, message: str) -> None:
        self.problems.append(SettingsProblem(message, source))


def iter_fields() -> list[tuple[str, FieldInfo]]:
    """Every setting as (``section.name``, its field), in the schema's order."""
    return [
        (f"{name}.{key}", info)
        for name, outer in Settings.model_fields.items()
        for key, info in _section_class(outer).model_fields.items()
    ]


def workspace_may_set(info: FieldInfo) -> bool:
    """Whether a workspace file, which anyone may have written, may set this field."""
    extra = info.json_schema_extra
    return not (isinstance(extra, dict) and extra.get("workspace") is False)


def _section_class(info: FieldInfo) -> type[BaseModel]:
    assert isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
    return info.annotation


def _expected(error: ValidationError) -> str:
    """Pydantic's ``Input should be ...`` as ``expected ...``, in the words of the settings' reference."""
    message = error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Input should be ")
    for theirs, ours in _WORDS.items():
        message = message.replace(theirs, ours)
    return f"expected {message}"


def _did_you_mean(word: object, known: Mapping[str, Any], section: str = "") -> str:
    import difflib  # only when there is something to say

    prefix = f"{section}." if section else ""
    close = difflib.get_close_matches(_snake_case(str(word)), known, n=1, cutoff=0.5)
    if close:
        return f": did you mean {prefix}{close[0]}?"
    return f"; known are {', '.join(prefix + name for name in known)}"


def _snake_case(word: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", word).lower()


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = "".join(ch if ch.isprintable() else " " for ch in text)
    return repr(text[:57] + "..." if len(text) > 60 else text) if isinstance(value, str) else text[:60]
