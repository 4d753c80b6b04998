"""What a window that only reads an index leaves to the one that writes it: files to read anew, or a whole comparison.

A file in the index folder, to which everybody adds lines, each a path or null. Only the writer takes from it.
"""

import contextlib
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

log = logging.getLogger(__name__)

SPOOL_FILE = "wanted.jsonl"
MOST_BYTES = 1 << 20


class Spool:
    """folder: the index folder. For one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / SPOOL_FILE
        self._at = 0  # how much of it is done

    def put(self, paths: Sequence[str | None]) -> None:
        """Paths relative to the workspace folder, with slashes; None = compare everything."""
        if not paths:
            return
        data = "".join(f"{json.dumps(path)}\n" for path in paths).encode()
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, data)
            finally:
                os.close(descriptor)
        except OSError as error:
            log.warning("what changed could not be left to the window that writes the index: %s", error)

    def clear(self) -> None:
        """For a new writer, before it compares everything: what is there is done with that."""
        self._at = 0
        with contextlib.suppress(OSError):
            os.truncate(self._path, 0)

    def take(self) -> tuple[list[str], bool]:
        """What came since; and whether everything is to be compared."""
        try:
            size = os.stat(self._path).st_size
            if size < self._at:
                self._at = 0
            if size == self._at:
                return [], False
            if size > MOST_BYTES:
                self.clear()  # and what came in this moment is found by the comparison, too
                return [], True
            with open(self._path, "rb") as file:
                file.seek(self._at)
                whole, newline, _ = file.read(size - self._at).rpartition(b"\n")
        except OSError:
            return [], False
        self._at += len(whole) + len(newline)
        paths: list[str] = []
        compare = False
        for line in whole.splitlines():
            try:
                path = json.loads(line)
            except ValueError:
                path = None
            if isinstance(path, str):
                paths.append(path)
            else:
                compare = True
        return paths, compare
