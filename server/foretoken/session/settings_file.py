"""One settings file: where it is, whether it changed, and its TOML as plain values."""

import re
import tomllib
from pathlib import Path
from typing import Any

import platformdirs

APP_NAME = "foretoken"
USER_FILE_NAME = "config.toml"
WORKSPACE_FILE_NAME = ".foretoken.toml"
MAX_FILE_BYTES = 256 * 1024

Signature = tuple[int, int] | None


class UnreadableFile(Exception):
    """The whole file is ignored; the message says why."""


def user_settings_file() -> Path:
    """The user's own settings file on this platform; it need not exist."""
    return Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)) / USER_FILE_NAME


def signature(path: Path) -> Signature:
    """Modification time in nanoseconds and size in bytes; None while there is no such file."""
    try:
        stat = path.stat()
    except (OSError, ValueError):
        return None
    return stat.st_mtime_ns, stat.st_size


def read_toml(path: Path) -> dict[str, Any]:
    """The file's values, ``{}`` if there is no file. Raises UnreadableFile for everything that may be wrong."""
    try:
        if path.is_dir():
            raise UnreadableFile("is a folder, not a file; it is ignored")
        if not path.is_file():  # also keeps us from waiting on a pipe that a repository may hold
            return {}
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableFile(f"cannot be read ({reason}); the file is ignored") from error
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableFile(f"is larger than {MAX_FILE_BYTES // 1024} KB; the file is ignored")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(f"line {line} is not UTF-8; the file is ignored") from error
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFile(f"{_toml_error(error, data)}; the file is ignored") from error
    except RecursionError as error:
        raise UnreadableFile("is nested too deeply; the file is ignored") from error


def _toml_error(error: tomllib.TOMLDecodeError, data: bytes) -> str:
    """``line 3, column 5: ...`` from tomllib's ``... (at line 3, column 5)`` or ``... (at end of document)``."""
    text = str(error)
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", text)
    if found is None:
        return text
    if found[1]:
        return f"line {found[1]}, column {found[2]}: {text[: found.start()]}"
    last = data.count(b"\n") + (not data.endswith(b"\n"))
    return f"line {last}, the last: {text[: found.start()]}"
