"""Puts facts into the database. For the one thread that writes."""

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping

from foretoken.index.analyse import FileFacts
from foretoken.index.disk_view import UNKNOWN
from foretoken.trust.stamp import Stamp

# Texts that no file has any more are kept for coming back to a branch: so long, and so many.
KEEP_SECONDS = 7 * 24 * 3600.0
KEEP_CONTENTS = 2000
KEEP_TOKEN_COUNTS = 200_000
_MAX_KNOWN_NAMES = 300_000


class Writer:
    """Every method is for the transaction between ``begin`` and ``commit``.

    Raises sqlite3.Error where the disk is full or the file is damaged.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._names: dict[str, int] = {}
        self._begun = False

    def begin(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._begun = True

    def commit(self) -> None:
        self._db.execute("COMMIT")
        self._begun = False

    def rollback(self) -> None:
        """Undo what was not committed; nothing when there is none."""
        if self._begun:  # SQLite may have undone it by itself: where the disk is full it does
            self._begun = False
            self._names.clear()  # some were made in it
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def content_id(self, digest: bytes) -> int | None:
        """The id of a text whose facts are stored."""
        row = self._db.execute("SELECT id FROM content WHERE hash = ?", (digest,)).fetchone()
        return row[0] if row else None

    def put_facts(self, digest: bytes, facts: FileFacts) -> int:
        """Store a text's facts, unless they are; returns the text's id."""
        known = self.content_id(digest)
        if known is not None:
            return known
        content = self._db.execute(
            "INSERT INTO content (hash, language, lines, characters, note) VALUES (?, ?, ?, ?, ?)",
            (digest, facts.language, facts.lines, facts.characters, facts.note),
        ).lastrowid
        assert content is not None
        names = self._name_ids({definition.name for definition in facts.definitions} | facts.uses.keys())
        self._db.executemany(
            "INSERT INTO symbol VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (content, place, names[d.name], d.kind, d.start, d.end, d.name_start, d.line)
                + (d.body_start, d.body_end, d.parent, d.signature, d.doc)
                for place, d in enumerate(facts.definitions)
            ),
        )
        self._db.executemany(
            "INSERT INTO use VALUES (?, ?, ?, ?)",
            sorted((names[name], content, kinds, count) for name, (kinds, count) in facts.uses.items()),
        )
        self._db.executemany(
            "INSERT INTO import VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (content, place, i.module, json.dumps([[n.name, n.alias] for n in i.names]), i.alias, i.kind)
                + (i.start, i.end, i.line)
                for place, i in enumerate(facts.imports)
            ),
        )
        return content

    def put_file(self, path: str, content: int, stamp: Stamp, read_at: float) -> bool:
        """Say that a file had this text when it was read (seconds since the epoch); returns whether the path is new."""
        old = self._db.execute("SELECT content FROM file WHERE path = ?", (path,)).fetchone()
        self._db.execute(
            "INSERT INTO file (path, content, size, mtime_ns, ctime_ns, inode, indexed) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (path) DO UPDATE SET content = excluded.content, size = excluded.size,"
            " mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns, inode = excluded.inode, indexed = excluded.indexed",
            (path, content, *stamp, read_at),
        )
        if old is None:
            self._db.execute("DELETE FROM left_out WHERE path = ?", (path,))
        if old is None or old[0] != content:
            self._db.execute("UPDATE content SET unused_since = NULL WHERE id = ?", (content,))
            if old is not None:
                self._left(old[0])
        return old is None

    def put_left_out(self, path: str, stamp: Stamp, read_at: float, reason: str) -> bool:
        """Say that a file is there but has no facts; returns whether it had some before."""
        had = self.remove_file(path)
        self._db.execute("INSERT INTO left_out VALUES (?, ?, ?, ?, ?, ?, ?)", (path, *stamp, read_at, reason))
        return had

    def put_unread(self, path: str, reason: str) -> bool:
        """Say that a file is there and could not be read. Facts that it has stay, with the stamp of what they were found
        in, so that it is read again; returns whether it has some."""
        kept = self._db.execute("SELECT 1 FROM file WHERE path = ?", (path,)).fetchone() is not None
        if not kept:
            self.put_left_out(path, UNKNOWN, 0.0, reason)
        return kept

    def remove_file(self, path: str) -> bool:
        """Returns whether it had facts."""
        self._db.execute("DELETE FROM left_out WHERE path = ?", (path,))
        old = self._db.execute("SELECT id, content FROM file WHERE path = ?", (path,)).fetchone()
        if old is None:
            return False
        self._db.execute("DELETE FROM file WHERE id = ?", (old[0],))
        self._db.execute("DELETE FROM edge WHERE source = ? OR target = ?", (old[0], old[0]))
        self._left(old[1])
        return True

    def put_token_counts(self, counts: Mapping[bytes, int], vocabulary: str) -> None:
        """How many model tokens these texts (by hash) have; the least used are forgotten when there are too many."""
        now = time.time()
        self._db.executemany(
            "INSERT INTO token_count VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET used = excluded.used",
            ((digest, vocabulary, count, now) for digest, count in counts.items()),
        )
        self._db.execute(
            "DELETE FROM token_count WHERE used < (SELECT used FROM token_count ORDER BY used DESC LIMIT 1 OFFSET ?)",
            (KEEP_TOKEN_COUNTS,),
        )

    def put_edges(self, source: int, targets: Iterable[int]) -> None:
        """The files that a file imports, in place of those that it imported before."""
        self._db.execute("DELETE FROM edge WHERE source = ?", (source,))
        self._db.executemany("INSERT OR IGNORE INTO edge VALUES (?, ?)", ((source, target) for target in targets))

    def set_meta(self, key: str, value: object) -> None:
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
        )

    def drop_old_contents(self) -> int:
        """Forget texts that no file has had for long, and all but the newest of the others; returns how many went."""
        oldest = time.time() - KEEP_SECONDS
        rows = self._db.execute(
            "SELECT id, unused_since FROM content WHERE unused_since NOT NULL ORDER BY unused_since DESC"
        )
        gone = [row[0] for place, row in enumerate(rows.fetchall()) if place >= KEEP_CONTENTS or row[1] < oldest]
        for content in gone:
            for table in ("symbol", "use", "import"):
                self._db.execute(f"DELETE FROM {table} WHERE content = ?", (content,))
            self._db.execute("DELETE FROM content WHERE id = ?", (content,))
        return len(gone)

    def _left(self, content: int) -> None:
        if not self._db.execute("SELECT 1 FROM file WHERE content = ? LIMIT 1", (content,)).fetchone():
            self._db.execute("UPDATE content SET unused_since = ? WHERE id = ?", (time.time(), content))

    def _name_ids(self, names: set[str]) -> dict[str, int]:
        known = self._names
        if len(known) > _MAX_KNOWN_NAMES:
            known.clear()
        unknown = [name for name in names if name not in known]
        if unknown:
            self._db.executemany("INSERT OR IGNORE INTO name (text) VALUES (?)", ((name,) for name in unknown))
            for name in unknown:
                known[name] = self._db.execute("SELECT id FROM name WHERE text = ?", (name,)).fetchone()[0]
        return known
