"""The token of the other tools' port: in a file for the user alone, made once. The settings only name the file."""

import os
import secrets
import stat
import sys
from pathlib import Path

import platformdirs

LEAST_CHARACTERS = 16
LARGEST_BYTES = 4096


class TokenFileUnusable(Exception):
    """There is no token that can be kept. The message names the file, and what to do about it."""


def token_file(chosen: str = "") -> Path:
    """Where it is kept, there or not. chosen: the setting."""
    if chosen:
        return Path(chosen).expanduser()
    return Path(platformdirs.user_data_dir("foretoken", appauthor=False)) / "gateway-token"


def gateway_token(path: Path) -> str:
    """The token in this file, made if there is none. Raises TokenFileUnusable."""
    token = _read(path)
    if token is not None:
        return token
    token = secrets.token_urlsafe(32)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                file.write(token + "\n")
            os.link(draft, path)  # fails when another window was first, whose token counts
        finally:
            draft.unlink(missing_ok=True)
    except FileExistsError:
        pass
    except OSError as error:
        raise TokenFileUnusable(
            f"The token file {path} cannot be made: {error.strerror or error}. Set gateway.token_file to another one."
        ) from error
    kept = _read(path)
    if kept is None:
        raise _unusable(path, "is a link to nothing", "Remove it")
    return kept


def _read(path: Path) -> str | None:
    """None when there is no such file. Raises TokenFileUnusable."""
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(LARGEST_BYTES).decode("utf-8")
    except FileNotFoundError:
        return None
    except IsADirectoryError:
        raise _unusable(path, "is a folder", "Name a file") from None
    except OSError as error:
        raise _unusable(path, f"cannot be read ({error.strerror or error})", "Make it readable") from error
    except ValueError as error:
        raise _unusable(path, "is not text", "Remove it") from error
    if sys.platform != "win32" and stat.S_IMODE(mode) & 0o077:
        raise _unusable(path, "can be read or written by others", f"Say: chmod 600 '{path}'")
    token = text.strip()
    if not token:
        raise _unusable(path, "is empty", "Remove it; another one is made then")
    if len(token.split()) != 1 or not token.isascii() or not token.isprintable():
        raise _unusable(path, "holds more than one word of plain characters", "Put one token into it")
    if len(token) < LEAST_CHARACTERS:
        raise _unusable(path, f"holds fewer than {LEAST_CHARACTERS} characters", "Remove it; another one is made then")
    return token


def _unusable(path: Path, what: str, cure: str) -> TokenFileUnusable:
    return TokenFileUnusable(f"The token file {path} {what}. {cure}, or set gateway.token_file to another one.")
