"""Queries of one workspace folder's index. For one thread; any number of readers beside the one writer."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from foretoken.index.analyse import KIND_BITS
from foretoken.index.name_search import NameSearch
from foretoken.index.store import Damaged, database, open_to_read
from foretoken.syntax.facts import Definition, Import, ImportedName

_SYMBOL = (
    "name.text, kind, start, end, name_start, line, body_start, body_end, parent, signature, doc"
    " FROM symbol JOIN name ON name.id = symbol.name"
)

# The imports of the file with a path; each row is for ``import_of``.
IMPORTS = (
    "SELECT module, names, alias, kind, start, end, line FROM import"
    " WHERE content = (SELECT content FROM file WHERE path = ?) ORDER BY place"
)

# In one statement. Some builds of SQLite take no more than 999.
_VALUES = 500


@dataclass(frozen=True, slots=True)
class Use:
    """kinds: how the name is used in the file, of references.KINDS; empty = it stands there only as a word.
    count: how often it stands in the text, comments and strings included."""

    path: str
    kinds: frozenset[str]
    count: int


@dataclass(frozen=True, slots=True)
class StoredFile:
    path: str
    language: str
    lines: int
    size: int
    mtime_ns: int
    note: str


@dataclass(frozen=True, slots=True)
class Summary:
    """languages: language id -> (files, lines). complete: whether everything in the folder has been looked at once."""

    files: int
    lines: int
    symbols: int
    names: int
    languages: Mapping[str, tuple[int, int]]
    incomplete: int
    complete: bool
    bytes: int


class Reader:
    """Paths are relative to the workspace folder, with slashes. A folder that has no database yet has no facts; so has a
    damaged one, until its writer has made it anew. on_damage: called when a query meets damage."""

    def __init__(self, folder: Path, on_damage: Callable[[], None] = lambda: None) -> None:
        self._folder = folder
        self._on_damage = on_damage
        self._db: sqlite3.Connection | None = None
        self._inode = 0
        self._names: NameSearch | None = None
        self._names_of: list[tuple] = []

    def close(self) -> None:
        self._names = None
        if self._db is not None:
            self._db.close()
            self._db = None

    def files(self, prefix: str = "") -> list[StoredFile]:
        """All files, or those whose path begins so."""
        # Not LIKE, to which % and _ mean something else.
        return [
            StoredFile(*row)
            for row in self._all(
                "SELECT path, language, lines, size, mtime_ns, note FROM file JOIN content ON content.id = file.content"
                " WHERE substr(path, 1, ?) = ? ORDER BY path",
                (len(prefix), prefix),
            )
        ]

    def folders(self) -> list[str]:
        """The folders that hold a file; "" is the workspace folder itself."""
        rows = self._all("SELECT DISTINCT rtrim(path, replace(path, '/', '')) FROM file")
        return [row[0].rstrip("/") for row in rows]

    def file(self, path: str) -> StoredFile | None:
        rows = self._all(
            "SELECT path, language, lines, size, mtime_ns, note FROM file JOIN content ON content.id = file.content"
            " WHERE path = ?",
            (path,),
        )
        return StoredFile(*rows[0]) if rows else None

    def symbols(self, path: str) -> tuple[Definition, ...]:
        """The definitions of a file, in the order of its text."""
        rows = self._all(
            f"SELECT {_SYMBOL} WHERE content = (SELECT content FROM file WHERE path = ?) ORDER BY place", (path,)
        )
        return tuple(Definition(*row) for row in rows)

    def imports(self, path: str) -> tuple[Import, ...]:
        """What a file imports, in the order of its text."""
        return tuple(import_of(row) for row in self._all(IMPORTS, (path,)))

    def find(self, name: str) -> list[tuple[str, Definition]]:
        """Where a name is defined, in the order of the paths."""
        rows = self._all(
            f"SELECT file.path, {_SYMBOL} JOIN file ON file.content = symbol.content"
            " WHERE name.text = ? ORDER BY file.path, place",
            (name,),
        )
        return [(row[0], Definition(*row[1:])) for row in rows]

    def defined_in(self, names: Iterable[str], most: int) -> dict[str, int]:
        """In how many files each name is defined, for those names that are defined in ``most`` files at most."""
        found: dict[str, int] = {}
        wanted = list(dict.fromkeys(names))
        for start in range(0, len(wanted), _VALUES):
            part = wanted[start : start + _VALUES]
            found |= dict(
                self._all(
                    "SELECT text, count(DISTINCT file.id) FROM name JOIN symbol ON symbol.name = name.id"
                    f" JOIN file ON file.content = symbol.content WHERE text IN ({_marks(part)}) GROUP BY name.id",
                    part,
                )
            )
        return {name: found[name] for name in wanted if 0 < found.get(name, 0) <= most}

    def search(self, text: str, limit: int = 50) -> list[tuple[str, Definition]]:
        """Definitions whose name begins with the text, then those that hold it, then those that hold its characters in this
        order; without regard to case, the shorter names first."""
        found: list[tuple[str, Definition]] = []
        for name in self._search().best(text, limit):
            found += self.find(name)[: limit - len(found)]
            if len(found) >= limit:
                break
        return found

    def uses(self, name: str) -> list[Use]:
        """The files in whose text the name stands, those where it stands most often first."""
        rows = self._all(
            "SELECT file.path, kinds, count FROM name JOIN use ON use.name = name.id JOIN file ON file.content = use.content"
            " WHERE name.text = ? ORDER BY count DESC, file.path",
            (name,),
        )
        return [Use(path, _kinds(bits), count) for path, bits, count in rows]

    def names_in(self, path: str) -> dict[str, tuple[frozenset[str], int]]:
        """The names that stand in a file: how each is used, and how often it stands there."""
        rows = self._all(
            "SELECT name.text, kinds, count FROM use JOIN name ON name.id = use.name"
            " WHERE content = (SELECT content FROM file WHERE path = ?)",
            (path,),
        )
        return {name: (_kinds(bits), count) for name, bits, count in rows}

    def edges_from(self, path: str) -> list[str]:
        """The files of the workspace that a file imports."""
        return self._edges("source", "target", path)

    def edges_to(self, path: str) -> list[str]:
        """The files of the workspace that import a file."""
        return self._edges("target", "source", path)

    def token_counts(self, hashes: Sequence[bytes], vocabulary: str) -> dict[bytes, int]:
        """The counts that are known of these texts (by hash) in a model's vocabulary."""
        found: dict[bytes, int] = {}
        for start in range(0, len(hashes), _VALUES):
            part = hashes[start : start + _VALUES]
            found |= dict(
                self._all(
                    f"SELECT hash, count FROM token_count WHERE vocabulary = ? AND hash IN ({_marks(part)})",
                    (vocabulary, *part),
                )
            )
        return found

    def summary(self) -> Summary:
        languages = {
            row[0]: (row[1], row[2])
            for row in self._all(
                "SELECT language, count(*), sum(lines) FROM file JOIN content ON content.id = file.content"
                " GROUP BY language ORDER BY sum(lines) DESC, language"
            )
        }
        symbols = self._all("SELECT count(*) FROM symbol JOIN file ON file.content = symbol.content")
        names = self._all("SELECT count(*) FROM name")
        notes = self._all("SELECT count(*) FROM file JOIN content ON content.id = file.content WHERE note != ''")
        complete = self._all("SELECT value FROM meta WHERE key = 'complete'")
        pages = self._all("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        return Summary(
            sum(files for files, _ in languages.values()),
            sum(lines for _, lines in languages.values()),
            symbols[0][0] if symbols else 0,
            names[0][0] if names else 0,
            languages,
            notes[0][0] if notes else 0,
            bool(complete and complete[0][0]),
            pages[0][0] if pages else 0,
        )

    def _search(self) -> NameSearch:
        version = self._all("PRAGMA data_version")  # another one when the writer has written since
        if self._names is None or version != self._names_of:
            rows = self._all("SELECT text FROM name WHERE id IN (SELECT name FROM symbol)")
            self._names, self._names_of = NameSearch(row[0] for row in rows), version
        found = self._names
        if self._db is None:  # the query met an error, and what it says is not worth keeping
            self._names = None
        return found

    def _edges(self, known: str, wanted: str, path: str) -> list[str]:
        rows = self._all(
            f"SELECT other.path FROM file JOIN edge ON edge.{known} = file.id JOIN file AS other ON other.id = edge.{wanted}"
            " WHERE file.path = ? ORDER BY other.path",
            (path,),
        )
        return [row[0] for row in rows]

    def _all(self, query: str, values: Sequence[object] = ()) -> list[tuple]:
        try:
            # A writer that makes the database anew removes this file; what is open here would stay as it was for ever.
            inode = os.stat(database(self._folder)).st_ino
            if self._db is not None and inode != self._inode:
                self.close()
            if self._db is None:
                self._db, self._inode = open_to_read(self._folder), inode
            return self._db.execute(query, values).fetchall() if self._db is not None else []
        except (sqlite3.OperationalError, OSError):
            self.close()  # it is not there, or busy; next time it may be there again
        except (sqlite3.DatabaseError, Damaged):
            self.close()
            self._on_damage()
        return []


def import_of(row: tuple) -> Import:
    """A row of IMPORTS as a value."""
    module, names, *rest = row
    return Import(module, tuple(ImportedName(*name) for name in json.loads(names)), *rest)


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _kinds(bits: int) -> frozenset[str]:
    return frozenset(kind for kind, bit in KIND_BITS.items() if bits & bit)


def match_rank(wanted: str, name: str) -> int | None:
    """0 begins so, 1 holds it, 2 holds its characters in this order; None = does not match."""
    place = name.find(wanted)
    if place >= 0:
        return 1 if place else 0
    characters = iter(name)
    return 2 if all(character in characters for character in wanted) else None
