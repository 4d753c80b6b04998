"""The doctor on settings, log files and editors."""

import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from foretoken.cli.check import Check, State, size_text
from foretoken.cli.check_installation import usable_cores
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
    cores = usable_cores()
    if settings.model.threads > cores:
        value = f"{settings.model.threads} on {cores} core{'' if cores == 1 else 's'}"
        advice = f"More threads than cores make it slower: set model.threads to {cores} or less; 0 = all cores but one."
        yield Check("settings", "threads", State.WARN, value, advice)
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


def check_command() -> Iterator[Check]:
    """Whether an editor that is told to start ``foretoken`` finds it."""
    found = shutil.which("foretoken")
    if found is not None:
        yield Check("editors", "foretoken", State.OK, f"on PATH: {found}")
        return
    folder = sysconfig.get_path("scripts")
    program = shutil.which("foretoken", path=folder)
    if program is None:
        advice = "Install it again: pip install --force-reinstall --no-deps foretoken"
        yield Check("editors", "foretoken", State.WARN, f"not on PATH, and not in {folder}", advice)
        return
    # An editor that was started from a menu does not see the shell's PATH, so its own setting comes first.
    line = f'$env:Path = "{folder};$env:Path"' if os.name == "nt" else f'export PATH="{folder}:$PATH"'
    advice = f"Write {program} as the command in your editor's settings, or: {line}"
    yield Check("editors", "foretoken", State.WARN, "not on PATH", advice)


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
