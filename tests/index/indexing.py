"""A workspace with its index, for tests: what an Indexer says is collected, and one waits for it without sleeping."""

import queue
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from foretoken.index.events import Changed, Event, Finished, Notice, Role
from foretoken.index.indexer import Indexer
from foretoken.index.reading import Reader

PATIENCE = 300.0
Kind = TypeVar("Kind")


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())


class Indexed:
    """root: the workspace. folder: its database's. Every event is in ``events``, in order."""

    def __init__(self, root: Path, folder: Path, **limits: Any) -> None:
        folder.mkdir(exist_ok=True)
        self.root = root
        self.folder = folder
        self.events: list[Event] = []
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.indexer = Indexer(root, folder, self._queue.put, processes=1, **limits)

    def wait(self, kind: type[Kind], which: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """The next such event."""
        while True:
            event = self._queue.get(timeout=PATIENCE)
            self.events.append(event)
            if isinstance(event, kind) and which(event):
                return event

    def sync(self) -> Finished:
        self.indexer.sync()
        return self.wait(Finished)

    def change(self, files: Mapping[str, str | bytes]) -> None:
        """Write files, say so, and wait until the index knows."""
        write(self.root, files)
        missing = set(files)
        self.indexer.changed(files)
        while missing:
            missing -= set(self.wait(Changed).paths)

    def notices(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Notice)]

    def facts(self) -> dict[str, object]:
        """All that is stored, by path, without ids and times: equal for equal workspaces."""
        with reader(self.folder) as stored:
            return {
                file.path: (
                    file.language,
                    file.lines,
                    file.note,
                    stored.symbols(file.path),
                    stored.imports(file.path),
                    sorted(stored.names_in(file.path).items()),
                    stored.edges_from(file.path),
                )
                for file in stored.files()
            }


@contextmanager
def indexed(root: Path, folder: Path, **limits: Any) -> Iterator[Indexed]:
    """A running indexer that writes."""
    running = Indexed(root, folder, **limits)
    running.indexer.start()
    try:
        running.wait(Role)
        yield running
    finally:
        running.indexer.stop()


@contextmanager
def reader(folder: Path) -> Iterator[Reader]:
    opened = Reader(folder)
    try:
        yield opened
    finally:
        opened.close()
