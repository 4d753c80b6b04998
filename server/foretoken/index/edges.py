"""Which file imports which: resolves stored imports to files and keeps the table of edges up to date."""

import logging
import sqlite3
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

from foretoken.index.exports import changed_exports, importers_of_file, importers_of_names
from foretoken.index.reading import IMPORTS, import_of
from foretoken.index.writing import Writer
from foretoken.syntax.facts import Import
from foretoken.syntax.resolve.files import is_configuration
from foretoken.syntax.resolve.path_table import PathTable
from foretoken.syntax.resolve.resolve import resolve, resolve_name
from foretoken.trust.left import Left
from foretoken.trust.reading import read_file

logger = logging.getLogger(__name__)

_AT_A_TIME = 200
# What a resolver's own mistake raises. Its input is whatever a repository holds: one file must not end the index.
_MISTAKES = (TypeError, ValueError, KeyError, AttributeError, IndexError, RecursionError)
# In the table meta: 1 while there are facts whose edges are still to be made. Who ends in between finds it again.
OWED = "edges_owed"
_MAX_CONFIGURATION_BYTES = 4_000_000  # compile_commands.json names every file
# So many names come and go together when branches do; who imports one of them is then nearly everybody.
_MAX_CHANGED_NAMES = 200
# An import by name leads to the file that hands the name on and to the one that defines it; a star import to no more.
_MAX_TARGETS = 24


class Edges:
    """``some`` resolves a part of what waits, so that a saved file does not wait behind all of it."""

    def __init__(self, connection: sqlite3.Connection, root: Path) -> None:
        self._db = connection
        self._root = root
        self._files: _StoredFiles | None = None
        self._waiting: dict[str, None] = {}
        owed = connection.execute("SELECT value FROM meta WHERE key = ?", (OWED,)).fetchone()
        self._all = bool(owed and owed[0])

    @property
    def waiting(self) -> bool:
        return self._all or bool(self._waiting)

    def file_changes(self, path: str, content: int) -> None:
        """This file is about to be stored with this text, whose facts are there. Files that import through it are resolved
        again, too, as far as they name what is in one of the two texts only."""
        changed = changed_exports(self._db, path, content)
        if changed is None:
            return
        self._waiting[path] = None
        if is_configuration(path) or changed.package or len(changed.names) > _MAX_CHANGED_NAMES:
            self.paths_changed()
        elif not self._all:
            self._waiting |= dict.fromkeys(importers_of_names(self._db, changed.names))
            if changed.unnamed:
                self._waiting |= dict.fromkeys(importers_of_file(self._db, path))

    def paths_changed(self) -> None:
        """Files came or went: an import may lead elsewhere than before, and every file is resolved again."""
        self._all = True
        self._files = None

    def some(self, writer: Writer) -> None:
        """Resolve the imports of some of the files that wait."""
        if self._all:
            self._all = False
            self._waiting = dict.fromkeys(row[0] for row in self._db.execute("SELECT path FROM file ORDER BY path"))
        if self._files is None:
            self._files = _StoredFiles(self._db, self._root)
        paths = [path for path, _ in zip(self._waiting, range(_AT_A_TIME))]
        rows = []
        for path in paths:
            try:
                rows.append((path, self._targets(path)))
            except _MISTAKES:
                logger.exception("%s: its imports cannot be resolved", path)
                rows.append((path, []))
        writer.begin()
        try:
            for path, targets in rows:
                source = self._files.ids.get(path)
                if source is not None:
                    writer.put_edges(source, targets)
            if len(rows) == len(self._waiting):
                writer.set_meta(OWED, 0)
            writer.commit()
            for path in paths:  # not before: where there is no room they still wait
                del self._waiting[path]
        finally:
            writer.rollback()

    def _targets(self, path: str) -> list[int]:
        files = self._files
        assert files is not None
        row = self._db.execute(
            "SELECT language FROM file JOIN content ON content.id = file.content WHERE path = ?", (path,)
        ).fetchone()
        if row is None:
            return []
        found: dict[str, None] = {}
        for imported in files.imports(path):
            if imported.kind == "package":
                continue
            targets = resolve(imported, path, row[0], files)[:_MAX_TARGETS]
            found.update(dict.fromkeys(targets))
            if targets:
                for name in imported.names:
                    if name.name != "*":
                        found.update(
                            dict.fromkeys(resolve_name(imported, name.name, path, row[0], files)[:_MAX_TARGETS])
                        )
        found.pop(path, None)
        return [files.ids[target] for target in found if target in files.ids]


class _StoredFiles(PathTable):
    """The stored files, as resolving wants them (``syntax.resolve.files.Files``)."""

    def __init__(self, connection: sqlite3.Connection, root: Path) -> None:
        self.ids: dict[str, int] = {
            path: identity for identity, path in connection.execute("SELECT id, path FROM file")
        }
        super().__init__(sorted(self.ids))
        self._db = connection
        self._root = root
        self._memory: dict[Hashable, Any] = {}
        self._packages: dict[str, list[str]] | None = None

    @property
    def memory(self) -> dict[Hashable, Any]:
        return self._memory

    def text(self, path: str) -> str | None:
        read = read_file(self._root, path, _MAX_CONFIGURATION_BYTES)
        return None if isinstance(read, Left) else read.text

    def imports(self, path: str) -> Sequence[Import]:
        return [import_of(row) for row in self._db.execute(IMPORTS, (path,))]

    def defines(self, path: str, name: str) -> bool:
        return (
            self._db.execute(
                "SELECT 1 FROM symbol WHERE content = (SELECT content FROM file WHERE path = ?)"
                " AND name = (SELECT id FROM name WHERE text = ?) LIMIT 1",
                (path, name),
            ).fetchone()
            is not None
        )

    def in_package(self, name: str) -> Sequence[str]:
        if self._packages is None:
            self._packages = {}
            for module, path in self._db.execute(
                "SELECT module, path FROM import JOIN file ON file.content = import.content WHERE import.kind = 'package'"
            ):
                self._packages.setdefault(module, []).append(path)
        return self._packages.get(name, ())
