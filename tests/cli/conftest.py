"""A home of its own for every test, so that nothing reads or writes the real one."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that stands for the user's home, on every platform."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(folder / name.lower()))
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return folder


@pytest.fixture
def foretoken(home: Path, tmp_path: Path) -> Run:
    """Runs the command in a process of its own, with ``home`` and an empty working folder."""
    folder = tmp_path / "cwd"
    folder.mkdir()

    def run(*args: str, **kwargs: object) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "foretoken", *args]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=120, cwd=folder, env=os.environ.copy(), **kwargs
        )

    return run
