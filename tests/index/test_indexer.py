"""The indexer on real folders, with its real processes."""

import os
import sqlite3
from pathlib import Path

import pytest

from foretoken.index.events import Changed, Finished, Notice, Progress, Role
from foretoken.index.keeper import Keeper
from foretoken.index.reading import Reader
from foretoken.index.store import database, open_to_write
from index.indexing import Indexed, indexed, reader, write

FILES = {
    "shop/__init__.py": "from .basket import Basket\n",
    "shop/basket.py": 'from .money import total\n\n\nclass Basket:\n    """Holds items."""\n\n    def sum(self):\n        return total(1)\n',
    "shop/money.py": "def total(count: int) -> int:\n    return count\n",
    "web/page.ts": "import { helper } from './helper';\nexport function page(): string { return helper(); }\n",
    "web/helper.ts": "export function helper(): string { return 'größe'; }\n",
    "README.md": "# Shop\n\nIt has a basket.\n",
    "build/out.py": "def built(): pass\n",
    ".gitignore": "build/\n",
    ".env": "PASSWORD=correct-horse-battery\n",
}


def grow_old(root: Path) -> None:
    """A file that has just been written is read again: it may have been written twice within the clock's step."""
    for path in root.rglob("*"):
        os.utime(path, (1_600_000_000, 1_600_000_000))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    write(root, FILES)
    return root


