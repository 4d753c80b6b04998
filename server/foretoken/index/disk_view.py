"""What is stored of each file, to compare with what is on disk."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from foretoken.trust.stamp import Stamp, stamp_of
from foretoken.trust.workspace_files import WorkspaceFiles

# A file that was written again within the clock's step of being read looks as it did before. Younger ones are read again.
_RACY_SECONDS = 2.0
UNKNOWN = Stamp(-1, -1)  # that no file has


def stored_stamps(connection: sqlite3.Connection) -> dict[str, Stamp]:
    """By path, for files with facts and those that were left out; UNKNOWN for a file that may have changed right after it
    was read."""
    stamps: dict[str, Stamp] = {}
    for table in ("file", "left_out"):
        for path, *values, indexed in connection.execute(
            f"SELECT path, size, mtime_ns, ctime_ns, inode, indexed FROM {table}"
        ):
            stamp = Stamp(*values)
            stamps[path] = UNKNOWN if stamp.mtime_ns / 1e9 > indexed - _RACY_SECONDS else stamp
    return stamps


def differing(stored: Mapping[str, Stamp], on_disk: Mapping[str, Stamp]) -> list[str]:
    """The files on the disk that are to be read, in their order there."""
    changed, renumbered = [], set()
    for path, stamp in on_disk.items():
        known = stored.get(path)
        if known != stamp:
            changed.append(path)
            if known is not None and known[:3] == stamp[:3]:
                renumbered.add(path)
    if 2 * len(renumbered) > len(on_disk):
        # Some network and FUSE file systems count files anew now and then: there an inode says nothing.
        return [path for path in changed if path not in renumbered]
    return changed


def same_below(connection: sqlite3.Connection, files: WorkspaceFiles, folder: str) -> bool:
    """Whether what a folder (relative) holds is what is stored of it. Looks no further than to the first difference."""
    stored: dict[str, Stamp] = {}
    for table in ("file", "left_out"):
        for path, *values in connection.execute(
            f"SELECT path, size, mtime_ns, ctime_ns, inode FROM {table} WHERE path = ? OR (path > ? AND path < ?)",
            (folder, f"{folder}/", f"{folder}0"),  # 0 comes after /
        ):
            stored[path] = Stamp(*values)
    try:
        for path, stamp in _below(files, folder):
            if stored.pop(path, None) != stamp and files.left_out(path) is None:
                return False
    except OSError:
        return False
    return not stored


def _below(files: WorkspaceFiles, folder: str) -> Iterator[tuple[str, Stamp]]:
    folders = [folder]
    while folders:
        folder = folders.pop()
        with os.scandir(Path(files.root, folder)) as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}"
                if not entry.is_dir(follow_symlinks=False):
                    yield path, stamp_of(entry.stat(follow_symlinks=False))
                elif files.folder_left_out(path) is None:
                    folders.append(path)
