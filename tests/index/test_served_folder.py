"""One workspace folder in the worker: when everything is compared with the disk, and who is told."""

import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foretoken.index import folders, served_folder
from foretoken.index.events import Changed, Event, Finished, Notice, Role
from foretoken.index.reading import Reader
from foretoken.index.served_folder import ServedFolder
from foretoken.index.watch import CannotWatch, Watch
from index.indexing import write

PATIENCE = 60.0


class Served:
    def __init__(self, root: Path, **options: Any) -> None:
        self.told: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.notices: list[str] = []
        self.folder = ServedFolder(root, self.told.put, **options)
        self.folder.start()

    def until(self, kind: type) -> Any:
        while True:
            event = self.told.get(timeout=PATIENCE)
            if isinstance(event, Notice):
                self.notices.append(event.text)
            if isinstance(event, kind):
                return event

    def files(self) -> list[str]:
        reader = Reader(self.folder.folder)
        try:
            return [file.path for file in reader.files()]
        finally:
            reader.close()

    def until_stored(self, *paths: str) -> None:
        while self.files() != list(paths):
            self.until(Changed)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(folders.FOLDER_VARIABLE, str(tmp_path / "indexes"))
    write(tmp_path / "w", {"a.py": "a = 1\n"})
    return tmp_path / "w"


@pytest.fixture
def serve(root: Path) -> Iterator[Any]:
    served: list[Served] = []

    def serve(**options: Any) -> Served:
        served.append(Served(root, **options))
        return served[-1]

    yield serve
    for each in served:
        each.folder.stop()


def test_where_nothing_can_be_watched_it_is_said_and_compared_now_and_then(
    serve: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(self: Watch, folders: object) -> bool:
        raise CannotWatch("the system has no watches left")

    monkeypatch.setattr(Watch, "cover", cannot)
    monkeypatch.setattr(served_folder, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(served_folder, "_POLL_SHARE", 1)
    served = serve()
    served.until(Finished)
    write(root, {"b.py": "b = 1\n"})
    served.until_stored("a.py", "b.py")
    assert len(served.notices) == 1 and "cannot be watched: the system has no watches left" in served.notices[0]


def test_a_network_file_system_is_not_watched(serve: Any, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served_folder, "far_away", lambda root: "nfs")
    served = serve()
    served.until(Finished)
    assert "network file system (nfs)" in served.notices[0]


def test_what_was_missed_is_found_when_somebody_works_here(
    serve: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served_folder, "HEAL_SECONDS", 0.01)
    served = serve(watches=False)
    served.until(Finished)
    write(root, {"b.py": "b = 1\n"})
    served.folder.active()
    served.until_stored("a.py", "b.py")


def test_what_the_editor_tells_is_read_and_an_ignore_file_is_a_comparison(serve: Any, root: Path) -> None:
    served = serve(watches=False, heals=False)
    served.until(Finished)
    write(root, {"b.py": "b = 1\n", "c.py": "c = 1\n"})
    served.folder.changed(["b.py"])
    served.until_stored("a.py", "b.py")
    write(root, {".ignore": "a.py\n"})
    served.folder.changed([".ignore"])
    served.until(Finished)
    assert [path for path in served.files() if path.endswith(".py")] == ["b.py", "c.py"]


def test_thousands_of_changes_at_once_are_one_comparison(
    serve: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve(watches=False, heals=False)
    served.until(Finished)
    told: list[object] = []
    monkeypatch.setattr(served.folder.indexer, "changed", told.append)
    write(root, {f"{number}.py": "x = 1\n" for number in range(300)})
    served.folder.changed([f"{number}.py" for number in range(300)])
    assert served.until(Finished).files == 301 and told == []


def test_syncs_that_are_wanted_meanwhile_become_one(serve: Any, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = serve(watches=False, heals=False)
    served.until(Finished)
    begun: list[object] = []
    monkeypatch.setattr(served.folder.indexer, "sync", lambda near: begun.append(near))
    for _ in range(10):
        served.folder.sync()
    settled = queue.SimpleQueue()
    served.folder._orders.put(lambda: settled.put(None))
    settled.get(timeout=PATIENCE)
    assert len(begun) == 1
    served.folder._heard(Finished(1, 1, 1))
    served.folder._heard(Finished(1, 1, 1))
    served.folder._orders.put(lambda: settled.put(None))
    settled.get(timeout=PATIENCE)
    assert len(begun) == 2


def test_a_reader_neither_watches_nor_compares_until_it_writes(serve: Any, root: Path) -> None:
    first = serve()
    first.until(Finished)
    second = serve()
    assert second.until(Role).writer is False
    second.folder.sync()
    write(root, {"b.py": "b = 1\n"})
    first.until_stored("a.py", "b.py")
    first.folder.stop()
    assert second.until(Role).writer is True
    second.until(Finished)
    write(root, {"c.py": "c = 1\n"})
    second.until_stored("a.py", "b.py", "c.py")
