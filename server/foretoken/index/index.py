"""The facts of all workspace folders together, open documents as the editor has them. What queries are asked of."""

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from foretoken.index.analyse import KIND_BITS
from foretoken.index.overlay import OpenFacts, Overlay
from foretoken.index.reading import Reader, Summary, Use, match_rank
from foretoken.syntax.facts import Definition, Import
from foretoken.text.decoding import Decoded
from foretoken.trust.workspace_files import WorkspaceFiles

SEARCH_LIMIT = 50
_MAX_PLACES = 4096


@dataclass(frozen=True, slots=True)
class IndexedFolder:
    """given: the workspace folder as the editor spells it; what is answered is spelled so. folder: where its index lies."""

    given: str
    root: Path
    folder: Path


@dataclass(slots=True)
class _Open:
    reader: Reader
    files: WorkspaceFiles


class Index:
    """Paths are absolute, as the editor spells them. For one thread.

    An open document's own text counts, saved or not. One that lies outside all folders, or that no index may hold, can be
    asked about itself and is in no answer about the workspace.
    """

    def __init__(
        self, overlay: Overlay | None = None, on_damage: Callable[[IndexedFolder], None] = lambda folder: None
    ) -> None:
        """on_damage: told when the stored index of a folder turns out to be damaged."""
        self.overlay = Overlay() if overlay is None else overlay  # an empty one is false
        self._on_damage = on_damage
        self._folders: dict[IndexedFolder, _Open] = {}
        self._places: dict[str, tuple[IndexedFolder, str] | None] = {}
        self._counts: dict[str, bool] = {}

    def set_folders(self, folders: Iterable[IndexedFolder]) -> None:
        wanted = list(folders)
        for folder in [folder for folder in self._folders if folder not in wanted]:
            self._folders.pop(folder).reader.close()
        self._folders = {
            folder: self._folders.get(folder)
            or _Open(Reader(folder.folder, functools.partial(self._on_damage, folder)), WorkspaceFiles(folder.root))
            for folder in wanted
        }
        self._places.clear()
        self._counts.clear()

    def rules_changed(self) -> None:
        """An ignore file changed: look anew at which open documents count."""
        for opened in self._folders.values():
            opened.files.refresh()
        self._counts.clear()

    def close(self) -> None:
        self.set_folders(())

    # One file

    def symbols(self, path: str) -> tuple[Definition, ...]:
        """The definitions of a file, in the order of its text."""
        facts = self._own(path)
        if facts is not None:
            return facts.definitions
        place = self.place(path)
        return self._folders[place[0]].reader.symbols(place[1]) if place else ()

    def imports(self, path: str) -> tuple[Import, ...]:
        """What a file imports, in the order of its text."""
        facts = self._own(path)
        if facts is not None:
            return facts.imports
        place = self.place(path)
        return self._folders[place[0]].reader.imports(place[1]) if place else ()

    def edges_from(self, path: str) -> list[str]:
        """The files of its workspace folder that a file imports, as it was saved."""
        place = self.place(path)
        return _spelled(place[0], self._folders[place[0]].reader.edges_from(place[1])) if place else []

    def edges_to(self, path: str) -> list[str]:
        """The files of its workspace folder that import a file, as they were saved."""
        place = self.place(path)
        return _spelled(place[0], self._folders[place[0]].reader.edges_to(place[1])) if place else []

    def text(self, path: str) -> str | None:
        """The text of a file as the editor has it, else as it is stored on the disk; None for one that does not count."""
        place = self.place(path)
        if place is None or not self._counts_here(path, place):
            return None
        file = self.overlay.get(path)
        if file is not None:
            return file.text
        found = self._folders[place[0]].files.read(place[1])
        return found.text if isinstance(found, Decoded) else None

    # The workspace

    def find(self, name: str) -> list[tuple[str, Definition]]:
        """Where a name is defined."""
        own = self._own_facts()
        found = [(path, each) for path, facts in own.items() for each in facts.definitions if each.name == name]
        for folder, opened in self._folders.items():
            for relative, definition in opened.reader.find(name):
                path = _path(folder, relative)
                if path not in own:
                    found.append((path, definition))
        return found

    def search(self, text: str, limit: int = SEARCH_LIMIT) -> list[tuple[str, Definition]]:
        """Definitions whose name begins with the text, holds it, or holds its characters in this order; see Reader.search."""
        wanted = text.lower()
        if not wanted:
            return []
        own = self._own_facts()
        found = [
            (path, each)
            for path, facts in own.items()
            for each in facts.definitions
            if match_rank(wanted, each.name.lower()) is not None
        ]
        more = limit + len(found)  # open documents take about as many out of what is stored as they put in
        for folder, opened in self._folders.items():
            stored = opened.reader.search(text, more)
            found += [(path, each) for relative, each in stored if (path := _path(folder, relative)) not in own]
        ranked = [
            ((rank, len(each.name), each.name, path, each.start), path, each)
            for path, each in found
            if (rank := match_rank(wanted, each.name.lower())) is not None
        ]
        ranked.sort(key=lambda entry: entry[0])
        return [(path, each) for _, path, each in ranked[:limit]]

    def uses(self, name: str) -> list[Use]:
        """The files in whose text the name stands, those where it stands most often first."""
        own = self._own_facts()
        found = [
            Use(
                path,
                frozenset(kind for kind, bit in KIND_BITS.items() if bit & facts.uses[name][0]),
                facts.uses[name][1],
            )
            for path, facts in own.items()
            if name in facts.uses
        ]
        for folder, opened in self._folders.items():
            for use in opened.reader.uses(name):
                path = _path(folder, use.path)
                if path not in own:
                    found.append(Use(path, use.kinds, use.count))
        return sorted(found, key=lambda use: (-use.count, use.path))

    def summary(self) -> dict[str, Summary]:
        """Of each workspace folder, as it is stored."""
        return {folder.given: opened.reader.summary() for folder, opened in self._folders.items()}

    def place(self, path: str) -> tuple[IndexedFolder, str] | None:
        """The folder that a file lies in, and its path there; None for what lies outside."""
        if path not in self._places:
            if len(self._places) >= _MAX_PLACES:
                self._places.clear()
            self._places[path] = self._find_place(path)
        return self._places[path]

    def _find_place(self, path: str) -> tuple[IndexedFolder, str] | None:
        # A folder that the one around it leaves out is a folder of its own.
        for folder, opened in sorted(self._folders.items(), key=lambda each: -len(each[0].root.parts)):
            relative = opened.files.path_of(path)
            if relative is not None:
                return folder, relative
        return None

    def _own(self, path: str) -> OpenFacts | None:
        file = self.overlay.get(path)
        return file.facts() if file is not None else None

    def _own_facts(self) -> dict[str, OpenFacts]:
        """The facts of the open documents that count, by their path as answers spell it; the last one changed first."""
        return {path: facts for path, facts in self._counted() if facts is not None}

    def _counted(self) -> Iterator[tuple[str, OpenFacts | None]]:
        for file in self.overlay:
            place = self.place(file.path)
            if place is not None and self._counts_here(file.path, place):
                yield _path(*place), file.facts()

    def _counts_here(self, path: str, place: tuple[IndexedFolder, str]) -> bool:
        if path not in self._counts:
            self._counts[path] = self._folders[place[0]].files.left_out(place[1]) is None
        return self._counts[path]


def _path(folder: IndexedFolder, relative: str) -> str:
    # pathlib takes 10 us a path, and a common name has thousands.
    return os.path.join(folder.given, relative if os.sep == "/" else relative.replace("/", os.sep))


def _spelled(folder: IndexedFolder, paths: Sequence[str]) -> list[str]:
    return [_path(folder, path) for path in paths]
