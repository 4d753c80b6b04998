"""What is stored of each file, to compare with what is on disk."""

import sqlite3

# A file that was written again within the clock's step of being read looks as it did before. Younger ones are read again.
_RACY_SECONDS = 2.0

Stamp = tuple[int, int]  # size in bytes, mtime in ns


def stored_stamps(connection: sqlite3.Connection) -> dict[str, Stamp]:
    """path -> size and mtime, for files with facts and those that were left out. A file that may have changed right after
    it was read has a stamp that no file has."""
    stamps: dict[str, Stamp] = {}
    for table in ("file", "left_out"):
        for path, size, mtime_ns, indexed in connection.execute(f"SELECT path, size, mtime_ns, indexed FROM {table}"):
            racy = mtime_ns / 1e9 > indexed - _RACY_SECONDS
            stamps[path] = (-1, -1) if racy else (size, mtime_ns)
    return stamps
