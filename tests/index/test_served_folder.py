"""One workspace folder in the worker: when everything is compared with the disk, and who is told."""

import os
import queue
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foretoken.index import folders, served_folder
from foretoken.index.events import Changed, Event, Finished, Notice, Progress, Refused, Role
from foretoken.index.indexer import Indexer
from foretoken.index.reading import Reader
from foretoken.index.served_folder import ServedFolder
from foretoken.index.store import database
from foretoken.index.watch import Watch
from foretoken.index.watcher import CannotWatch
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

    def settle(self) -> None:
        """Until all that was ordered so far is done."""
        done: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.folder._orders.put(lambda: done.put(None))
        done.get(timeout=PATIENCE)

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
    served.settle()
    assert len(begun) == 1
    served.folder._heard(Finished(1, 1, 1))
    served.folder._heard(Finished(1, 1, 1))
    served.settle()
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


@pytest.fixture
def stopped(serve: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Served, list[str]]:
    """A folder whose comparison the user stopped, while another one was wanted already; and what its indexer is told."""
    served, told = serve(watches=False, heals=False), []
    served.until(Finished)
    monkeypatch.setattr(served.folder.indexer, "sync", lambda near: told.append("sync"))
    monkeypatch.setattr(served.folder.indexer, "cancel", lambda: told.append("cancel"))
    served.folder.sync()
    served.folder.look()
    served.folder.cancel()
    served.folder._heard(Finished(0, 0, 0, cancelled=True))
    served.settle()
    assert told == ["sync", "cancel"]
    return served, told


def test_what_the_user_stops_stays_so_until_it_is_asked_for(stopped: tuple[Served, list[str]]) -> None:
    served, told = stopped
    served.folder.look()
    served.folder.changed([".gitignore"])
    served.settle()
    assert told == ["sync", "cancel"]
    served.folder.sync()
    served.settle()
    assert told == ["sync", "cancel", "sync"]
    served.folder._heard(Finished(1, 1, 1))
    served.folder.look()  # and from then on it is as before
    served.settle()
    assert told == ["sync", "cancel", "sync", "sync"]


def test_what_the_user_stops_goes_on_when_it_is_time_to_heal(
    stopped: tuple[Served, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    served, told = stopped
    served.folder.active()
    served.folder._orders.put(served.folder._heal)
    served.settle()
    assert told == ["sync", "cancel", "sync"]


def test_a_comparison_that_is_stopped_too_late_is_whole(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    served, told = serve(watches=False, heals=False), []
    served.until(Finished)
    monkeypatch.setattr(served.folder.indexer, "sync", lambda near: told.append("sync"))
    served.folder.cancel()  # nothing is under way
    served.folder.sync()
    served.folder.cancel()
    served.folder._heard(Finished(1, 1, 1))
    served.folder.look()
    served.settle()
    assert told == ["sync", "sync"]


def test_a_disk_error_is_no_stop(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    served, told = serve(watches=False, heals=False), []
    served.until(Finished)
    monkeypatch.setattr(served.folder.indexer, "sync", lambda near: told.append("sync"))
    served.folder.sync()
    served.folder.look()
    served.folder._heard(Finished(0, 0, 0, cancelled=True))
    served.settle()
    assert told == ["sync", "sync"]


def test_what_is_saved_in_the_course_of_a_first_index_is_seen(
    serve: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served_folder, "COVER_SECONDS", 0.0)
    monkeypatch.setattr(Indexer, "sync", lambda self, near: None)  # it takes for ever
    write(root, {"deep/b.py": "b = 1\n"})
    served = serve(heals=False)
    served.until(Role)
    served.folder.indexer.changed(["deep/b.py"])
    served.until_stored("deep/b.py")
    served.folder._heard(Progress(1, 2, "indexing"))
    served.settle()
    write(root, {"deep/c.py": "c = 1\n"})
    served.until_stored("deep/b.py", "deep/c.py")


def test_a_watch_that_is_lost_is_said_and_it_is_compared_now_and_then(
    serve: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served_folder, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(served_folder, "_POLL_SHARE", 1)
    served = serve()
    served.until(Finished)
    served.settle()
    served.folder._watch._give_up("it broke")
    write(root, {"b.py": "b = 1\n"})
    served.until_stored("a.py", "b.py")
    assert ["cannot be watched: it broke" in text for text in served.notices] == [True]


def test_a_workspace_that_is_removed_and_cloned_again_is_indexed_and_watched(serve: Any, root: Path) -> None:
    served = serve(heals=False)
    served.until(Finished)
    served.settle()
    shutil.rmtree(root)
    write(root, {"a.py": "a = 2\n", "src/deep/b.py": "b = 1\n"})
    served.until_stored("a.py", "src/deep/b.py")
    served.until(Finished)
    served.settle()
    write(root, {"src/deep/c.py": "c = 1\n"})
    served.until_stored("a.py", "src/deep/b.py", "src/deep/c.py")


def test_names_that_are_no_unicode_do_not_disturb_it(serve: Any, root: Path) -> None:
    served = serve(heals=False)
    served.until(Finished)
    served.settle()
    with open(os.path.join(os.fsencode(root), b"\xff.py"), "w") as file:
        file.write("x = 1\n")
    served.folder.changed([os.fsdecode(b"\xff.py")])  # nobody says so, but if
    write(root, {"b.py": "b = 1\n"})
    served.until_stored("a.py", "b.py")


def test_what_changes_in_a_window_that_reads_reaches_the_one_that_writes(
    serve: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served_folder, "LOOK_SECONDS", 0.01)
    options = {"watches": False, "heals": False}
    writer = serve(**options)
    writer.until(Finished)
    reader = serve(**options)
    assert reader.until(Role).writer is False
    write(root, {"b.py": "b = 1\n", "c.py": "c = 1\n"})
    reader.folder.changed(["b.py"])
    writer.until_stored("a.py", "b.py")
    assert reader.until(Changed).paths == ()
    reader.folder.sync()
    writer.until_stored("a.py", "b.py", "c.py")


def test_what_changes_before_it_is_known_who_writes_is_not_lost(
    serve: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served_folder, "LOOK_SECONDS", 0.01)
    writer = serve(watches=False, heals=False)
    writer.until(Finished)
    write(root, {"b.py": "b = 1\n"})
    reader = ServedFolder(root, lambda event: None, watches=False, heals=False)
    reader.changed(["b.py"])
    reader.start()
    writer.until_stored("a.py", "b.py")
    reader.stop()


def test_an_index_that_cannot_be_opened_is_refused(serve: Any, root: Path) -> None:
    database(folders.index_folder(root)).mkdir(parents=True)
    assert "is not indexed" in serve().until(Refused).text
