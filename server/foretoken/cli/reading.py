"""A file that is named on the command line, or standard input."""

import errno
import os
import stat
import sys
from pathlib import Path

from foretoken.cli.command import CommandError

STDIN = "-"
MAX_FILE_BYTES = 16 * 1024 * 1024
# Without O_NONBLOCK opening a pipe would wait for a writer.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_KINDS = ((stat.S_ISFIFO, "a pipe, not a file"), (stat.S_ISCHR, "a device, not a file"))


def read_named(file: str | Path) -> bytes:
    """All of a regular file, or of standard input for ``-``. Raises CommandError for what cannot be read, and for more
    than ``MAX_FILE_BYTES``. Never waits for what is no file."""
    try:
        if str(file) == STDIN:
            data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        else:
            with open(_opened(file), "rb") as stream:
                data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise CommandError(f"{str(file)!r} is no file's name") from error
    if len(data) > MAX_FILE_BYTES:
        raise CommandError(f"{file} is larger than {MAX_FILE_BYTES >> 20} MiB")
    return data


def _opened(file: str | Path) -> int:
    """A descriptor of a regular file. Raises OSError and CommandError."""
    try:
        descriptor = os.open(file, _FLAGS)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise _no_file(file, "no regular file") from error  # a socket
        raise
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    raise _no_file(file, next((name for is_kind, name in _KINDS if is_kind(mode)), "no regular file"))


def _no_file(file: str | Path, kind: str) -> CommandError:
    return CommandError(f"{file} is {kind}; what a program prints is read from standard input: -")
