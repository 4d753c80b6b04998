"""The token of the other tools' port: in a file for the user alone, made once. The settings only name the file."""

import os
import secrets
from pathlib import Path

import platformdirs


def token_file(chosen: str = "") -> Path:
    """Where it is kept, there or not. chosen: the setting."""
    if chosen:
        return Path(chosen).expanduser()
    return Path(platformdirs.user_data_dir("foretoken", appauthor=False)) / "gateway-token"


def gateway_token(path: Path) -> str:
    """The token in this file, made if there is none. Where it cannot be kept it is another one each time."""
    kept = _read(path)
    if kept:
        return kept
    token = secrets.token_urlsafe(32)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(token + "\n")
        try:
            os.link(draft, path)  # fails when another window was first, whose token counts
        except FileExistsError:
            return _read(path) or token
        finally:
            draft.unlink(missing_ok=True)
    except OSError:
        return token
    return token


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""
