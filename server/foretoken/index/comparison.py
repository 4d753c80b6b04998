"""One comparison of what is stored with the disk: what it met, how far it is, and what is said in its end."""

import sqlite3
import time

from foretoken.index.events import Finished, Progress
from foretoken.trust.left import Skipped

_PROGRESS_SECONDS = 0.1
_EXAMPLES = 3
# So few files are read before anybody would look at a bar.
_WORTH_TELLING = 300


class Comparison:
    """todo: the files that are still to be read. seen: when the disk had been looked at, as ``time.perf_counter_ns``."""

    def __init__(self) -> None:
        self.todo: set[str] = set()
        self.seen = 0
        self._began = time.monotonic()
        self._total = 0
        self._told = 0.0
        self._tells = False
        self._left_out: dict[str, int] = {}
        self._examples: dict[str, tuple[str, ...]] = {}

    def looked(self, skipped: Skipped) -> None:
        """The walk over the disk has ended, and this is what it left out."""
        self.seen = time.perf_counter_ns()
        self._left_out = {str(reason): count for reason, count in skipped.counts.items()}
        self._examples = {str(reason): tuple(examples) for reason, examples in skipped.examples.items()}

    def leave(self, path: str, reason: str) -> None:
        """A file that was looked into is left out."""
        self._left_out[reason] = self._left_out.get(reason, 0) + 1
        if len(self._examples.get(reason, ())) < _EXAMPLES:
            self._examples[reason] = (*self._examples.get(reason, ()), path)

    def begin(self, wanted: list[str], first: bool) -> Progress | None:
        """These files are to be read. first: the folder was never indexed as a whole. What is to be told of it."""
        self.todo = set(wanted)
        self._total = len(wanted)
        self._tells = bool(wanted) and (first or len(wanted) > _WORTH_TELLING)
        return Progress(0, self._total, "indexing") if self._tells else None

    def done(self, paths: set[str]) -> Progress | None:
        """These were stored. What is to be told of it; nothing when something was just now."""
        self.todo -= paths
        now = time.monotonic()
        if not self._tells or now - self._told < _PROGRESS_SECONDS:
            return None
        self._told = now
        return Progress(self._total - len(self.todo), self._total, "indexing")

    def finished(self, connection: sqlite3.Connection, cancelled: bool) -> Finished:
        """What is stored in the end. Raises sqlite3.Error."""
        files, lines = connection.execute(
            "SELECT count(*), coalesce(sum(lines), 0) FROM file JOIN content ON content.id = file.content"
        ).fetchone()
        (symbols,) = connection.execute(
            "SELECT count(*) FROM symbol JOIN file ON file.content = symbol.content"
        ).fetchone()
        for reason, path in connection.execute("SELECT reason, path FROM left_out ORDER BY path"):
            self.leave(path, reason)
        seconds = time.monotonic() - self._began
        return Finished(files, lines, symbols, self._left_out, seconds, cancelled, self._examples)
