"""A process that reads files and finds their facts: ``python -m foretoken.index.analyser ROOT DATABASE_FOLDER LIMIT NICE``.

Grammars' scanners are C code that a strange file can bring to an end or into a loop; here that costs one small process
and one file's facts. Asked on standard input and answered on standard output (``analyser_wire``): a list of paths by a
list of ``Found`` in the same order. It ends with its standard input.
"""

import contextlib
import gc
import os
import sqlite3
import sys
import time
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from foretoken.index.analyse import analyse
from foretoken.index.analyser_wire import Found, read_message, write_message
from foretoken.index.language import language_of
from foretoken.index.store import Damaged, database, identity, open_to_read
from foretoken.syntax.grammar import grammar
from foretoken.trust.left import Left, Reason
from foretoken.trust.reading import read_file
from foretoken.trust.secrets import mask
from foretoken.trust.stamp import stamp_of


class Analyser:
    """root: the workspace folder. folder: where its database is. limit: bytes above which a file is too large."""

    def __init__(self, root: Path, folder: Path, limit: int) -> None:
        self._root = root
        self._folder = folder
        self._limit = limit
        self._database: sqlite3.Connection | None = None
        self._place: tuple[int, int] | None = None

    def found(self, path: str) -> Found:
        """The facts of one file, or why it has none."""
        when = time.time(), time.perf_counter_ns()
        try:
            stamp = stamp_of(os.lstat(self._root / path))
        except (OSError, ValueError):
            return Found(path, *when, left=str(Reason.UNREADABLE))
        read = read_file(self._root, path, self._limit)
        if isinstance(read, Left):
            # What cannot be read now may be readable in a moment without having been changed.
            return Found(path, *when, None if read.reason is Reason.UNREADABLE else stamp, left=str(read.reason))
        language = language_of(path, read.text)
        digest = blake2b(
            read.text.encode("utf-8", "surrogatepass"), digest_size=16, person=language.encode()[:16]
        ).digest()
        facts = None if self._stored(digest) else analyse(mask(read.text), language)
        return Found(path, *when, stamp, digest, facts)

    def _stored(self, digest: bytes) -> bool:
        try:
            # Where the writer has made the database anew, what is open here knows texts that nobody has any more.
            place = identity(database(self._folder))
            if self._database is not None and place != self._place:
                self._database.close()
                self._database = None
            if self._database is None:
                self._database, self._place = open_to_read(self._folder), place
            if self._database is None:
                return False
            return self._database.execute("SELECT 1 FROM content WHERE hash = ?", (digest,)).fetchone() is not None
        except (sqlite3.DatabaseError, Damaged, OSError):
            self._database = None  # the writer knows better; at worst the facts are found again
            return False


def main() -> None:
    root, folder, limit, nice = sys.argv[1:]
    if hasattr(os, "nice"):
        os.nice(int(nice))
    analyser = Analyser(Path(root), Path(folder), int(limit))
    # Each file's facts are made and gone: looking for cycles among them costs a tenth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        while (asked := read_message(sys.stdin.buffer)) is not None:
            if isinstance(asked, tuple):
                get_ready(asked)
                write_message(sys.stdout.buffer, [])
            elif isinstance(asked, list):
                write_message(sys.stdout.buffer, [analyser.found(path) for path in asked])


def get_ready(languages: Iterable[str]) -> None:
    """Compile the queries of these languages: a tenth to half a second each, once."""
    for language in languages:
        its_grammar = grammar(language)
        for name in ("tags", "references", "imports"):
            if its_grammar is not None:
                its_grammar.query(name)


if __name__ == "__main__":
    main()
