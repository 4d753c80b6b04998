"""The doctor on settings, log files and editors."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from foretoken.cli.check import Check, State, size_text
from foretoken.cli.settings_reference import toml
from foretoken.logs import log_folder
from foretoken.session.settings import Settings
from foretoken.session.settings_sources import DEFAULT, SettingsProblem, SettingsSources, iter_fields

_TIMEOUT_S = 10


def check_settings(settings: Settings, sources: SettingsSources, problems: list[SettingsProblem]) -> Iterator[Check]:
    for path in sources.files():
        found = path.is_file()
        yield Check("settings", "file", State.OK if found else State.INFO, f"{path}{'' if found else ' (not there)'}")
    for key, _ in iter_fields():
        section, name = key.split(".")
        if sources.origins[key] != DEFAULT:
            value = toml(getattr(getattr(settings, section), name))
            yield Check("settings", key, State.INFO, f"{value} (from {sources.origins[key]})")
    for problem in problems:
        yield Check("settings", "problem", State.WARN, str(problem), "`foretoken settings --reference` lists them all.")


def check_logs() -> Iterator[Check]:
    folder = log_folder()
    files = [path for path in folder.glob("*.log*") if path.is_file()] if folder.is_dir() else []
    size = sum(path.stat().st_size for path in files)
    plural = "" if len(files) == 1 else "s"
    value = f"{folder} ({len(files)} file{plural}, {size_text(size)})" if files else f"{folder} (empty)"
    yield Check("logs", "folder", State.INFO, value)


@dataclass(frozen=True, slots=True)
class _Editor:
    """inline_since: the first version whose own LSP client shows inline completions; None = none does by itself."""

    name: str
    command: str
    inline_since: tuple[int, int] | None
    otherwise: str


_EDITORS = (
    _Editor("Neovim", "nvim", (0, 12), "inline suggestions need Neovim 0.12 or newer"),
    _Editor("VS Code", "code", None, "inline suggestions come through the extension"),
    _Editor("Helix", "hx", None, "Helix shows no inline suggestions"),
    _Editor("Emacs", "emacs", None, "inline suggestions need lsp-mode 10 or newer"),
)


def check_editors() -> Iterator[Check]:
    """Only looked for on PATH; an editor elsewhere works as well."""
    found = False
    for editor in _EDITORS:
        program = shutil.which(editor.command)
        if program is None:
            continue
        found = True
        version = _version(program)
        if version is None:
            yield Check("editors", editor.name, State.WARN, "found, but it does not tell its version", "")
            continue
        if editor.inline_since is None:
            yield Check("editors", editor.name, State.INFO, f"{version}: {editor.otherwise}")
        elif tuple(map(int, version.split(".")[:2])) >= editor.inline_since:
            yield Check("editors", editor.name, State.OK, f"{version}: shows inline suggestions")
        else:
            yield Check("editors", editor.name, State.WARN, f"{version}: {editor.otherwise}", "Update it.")
    if not found:
        names = ", ".join(editor.command for editor in _EDITORS)
        yield Check("editors", "on PATH", State.INFO, f"none of {names}")


def _version(program: str) -> str | None:
    """Such as ``0.12.4``."""
    try:
        shown = subprocess.run(
            [str(Path(program)), "--version"],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\d+\.\d+(\.\d+)?", shown)
    return found[0] if found else None
