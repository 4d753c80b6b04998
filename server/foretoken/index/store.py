"""The index's database file: its schema, how it is opened, and what happens when it is damaged.

SQLite with a write-ahead log: one process writes, any number read meanwhile, and a process that is killed at any moment
leaves the last whole transaction. What depends on how facts are found (grammars, queries, this code) is in the file's
name, so two versions of Foretoken never disturb each other.
"""

import functools
import hashlib
import importlib.metadata
import os
import sqlite3
from pathlib import Path

from foretoken.index.analyse import VERSION
from foretoken.syntax.languages import grammars_dir, languages

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
-- One row for each different text. note: why facts are missing. unused_since: when the last file with this text went.
CREATE TABLE content (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, language TEXT NOT NULL, lines INTEGER NOT NULL,
    characters INTEGER NOT NULL, note TEXT NOT NULL, unused_since REAL
);
-- path: relative to the workspace folder, with slashes. size to inode: its trust.stamp.Stamp before it was read.
-- indexed: when reading it began, in seconds since the epoch.
CREATE TABLE file (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, content INTEGER NOT NULL, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL, indexed REAL NOT NULL
);
CREATE INDEX file_content ON file (content);
-- Files that were looked into and have no facts. reason: in words for a person.
CREATE TABLE left_out (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL, indexed REAL NOT NULL, reason TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE symbol (
    content INTEGER NOT NULL, place INTEGER NOT NULL, name INTEGER NOT NULL, kind TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, name_start INTEGER NOT NULL, line INTEGER NOT NULL,
    body_start INTEGER NOT NULL, body_end INTEGER NOT NULL, parent INTEGER, signature TEXT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (content, place)
) WITHOUT ROWID;
CREATE INDEX symbol_name ON symbol (name);
-- kinds: bits of analyse.KIND_BITS. count: how often the name stands in the text as a word.
CREATE TABLE use (
    name INTEGER NOT NULL, content INTEGER NOT NULL, kinds INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (name, content)
) WITHOUT ROWID;
CREATE INDEX use_content ON use (content);
CREATE TABLE import (
    content INTEGER NOT NULL, place INTEGER NOT NULL, module TEXT NOT NULL, names TEXT NOT NULL, alias TEXT NOT NULL,
    kind TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, line INTEGER NOT NULL,
    PRIMARY KEY (content, place)
) WITHOUT ROWID;
-- Which file imports which, both as file ids.
CREATE TABLE edge (source INTEGER NOT NULL, target INTEGER NOT NULL, PRIMARY KEY (source, target)) WITHOUT ROWID;
CREATE INDEX edge_target ON edge (target);
-- How many model tokens a text has, by the hash of the text and of the model's vocabulary.
CREATE TABLE token_count (
    hash BLOB NOT NULL, vocabulary TEXT NOT NULL, count INTEGER NOT NULL, used REAL NOT NULL,
    PRIMARY KEY (hash, vocabulary)
) WITHOUT ROWID;
"""
_CACHE_KIB = 16 * 1024
_BUSY_SECONDS = 10.0


class Damaged(Exception):
    """The database cannot be read. It holds nothing that cannot be found again: remove it and index anew."""


def database(folder: Path) -> Path:
    """The database of this version in an index folder."""
    return folder / f"facts-{fingerprint()}.sqlite"


@functools.cache
def fingerprint() -> str:
    """Changes with everything that decides which facts are found in a text, and with the schema."""
    digest = hashlib.blake2b(f"{VERSION}\n{SCHEMA}".encode(), digest_size=8)
    for path in sorted(grammars_dir().rglob("*")):
        if path.suffix in {".scm", ".toml"}:
            digest.update(path.relative_to(grammars_dir()).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for module in sorted({language.grammar.partition(":")[0] for language in languages().values() if language.grammar}):
        digest.update(f"{module} {importlib.metadata.version(module.replace('_', '-'))}\n".encode())
    return digest.hexdigest()


def open_to_write(folder: Path) -> sqlite3.Connection:
    """The database, made if it is not there. Only for who holds the folder's lock. Raises Damaged, OSError."""
    connection = None
    if not database(folder).exists():
        remove_database(folder)  # a log without its database would be taken for the new one's
    try:
        connection = _connect(f"file:{_quoted(database(folder))}?mode=rwc")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            connection.executescript("BEGIN;" + SCHEMA + "COMMIT;")
        _look_at_all_tables(connection)
    except sqlite3.DatabaseError as error:
        if connection is not None:
            connection.close()
        raise _told(error, folder) from error
    return connection


def open_to_read(folder: Path) -> sqlite3.Connection | None:
    """None when there is no database yet, or not all of it. Raises Damaged, OSError."""
    if not database(folder).exists():
        return None
    connection = None
    try:
        connection = _connect(f"file:{_quoted(database(folder))}?mode=ro")
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'token_count'").fetchone():
            connection.close()
            return None
        _look_at_all_tables(connection)
    except sqlite3.DatabaseError as error:
        if connection is not None:
            connection.close()
        raise _told(error, folder) from error
    return connection


def remove_database(folder: Path) -> None:
    """This version's database and its log, if they are there. Raises OSError."""
    for ending in ("", "-wal", "-shm"):
        path = database(folder)
        path.with_name(path.name + ending).unlink(missing_ok=True)


def identity(path: Path) -> tuple[int, int] | None:
    """Which file it is that lies there; None when there is none. Raises OSError where that cannot be told."""
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino


def check(connection: sqlite3.Connection) -> str:
    """What SQLite finds wrong in the file, one sentence; empty when it is sound. Reads all of it."""
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == "ok" else str(found)


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _look_at_all_tables(connection: sqlite3.Connection) -> None:
    """A file that was cut short or overwritten shows here, not in the middle of a query."""
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchall()


def _told(error: sqlite3.DatabaseError, folder: Path) -> Exception:
    # A lock that is held too long or a full disk is no damage.
    if isinstance(error, sqlite3.OperationalError) and not any(
        word in str(error) for word in ("malformed", "not a database", "no such column", "no such table", "corrupt")
    ):
        return OSError(f"{database(folder)}: {error}")
    return Damaged(f"{database(folder)}: {error}")


def _quoted(path: Path) -> str:
    return path.as_posix().replace("%", "%25").replace("?", "%3f").replace("#", "%23")
