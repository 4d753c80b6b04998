"""Reading one file of the workspace, so that not even a link that is swapped in meanwhile leads outside.

Each folder on the way is opened by itself, relative to the one before and without following links; so the file that is
read is the one at that very place. Where the system cannot do that (Windows) the place is looked up again after opening.
"""

import errno
import os
import stat
from pathlib import Path

from foretoken.text.decoding import Decoded, decode
from foretoken.trust.confine import inside, safe_name
from foretoken.trust.kinds import MAX_FILE_BYTES, left_by_bytes, left_by_name, left_by_text
from foretoken.trust.left import Left, Reason

_BENEATH = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW") and hasattr(os, "O_DIRECTORY")
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_PIECE = 1 << 16


def read_file(root: Path, path: str, limit: int = MAX_FILE_BYTES) -> Decoded | Left:
    """The text of a file, or why it is left out. Never raises for what lies on the disk.

    root: the workspace folder, as a real path. path: relative to it, with forward slashes and without links, as
    ``walk`` yields it. limit: bytes; of a larger file nothing is read.
    """
    left = left_by_name(path)
    if left is not None:
        return left
    data = read_bytes(root, path, limit)
    if isinstance(data, Left):
        return data
    left = left_by_bytes(data)
    if left is not None:
        return left
    decoded = decode(data)
    return left_by_text(path, decoded) or decoded


def read_bytes(root: Path, path: str, limit: int = MAX_FILE_BYTES) -> bytes | Left:
    """The bytes of a regular file inside ``root``, whatever kind it is; arguments as for ``read_file``."""
    parts = path.split("/")
    if not safe_name(path) or os.path.isabs(path) or any(part in ("", ".", "..") for part in parts):
        return Left(Reason.OUTSIDE)
    try:
        opened = _open_beneath(root, parts) if _BENEATH else _open_and_check(root, path)
        if isinstance(opened, Left):
            return opened
        try:
            return _read(opened, limit)
        finally:
            os.close(opened)
    except UnicodeEncodeError:
        return Left(Reason.NAME)
    except OSError as error:
        return Left(Reason.UNREADABLE, error.strerror or type(error).__name__)


def _open_beneath(root: Path, parts: list[str]) -> int | Left:
    folder = os.open(root, _FLAGS | os.O_DIRECTORY)
    try:
        device = os.fstat(folder).st_dev
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            # Without O_NONBLOCK opening a pipe would wait for a writer.
            kind = os.O_NONBLOCK if last else os.O_DIRECTORY
            try:
                inner = os.open(part, _FLAGS | os.O_NOFOLLOW | kind, dir_fd=folder)
            except OSError as error:
                # What a link gives with O_NOFOLLOW differs between systems.
                if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENOTDIR) and _link(part, folder):
                    return Left(Reason.LINK)
                if error.errno == errno.ENXIO:
                    return Left(Reason.SPECIAL)  # a socket
                raise
            if last:
                return inner
            os.close(folder)
            folder = inner
            # Folders tell it: a file's own device is another one on overlaid file systems.
            if os.fstat(folder).st_dev != device:
                return Left(Reason.OTHER_FILE_SYSTEM)
        raise AssertionError("a path has a last part")
    finally:
        os.close(folder)


def _link(name: str, folder: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)


def _open_and_check(root: Path, path: str) -> int | Left:
    place = root / path
    if inside(place, [root]) != place:
        return Left(Reason.LINK if os.path.lexists(place) else Reason.UNREADABLE)
    descriptor = os.open(place, _FLAGS | getattr(os, "O_NONBLOCK", 0))
    try:
        if inside(place, [root]) == place and os.path.samestat(os.fstat(descriptor), os.lstat(place)):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return Left(Reason.LINK)


def _read(descriptor: int, limit: int) -> bytes | Left:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return Left(Reason.SPECIAL)
    if status.st_size > limit:
        return Left(Reason.HUGE, f"{status.st_size:,} bytes")
    pieces, room = [], limit + 1
    while room > 0 and (piece := os.read(descriptor, min(room, max(_PIECE, status.st_size + 1)))):
        pieces.append(piece)
        room -= len(piece)
    if room == 0:
        return Left(Reason.HUGE, f"it grew beyond {limit:,} bytes")
    return b"".join(pieces)
