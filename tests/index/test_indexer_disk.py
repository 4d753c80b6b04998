"""What becomes of the index when its own disk or folder fails, and when that is over."""

import errno
import os
import queue
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from foretoken.index.event_wire import event_to_wire
from foretoken.index.events import Changed, Finished, Notice, Refused, Role
from foretoken.index.folders import LOCK_FILE, ROOT_FILE
from foretoken.index.store import database
from foretoken.index.writing import Writer
from index.indexing import PATIENCE, Indexed, indexed, write

FILES = {
    "shop/basket.py": "from .money import total\n\n\nclass Basket:\n    def sum(self):\n        return total(1)\n",
    "shop/money.py": "def total(count: int) -> int:\n    return count\n",
    "web/page.ts": "import { helper } from './helper';\nexport function page(): string { return helper(); }\n",
    "web/helper.ts": "export function helper(): string { return 'größe'; }\n",
}
MANY = {f"many/m{n}.py": "from shop.money import total\n" + f"def f{n}(): pass\n" * 300 for n in range(40)}
AGAIN = "is written again"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "w"
    write(root, FILES)
    return root


def clean(workspace: Path, folder: Path) -> dict[str, object]:
    """The facts of an index that nothing happened to."""
    with indexed(workspace, folder) as undisturbed:
        undisturbed.sync()
        return undisturbed.facts()


def done(running: Indexed, work: Callable[[sqlite3.Connection], object]) -> None:
    """Done on the indexer's thread, and over."""
    over = threading.Event()
    running.indexer._orders.put(lambda keeper: (work(keeper.connection), over.set()))
    assert over.wait(PATIENCE)


def fill_the_disk(running: Indexed) -> None:
    """SQLite's own limit gives the same error as a disk without room."""

    def limit(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")

    done(running, limit)


def make_room(running: Indexed) -> None:
    done(running, lambda connection: connection.execute("PRAGMA max_page_count = 1000000"))


def test_after_a_full_disk_everything_is_stored_by_itself(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index", pauses=(0.01, 0.02)) as shop:
        shop.sync()
        fill_the_disk(shop)
        write(workspace, MANY)
        (workspace / "web/helper.ts").unlink()
        shop.indexer.changed([*MANY, "web/helper.ts"])  # a saved file is stored at once, but for this
        shop.wait(Notice, lambda notice: "full" in notice.text)
        shop.wait(Finished)
        assert shop.wait(Finished).cancelled
        make_room(shop)
        shop.wait(Notice, lambda notice: AGAIN in notice.text)
        assert shop.facts() == clean(workspace, tmp_path / "clean")
        assert len(shop.notices()) == 2
        fill_the_disk(shop)
        write(workspace, {f"more/m{n}.py": text for n, text in enumerate(MANY.values())})
        assert shop.sync().cancelled
        assert ["full" in notice for notice in shop.notices()] == [True, False, True]  # it is another one


def test_edges_that_cannot_be_stored_are_stored_later_and_not_tried_all_the_time(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0
    put_edges = Writer.put_edges

    def fail(self: Writer, *arguments: object) -> None:
        nonlocal tries
        tries += 1
        raise sqlite3.OperationalError("disk I/O error")

    with indexed(workspace, tmp_path / "index", pauses=(3600.0, 3600.0)) as shop:
        monkeypatch.setattr(Writer, "put_edges", fail)
        assert shop.sync().cancelled
        done(shop, lambda connection: None)
        done(shop, lambda connection: None)
        assert tries == 1
        monkeypatch.setattr(Writer, "put_edges", put_edges)
        assert not shop.sync().cancelled  # somebody asks: then it is tried at once
        shop.wait(Notice, lambda notice: AGAIN in notice.text)
        assert shop.facts() == clean(workspace, tmp_path / "clean")


@pytest.mark.parametrize("removed", ["folder", "database", "lock"])
def test_an_index_that_is_removed_under_its_writer_is_made_anew(workspace: Path, tmp_path: Path, removed: str) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        shop.change({"shop/money.py": "def other(): ...\n"})  # the process for saved files has the database open
        if removed == "folder":
            shutil.rmtree(shop.folder)
        elif removed == "database":
            database(shop.folder).unlink()
        else:
            (shop.folder / LOCK_FILE).unlink()
        shop.indexer.check()
        shop.wait(Notice, lambda notice: "removed" in notice.text)
        assert not shop.wait(Finished).cancelled
        shop.change({"late.py": FILES["shop/money.py"]})  # a text that the removed database knows
        assert not shop.sync().cancelled
        assert shop.facts() == clean(workspace, tmp_path / "clean")
        assert (shop.folder / ROOT_FILE).exists()
        with pytest.raises(Timeout):
            FileLock(shop.folder / LOCK_FILE).acquire(timeout=0)


def test_it_is_seen_before_a_file_is_stored_and_before_a_comparison(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        for begin in (shop.indexer.sync, lambda: shop.indexer.changed(["shop/money.py"])):
            shutil.rmtree(shop.folder)
            begin()
            shop.wait(Notice, lambda notice: "removed" in notice.text)
            shop.wait(Finished)
            assert set(shop.facts()) == set(FILES)


def test_who_took_the_removed_indexs_place_keeps_it(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        shutil.rmtree(shop.folder)
        shop.folder.mkdir()
        with FileLock(shop.folder / LOCK_FILE):
            shop.indexer.check()
            shop.wait(Role, lambda role: not role.writer)
            assert not database(shop.folder).exists()
        shop.wait(Role, lambda role: role.writer)
        shop.wait(Finished)
        assert set(shop.facts()) == set(FILES)


def test_a_lock_that_cannot_be_had_refuses_the_folder(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: FileLock, **_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(FileLock, "acquire", fail)
    shop = Indexed(workspace, tmp_path / "index")
    shop.indexer.start()
    refused = shop.wait(Refused)
    shop.indexer.stop()
    assert os.strerror(errno.ENOLCK) in refused.text and "FORETOKEN_INDEX_DIR" in refused.text
    assert event_to_wire("/w", refused)["event"] == "refused"


def test_a_database_that_cannot_be_opened_refuses_the_folder(workspace: Path, tmp_path: Path) -> None:
    shop = Indexed(workspace, tmp_path / "index")
    database(shop.folder).mkdir()
    shop.indexer.start()
    assert "unable to open database file" in shop.wait(Refused).text
    shop.indexer.stop()


def test_a_comparison_that_a_changed_file_asks_for_waits_for_the_one_under_way(workspace: Path, tmp_path: Path) -> None:
    write(workspace, MANY)
    with indexed(workspace, tmp_path / "index") as shop:
        shop.indexer.sync()
        shop.wait(Changed)
        write(workspace, {".ignore": "web/\n"})
        shop.indexer.changed([".ignore"])
        first = shop.wait(Finished)
        assert not first.cancelled and [getattr(event, "phase", "") for event in shop.events].count("looking") == 1
        assert shop.wait(Finished).files == len(FILES) + len(MANY) - 1
        with pytest.raises(queue.Empty):
            shop._queue.get_nowait()


def test_a_database_that_cannot_be_made_anew_refuses_the_folder(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()

        def break_it(connection: sqlite3.Connection) -> None:
            database(shop.folder).unlink()
            database(shop.folder).mkdir()
            raise sqlite3.DatabaseError("database disk image is malformed")

        shop.indexer._orders.put(lambda keeper: break_it(keeper.connection))
        shop.wait(Refused)
        shop.indexer._thread.join(PATIENCE)
        assert not shop.indexer._thread.is_alive()