def test_a_first_sync_finds_everything_that_counts(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        finished = shop.sync()
        assert not finished.cancelled
        assert finished.left_out["holds secrets, as its name says"] == 1
        with reader(shop.folder) as stored:
            assert [file.path for file in stored.files()] == [
                ".gitignore",
                "README.md",
                "shop/__init__.py",
                "shop/basket.py",
                "shop/money.py",
                "web/helper.ts",
                "web/page.ts",
            ]
            assert finished.files == 7
            assert finished.lines == sum(file.lines for file in stored.files())
            [(path, basket)] = stored.find("Basket")
            assert (path, basket.kind, basket.line, basket.doc) == ("shop/basket.py", "class", 3, "Holds items.")
            assert stored.summary().complete
            assert stored.summary().languages["typescript"] == (2, 3)


def test_uses_are_counted_by_file_and_kind(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        with reader(shop.folder) as stored:
            found = {use.path: (use.kinds, use.count) for use in stored.uses("total")}
            assert found == {"shop/basket.py": ({"import", "call"}, 2), "shop/money.py": (set(), 1)}
            assert [use.path for use in stored.uses("größe")] == ["web/helper.ts"]
            assert stored.uses("PASSWORD") == []


def test_files_are_joined_by_what_they_import(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        with reader(shop.folder) as stored:
            assert stored.edges_from("shop/__init__.py") == ["shop/basket.py"]
            assert stored.edges_to("shop/money.py") == ["shop/basket.py"]
            assert stored.edges_from("web/page.ts") == ["web/helper.ts"]


def test_a_changed_file_is_new_at_once(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        shop.change({"shop/money.py": "def subtotal() -> None: ...\n", "shop/tax.py": "RATE = 0.19\n"})
        with reader(shop.folder) as stored:
            assert stored.find("total") == []
            assert [path for path, _ in stored.find("subtotal")] == ["shop/money.py"]
            assert [path for path, _ in stored.find("RATE")] == ["shop/tax.py"]


def test_a_new_file_may_be_what_others_import(workspace: Path, tmp_path: Path) -> None:
    (workspace / "shop/money.py").unlink()
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        with reader(shop.folder) as stored:
            assert stored.edges_from("shop/basket.py") == []
        shop.change({"shop/money.py": "def total(): ...\n"})
        shop.sync()  # ends when all edges are made
        with reader(shop.folder) as stored:
            assert stored.edges_from("shop/basket.py") == ["shop/money.py"]


def test_a_removed_folder_takes_its_files_along(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        for name in ("page.ts", "helper.ts"):
            (workspace / "web" / name).unlink()
        (workspace / "web").rmdir()
        shop.indexer.changed(["web"])
        assert set(shop.wait(Changed).paths) == {"web/page.ts", "web/helper.ts"}
        with reader(shop.folder) as stored:
            assert stored.files("web/") == []


def test_a_removed_file_takes_nothing_with_a_like_name_along(tmp_path: Path) -> None:
    root = tmp_path / "w"
    write(root, {"conf": "[a]\n", "conf0": "[b]\n", "conf1/inner": "[c]\n"})
    with indexed(root, tmp_path / "index") as workspace:
        workspace.sync()
        (root / "conf").unlink()
        workspace.indexer.changed(["conf"])
        assert workspace.wait(Changed, lambda event: "conf" in event.paths).paths == ("conf",)


def test_a_second_sync_reads_only_what_differs(workspace: Path, tmp_path: Path) -> None:
    grow_old(workspace)
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
    with indexed(workspace, tmp_path / "index") as shop:
        write(workspace, {"shop/money.py": "def total(): return 2\n"})
        shop.sync()
        assert [event.paths for event in shop.events if isinstance(event, Changed)] == [("shop/money.py",)]
        # And so little that it is nobody's business.
        assert {event.phase for event in shop.events if isinstance(event, Progress)} == {"looking"}


def test_a_rule_that_is_added_takes_files_out(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        write(workspace, {".foretokenignore": "web/\n"})
        shop.indexer.changed([".foretokenignore"])
        shop.wait(Finished)
        with reader(shop.folder) as stored:
            assert stored.files("web/") == []
            assert stored.find("helper") == []


def test_a_text_that_comes_back_is_known(workspace: Path, tmp_path: Path) -> None:
    """As when another branch is checked out and then the first one again."""
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        before = shop.facts()
        shop.change({"shop/money.py": "def other(): ...\n"})
        connection = open_to_write(shop.folder)
        try:
            count = connection.execute("SELECT count(*) FROM content").fetchone()
            shop.change({"shop/money.py": FILES["shop/money.py"]})
            assert connection.execute("SELECT count(*) FROM content").fetchone() == count
        finally:
            connection.close()
        assert shop.facts() == before


def test_cancelled_and_resumed(workspace: Path, tmp_path: Path) -> None:
    write(workspace, {f"many/m{n}.py": f"def f{n}(): pass\n" * 40 for n in range(300)})
    grow_old(workspace)
    with indexed(workspace, tmp_path / "index") as shop:
        shop.indexer.sync()
        shop.wait(Changed)
        shop.indexer.cancel()
        finished = shop.wait(Finished)
        assert finished.cancelled and 0 < finished.files < 307
        with reader(shop.folder) as stored:
            assert not stored.summary().complete
    with indexed(workspace, tmp_path / "index") as shop:
        finished = shop.sync()
        assert (finished.cancelled, finished.files) == (False, 307)
        indexed_now = {path for event in shop.events if isinstance(event, Changed) for path in event.paths}
        assert len(indexed_now) < 307


def test_what_is_near_comes_first(tmp_path: Path) -> None:
    root = tmp_path / "w"
    write(root, {f"{folder}/m{n}.py": f"def {folder}{n}(): pass\n" for folder in ("aa", "bb", "cc") for n in range(60)})
    with indexed(root, tmp_path / "index") as shop:
        shop.indexer.sync(["bb/m0.py"])
        shop.wait(Finished)
        paths = [path for event in shop.events if isinstance(event, Changed) for path in event.paths]
        assert {path[:2] for path in paths[:60]} == {"bb"}


def test_a_damaged_database_is_made_anew(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        whole = shop.facts()
    file = database(tmp_path / "index")
    file.write_bytes(b"this is no database" * 1000)
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        assert shop.facts() == whole
        assert len(shop.notices()) == 1 and "made anew" in shop.notices()[0]


def test_damage_in_the_middle_is_found_by_a_check(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        whole = shop.facts()
    file = database(tmp_path / "index")
    data = bytearray(file.read_bytes())
    for place in range(4096 * 3, len(data), 4096):
        data[place : place + 64] = b"\xff" * 64
    file.write_bytes(data)
    with indexed(workspace, tmp_path / "index") as shop:
        shop.indexer.check()
        if not shop.notices():  # opening it may have met the damage already
            shop.wait(Notice)
        shop.wait(Finished)
        assert shop.facts() == whole


def test_one_writes_and_the_next_takes_over(workspace: Path, tmp_path: Path) -> None:
    second = Indexed(workspace, tmp_path / "index")
    with indexed(workspace, tmp_path / "index") as first:
        first.sync()
        second.indexer.start()
        assert second.wait(Role) == Role(False)
        write(workspace, {"late.py": "def late(): pass\n"})
    try:
        assert second.wait(Role) == Role(True)
        second.wait(Finished)
        with reader(second.folder) as stored:
            assert [path for path, _ in stored.find("late")] == ["late.py"]
    finally:
        second.indexer.stop()


def test_more_files_than_allowed(workspace: Path, tmp_path: Path) -> None:
    write(workspace, {f"many/m{n}.py": "x = 1\n" for n in range(50)})
    with indexed(workspace, tmp_path / "index", max_files=20) as shop:
        assert shop.sync().files <= 20
        assert any("20" in notice for notice in shop.notices())


def test_a_line_of_fifty_megabytes(workspace: Path, tmp_path: Path) -> None:
    with (workspace / "huge.js").open("wb") as file:
        file.seek(50_000_000)
        file.write(b"x")
    with indexed(workspace, tmp_path / "index") as shop:
        finished = shop.sync()
        assert finished.left_out["too large"] == 1
        assert finished.files == 7


def test_a_file_that_grew_into_no_text_is_left(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
        shop.change({"shop/money.py": b"\0\1\2" * 100})
        with reader(shop.folder) as stored:
            assert stored.find("total") == []
            assert stored.file("shop/money.py") is None


def test_a_full_disk_is_told_once(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        connection = open_to_write(shop.folder)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.close()
        write(workspace, {f"many/m{n}.py": "\n".join(f"def f{n}_{i}(): pass" for i in range(300)) for n in range(40)})
        # SQLite's own limit gives the same error as a disk without room.
        shop.indexer._orders.put(lambda keeper: keeper.connection.execute(f"PRAGMA max_page_count = {pages + 8}"))
        assert shop.sync().cancelled
        assert len(shop.notices()) == 1 and "full" in shop.notices()[0]
        shop.indexer._orders.put(lambda keeper: keeper.connection.execute("PRAGMA max_page_count = 1000000"))
        assert shop.sync().files == 47


def test_a_reader_follows_when_the_database_is_made_anew(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop, reader(tmp_path / "index") as stored:
        shop.sync()
        assert stored.find("Basket")

        def meet_damage(_: Keeper) -> None:
            raise sqlite3.DatabaseError("database disk image is malformed")

        shop.indexer._orders.put(meet_damage)
        shop.wait(Finished)
        shop.change({"shop/new.py": "def brand_new(): ...\n"})
        assert [path for path, _ in stored.find("brand_new")] == ["shop/new.py"]


def test_a_reader_that_meets_damage_says_so(workspace: Path, tmp_path: Path) -> None:
    with indexed(workspace, tmp_path / "index") as shop:
        shop.sync()
    told: list[bool] = []
    data = bytearray(database(tmp_path / "index").read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    database(tmp_path / "index").write_bytes(data)
    stored = Reader(tmp_path / "index", lambda: told.append(True))
    assert stored.find("Basket") == []
    assert told
    stored.close()
