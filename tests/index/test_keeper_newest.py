"""What is read of a file and what becomes of it meanwhile: the newest is what is stored."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.by_hand import ByHand, by_hand
from index.indexing import write


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[ByHand]:
    write(tmp_path / "w", {"a.py": "def old(): ...\n", "web/b.py": "def b(): ...\n"})
    with by_hand(tmp_path / "w", tmp_path / "index") as hand:
        yield hand


def test_what_was_read_before_a_save_does_not_take_its_place(hand: ByHand) -> None:
    assert sorted(hand.begin()) == ["a.py", "web/b.py"]
    before = hand.read("a.py", "web/b.py")
    hand.write({"a.py": "def new(): ...\n"})
    hand.keeper.look_at(["a.py"])
    hand.arrives(hand.read("a.py"))
    hand.arrives(before)
    hand.rest()
    assert hand.names() == {"a.py": ["new"], "web/b.py": ["b"]}


def test_what_was_read_before_a_save_serves_until_it_is_read_again(hand: ByHand) -> None:
    """A file that is written all the time would never be stored otherwise."""
    hand.begin()
    before = hand.read("a.py")
    hand.write({"a.py": "def new(): ...\n"})
    hand.keeper.look_at(["a.py"])
    hand.arrives(before)
    assert hand.names() == {"a.py": ["old"]}


@pytest.mark.parametrize("told", ["web/b.py", "web"])
def test_a_deleted_file_does_not_come_back(hand: ByHand, told: str) -> None:
    hand.begin()
    before = hand.read("a.py", "web/b.py")
    shutil.rmtree(hand.root / "web")
    hand.keeper.look_at([told])
    hand.arrives(before)
    hand.rest()
    assert hand.names() == {"a.py": ["old"]}


def test_a_file_that_is_made_again_in_a_deleted_folder_is_stored(hand: ByHand) -> None:
    hand.begin()
    before = hand.read("a.py", "web/b.py")
    shutil.rmtree(hand.root / "web")
    hand.keeper.look_at(["web"])
    hand.write({"web/b.py": "def again(): ...\n"})
    hand.keeper.look_at(["web/b.py"])
    hand.arrives(hand.read("web/b.py"))
    hand.arrives(before)
    hand.rest()
    assert hand.names() == {"a.py": ["old"], "web/b.py": ["again"]}


def test_a_deletion_that_a_comparison_sees_holds_against_what_was_read_before_it(hand: ByHand) -> None:
    hand.sync()
    before = hand.read("web/b.py")
    (hand.root / "web/b.py").unlink()
    hand.begin()
    hand.arrives(before)
    hand.rest()
    assert hand.names() == {"a.py": ["old"]}


def test_what_an_earlier_comparison_asked_for_does_not_take_the_place_of_the_later_ones(hand: ByHand) -> None:
    hand.begin()
    before = hand.read("a.py")
    hand.write({"a.py": "def new(): ...\n"})
    assert "a.py" in hand.begin()
    hand.arrives(hand.read("a.py", "web/b.py"))
    hand.arrives(before)
    hand.rest()
    assert hand.names() == {"a.py": ["new"], "web/b.py": ["b"]}


def test_what_an_earlier_comparison_asked_for_counts_where_nothing_newer_is_known(hand: ByHand) -> None:
    hand.begin()
    before = hand.read("a.py")
    hand.begin()
    hand.arrives(before)
    assert hand.names() == {"a.py": ["old"]}


def test_what_is_remembered_for_this_is_forgotten_at_rest(hand: ByHand) -> None:
    hand.sync()
    hand.write({"a.py": "def new(): ...\n"})
    (hand.root / "web/b.py").unlink()
    hand.keeper.look_at(["a.py", "web/b.py"])
    hand.arrives(hand.read("a.py"))
    assert hand.keeper._storing._known
    hand.rest()
    hand.keeper.due(pressed=False, idle=True)
    assert not hand.keeper._storing._known
