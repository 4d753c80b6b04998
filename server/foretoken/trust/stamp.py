"""Which state of a file lies on the disk, as far as that shows without reading it."""

import os
from typing import NamedTuple

_WINDOWS = os.name == "nt"
_MOST = (1 << 63) - 1  # what a database's column takes


class Stamp(NamedTuple):
    """Where two stamps of one path differ, the file was written meanwhile or another one took its place.

    size: bytes. mtime_ns: when it was written, which anybody may set. ctime_ns: when anything about it was changed, which
    the system sets. inode: its number on the file system. Times are nanoseconds since the epoch.
    """

    size: int
    mtime_ns: int
    ctime_ns: int = 0
    inode: int = 0


def stamp_of(status: os.stat_result) -> Stamp:
    """The same for ``os.stat`` and for an entry of ``os.scandir``; what is beyond 63 bits is cut off."""
    mtime_ns = max(-_MOST, min(_MOST, status.st_mtime_ns))
    if _WINDOWS:  # an entry there has no number, and its ctime is another thing
        return Stamp(status.st_size, mtime_ns)
    ctime_ns = max(-_MOST, min(_MOST, status.st_ctime_ns))
    return Stamp(status.st_size, mtime_ns, ctime_ns, status.st_ino & _MOST)
