"""Puts what was found into the database, and takes out what is gone; nothing old over something newer."""

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from foretoken.index.analyser_wire import Found
from foretoken.index.comparison import Comparison
from foretoken.index.edges import OWED, Edges
from foretoken.index.events import Changed, Event
from foretoken.index.writing import Writer


class Storing:
    """For the thread that writes. Methods raise sqlite3.Error where the disk is full or the database is damaged; what was
    to be written then is not, and nobody remembers it."""

    def __init__(self, connection: sqlite3.Connection, root: Path, listener: Callable[[Event], None]) -> None:
        self.edges = Edges(connection, root)
        self.at = 0.0  # when something was stored last, as time.monotonic
        self._connection = connection
        self._writer = Writer(connection)
        self._root = root
        self._listener = listener
        self._found: list[Found] = []
        self._batches = 0
        # Of files that somebody told of and of what is gone: the moment of which the newest is known that is stored, as
        # ``Found.moment``. Only while something may be on its way that was read before.
        self._known: dict[str, int] = {}

    @property
    def waiting(self) -> bool:
        """Whether something was found that is not stored."""
        return bool(self._found)

    def take(self, found: list[Found]) -> None:
        """What the analysers found of one batch."""
        self._found += found
        self._batches += 1

    def clear(self) -> int:
        """Forget what is not stored; returns how many batches were stored or forgotten since the last time."""
        self._writer.rollback()
        self._found = []
        batches, self._batches = self._batches, 0
        return batches

    def told_of(self, paths: list[str]) -> None:
        """Somebody says that these files changed, and they are to be read."""
        for path in paths:
            self._known.setdefault(path, 0)

    def at_rest(self) -> None:
        """Nothing is being read, and everything that was read has been taken."""
        self._known.clear()

    def store(self, comparison: Comparison | None) -> list[str]:
        """Store what was found. comparison: the one that is under way. Returns the files that must be read again."""
        found, self._found = self._found, []
        self.at = time.monotonic()
        if not found:
            return []
        again: list[str] = []
        changed: list[str] = []

        def put(writer: Writer) -> None:
            for one in found:
                if self._outdated(one, comparison):
                    continue
                if one.path in self._known:
                    self._known[one.path] = one.moment
                if one.digest is None or one.stamp is None:
                    self._put_left_out(writer, one, changed, comparison)
                    continue
                content = (
                    writer.content_id(one.digest) if one.facts is None else writer.put_facts(one.digest, one.facts)
                )
                if content is None:  # its facts were forgotten between the question and now
                    again.append(one.path)
                    continue
                self.edges.file_changes(one.path, content)
                if writer.put_file(one.path, content, one.stamp, one.read_at):
                    self.edges.paths_changed()
                changed.append(one.path)

        self.write(put)
        if changed:
            self._listener(Changed(tuple(changed)))
        if comparison is not None and (progress := comparison.done({one.path for one in found}.difference(again))):
            self._listener(progress)
        return again

    def forget(self, paths: list[str]) -> None:
        """Files that are gone now or not to be read any more, and all below folders of that name."""
        if not paths:
            return
        now = time.perf_counter_ns()
        self._known |= dict.fromkeys(paths, now)
        removed = set()
        for path in paths:
            below = f"{path}/"
            rows = self._connection.execute(
                "SELECT path FROM file WHERE path = ? OR (path > ? AND path < ?)", (path, below, below[:-1] + "0")
            )
            removed.update(row[0] for row in rows)
        if removed:
            self.edges.paths_changed()
        self.write(lambda writer: [writer.remove_file(path) for path in {*paths, *removed}])
        if removed:
            self._listener(Changed(tuple(sorted(removed))))

    def some_edges(self) -> None:
        """Resolve the imports of some of the files that wait for it."""
        self.edges.some(self._writer)

    def write(self, work: Callable[[Writer], object]) -> None:
        """One transaction."""
        self._writer.begin()
        try:
            work(self._writer)
            if self.edges.waiting:
                self._writer.set_meta(OWED, 1)
            self._writer.commit()
        finally:
            self._writer.rollback()

    def is_gone(self, path: str) -> bool:
        """Whether there is no such file or folder; not where that cannot be told, as when the whole workspace is away."""
        try:
            os.lstat(self._root / path)
        except (FileNotFoundError, NotADirectoryError):
            return self._root.is_dir()
        except ValueError:
            return True
        except OSError:
            pass
        return False

    def _outdated(self, one: Found, comparison: Comparison | None) -> bool:
        """Whether something newer is known of the file than what was read of it."""
        path, known = one.path, -1
        while path and self._known:
            known = max(known, self._known.get(path, -1))
            path = path.rpartition("/")[0]
        if known >= 0:
            return one.moment < known
        # Read for an earlier comparison: this one has read it again meanwhile, or has seen that nothing is to be read.
        return comparison is not None and one.moment < comparison.seen and one.path not in comparison.todo

    def _put_left_out(self, writer: Writer, one: Found, changed: list[str], comparison: Comparison | None) -> None:
        if one.stamp is not None:
            had = writer.put_left_out(one.path, one.stamp, one.read_at, one.left)
        elif self.is_gone(one.path):
            had = writer.remove_file(one.path)
        else:
            had = False
            if writer.put_unread(one.path, one.left) and comparison is not None:
                comparison.leave(one.path, one.left)
        if had:
            self.edges.paths_changed()
            changed.append(one.path)
