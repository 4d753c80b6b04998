"""Which files a comparison with the disk reads again, and what it says of that."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from foretoken.index import comparison, disk_view, writing
from foretoken.index.analysers import CRASHED
from foretoken.index.events import Progress
from foretoken.trust.stamp import Stamp, stamp_of
from index.by_hand import ByHand, by_hand
from index.indexing import write

OLD = 1_600_000_000


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[ByHand]:
    write(tmp_path / "w", {"a.py": "def aa(): ...\n", "b.py": "def bb(): ...\n", "p/c.py": "def cc(): ...\n"})
    grow_old(tmp_path / "w")
    with by_hand(tmp_path / "w", tmp_path / "index") as hand:
        hand.sync()
        yield hand


def grow_old(root: Path) -> None:
    for path in root.rglob("*.py"):
        os.utime(path, (OLD, OLD))


def phases(hand: ByHand) -> list[str]:
    told = [event.phase for event in hand.events if isinstance(event, Progress)]
    hand.events.clear()
    return told


def test_what_did_not_change_is_not_read(hand: ByHand) -> None:
    assert hand.begin() == []


def test_two_files_that_changed_places_are_seen(hand: ByHand) -> None:
    """Size and time are the same, as of files from one archive."""
    a, b = hand.root / "a.py", hand.root / "b.py"
    a.rename(hand.root / "c")
    b.rename(a)
    (hand.root / "c").rename(b)
    hand.sync()
    assert (hand.names()["a.py"], hand.names()["b.py"]) == (["bb"], ["aa"])


def test_another_file_with_the_same_times_is_seen() -> None:
    known = {name: Stamp(1, 2, 3, number) for number, name in enumerate("abcd")}
    assert disk_view.differing(known, known | {"b": Stamp(1, 2, 3, 9)}) == ["b"]
    assert disk_view.differing(known, known | {"b": Stamp(1, 2, 9, 1)}) == ["b"]


def test_where_inodes_are_numbered_anew_they_say_nothing() -> None:
    known = {name: Stamp(1, 2, 3, number) for number, name in enumerate("abcd")}
    renumbered = {name: Stamp(1, 2, 3, number + 7) for number, name in enumerate("abc")}
    assert disk_view.differing(known, renumbered | {"d": Stamp(2, 2, 3, 10), "e": Stamp(1, 2, 3, 11)}) == ["d", "e"]


def test_a_file_that_may_have_changed_right_after_it_was_read_is_read_again(
    hand: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it took until it was stored."""
    hand.write({"a.py": "def aa(): ...  # anew\n"})
    hand.keeper.look_at(["a.py"])
    found = hand.read("a.py")
    monkeypatch.setattr(writing.time, "time", lambda: found[0].read_at + 100)
    hand.arrives(found)
    hand.rest()
    assert hand.begin() == ["a.py"]
    os.utime(hand.root / "a.py", (OLD, OLD))
    hand.sync()
    assert hand.begin() == []


def test_a_file_that_ends_the_parser_is_not_tried_again_while_it_does_not_change(hand: ByHand) -> None:
    [found] = hand.read("a.py")
    hand.arrives([type(found)(found.path, found.read_at, found.moment, found.stamp, left=CRASHED)])
    hand.rest()
    assert hand.begin() == []
    assert hand.sync().left_out[CRASHED] == 1
    os.utime(hand.root / "a.py", (OLD, OLD + 1))
    assert hand.begin() == ["a.py"]


def test_texts_that_no_file_has_are_dropped_when_they_are_too_many(
    hand: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def texts() -> int:
        return hand.keeper.connection.execute("SELECT count(*) FROM content").fetchone()[0]

    hand.write({"a.py": "def changed(): ...\n"})
    hand.sync()
    assert texts() == 4  # for coming back to it
    monkeypatch.setattr(writing, "KEEP_CONTENTS", 0)
    hand.sync()
    assert texts() == 3
    assert hand.names() == {"a.py": ["changed"], "b.py": ["bb"], "p/c.py": ["cc"]}


def test_a_folder_whose_permissions_alone_changed_is_no_reason_to_compare_everything(hand: ByHand) -> None:
    (hand.root / "p").chmod(0o750)
    os.utime(hand.root / "p")
    write(hand.root, {"p/__pycache__/c.pyc": b"\0"})  # which does not count
    assert not hand.keeper.look_at(["p"])


@pytest.mark.parametrize(
    "change",
    [
        lambda root: write(root, {"p/new.py": "def new(): ...\n"}),
        lambda root: write(root, {"p/q/new.py": "def new(): ...\n"}),
        lambda root: write(root, {"p/c.py": "def other(): ...\n"}),
        lambda root: (root / "p/c.py").unlink(),
        lambda root: shutil.rmtree(root / "p") or (root / "p").mkdir(),
    ],
)
def test_a_folder_in_which_something_else_lies_is(hand: ByHand, change: Callable[[Path], object]) -> None:
    change(hand.root)
    assert hand.keeper.look_at(["p"])


def test_a_folder_that_took_the_place_of_a_file_is(hand: ByHand) -> None:
    (hand.root / "a.py").unlink()
    (hand.root / "a.py").mkdir()
    assert hand.keeper.look_at(["a.py"])


def test_small_comparisons_are_nobodys_business(hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    assert phases(hand)[:2] == ["looking", "indexing"]  # the first one is always told
    hand.write({"a.py": "def changed(): ...\n"})
    hand.sync()
    assert phases(hand) == ["looking"]
    monkeypatch.setattr(comparison, "_WORTH_TELLING", 1)
    hand.write({"a.py": "def more(): ...\n", "b.py": "def more(): ...\n"})
    hand.sync()
    assert "indexing" in phases(hand)


class _Status(NamedTuple):
    st_size: int
    st_mtime_ns: int
    st_ctime_ns: int
    st_ino: int


def test_times_and_numbers_beyond_what_a_database_takes_are_cut(hand: ByHand) -> None:
    stamp = stamp_of(_Status(1, 253_370_764_800 * 10**9, -(10**20), (1 << 64) - 1))  # type: ignore[arg-type]
    assert all(abs(value) < 1 << 63 for value in stamp)
    [found] = hand.read("a.py")
    hand.arrives([type(found)("far.py", found.read_at, found.moment, stamp, found.digest, found.facts)])
    assert disk_view.stored_stamps(hand.keeper.connection).keys() >= {"far.py"}


def test_a_name_that_no_index_can_hold_is_passed_over(hand: ByHand) -> None:
    hand.write({"a.py": "def changed(): ...\n"})
    assert not hand.keeper.look_at(["\udcff.py", "a.py"])
    assert hand.asked.files[-1:] == ["a.py"]
