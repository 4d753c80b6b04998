"""What cannot be read for a moment is not gone: a network share, an encrypted folder, a permission."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foretoken.index import analyser
from foretoken.index.events import Notice
from foretoken.trust import walk as walk_module
from foretoken.trust.left import Left, Reason
from index.by_hand import ByHand, by_hand
from index.indexing import write

FILES = {"a.py": "def a(): ...\n", "p/b.py": "def b(): ...\n", "p/q/c.py": "def c(): ...\n", "p.py": "def p(): ...\n"}
ALL = {"a.py": ["a"], "p.py": ["p"], "p/b.py": ["b"], "p/q/c.py": ["c"]}
UNREADABLE = str(Reason.UNREADABLE)


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[ByHand]:
    write(tmp_path / "w", FILES)
    for path in FILES:  # a file that has just been written would be read again
        os.utime(tmp_path / "w" / path, (1e9, 1e9))
    with by_hand(tmp_path / "w", tmp_path / "index") as hand:
        assert hand.sync().files == 4
        yield hand


def failing(function: Callable[..., object], place: Path, error: int) -> Callable[..., object]:
    """The function, with an error for this place."""

    def fail(path: object, *args: object, **kwargs: object) -> object:
        if str(path).rstrip("/") == str(place):
            raise OSError(error, os.strerror(error), str(path))
        return function(path, *args, **kwargs)

    return fail


@pytest.mark.parametrize("error", [errno.EIO, errno.EACCES, errno.ESTALE])
def test_what_lies_in_a_folder_that_cannot_be_read_stays(
    hand: ByHand, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    monkeypatch.setattr(walk_module.os, "scandir", failing(os.scandir, hand.root / "p", error))
    finished = hand.sync()
    assert not finished.cancelled
    assert finished.left_out[UNREADABLE] == 1
    assert finished.examples[UNREADABLE] == (f"p ({os.strerror(error)})",)
    assert hand.names() == ALL
    monkeypatch.undo()
    shutil.rmtree(hand.root / "p")
    assert hand.sync().files == 2


def test_what_lies_in_an_entry_that_cannot_be_looked_at_stays(hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    look = walk_module._is_link

    def fail(entry: os.DirEntry[str]) -> bool:
        if entry.name == "q":
            raise OSError(errno.EIO, "Input/output error")
        return look(entry)

    monkeypatch.setattr(walk_module, "_is_link", fail)
    assert hand.sync().left_out[UNREADABLE] == 1
    assert hand.names() == ALL


@pytest.mark.parametrize("function", ["scandir", "stat"])
def test_a_workspace_that_cannot_be_read_is_not_compared(
    hand: ByHand, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    hand.write({"new.py": "def new(): ...\n"})
    monkeypatch.setattr(walk_module.os, function, failing(getattr(os, function), hand.root, errno.EIO))
    finished = hand.sync()
    assert finished.cancelled and finished.files == 4
    assert finished.left_out[UNREADABLE] == 1
    assert hand.names() == ALL
    [notice] = [event.text for event in hand.events if isinstance(event, Notice)]
    assert str(hand.root) in notice and "Input/output error" in notice and "index it again" in notice


def test_a_workspace_that_is_away_is_not_forgotten(hand: ByHand) -> None:
    hand.root.rename(hand.root.with_name("away"))
    hand.keeper.look_at(["a.py", "p"])
    assert hand.sync().cancelled
    assert hand.names() == ALL
    hand.root.with_name("away").rename(hand.root)
    assert not hand.sync().cancelled


def test_a_file_whose_state_cannot_be_told_is_not_forgotten(hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "lstat", failing(os.lstat, hand.root / "a.py", errno.EIO))
    hand.keeper.look_at(["a.py"])
    hand.rest()
    assert hand.names() == ALL


def test_a_file_that_cannot_be_read_keeps_its_facts_and_is_read_when_it_can(
    hand: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.write({"a.py": "def changed(): ...\n"})
    os.utime(hand.root / "a.py", (1e9, 1e9))
    monkeypatch.setattr(analyser, "read_file", lambda *_: Left(Reason.UNREADABLE, "Input/output error"))
    hand.keeper.look_at(["a.py"])
    hand.arrives(hand.read("a.py"))
    hand.rest()
    assert hand.names() == ALL
    finished = hand.sync()
    assert (finished.left_out[UNREADABLE], finished.examples[UNREADABLE]) == (1, ("a.py",))
    hand.write({"new.py": "def new(): ...\n"})  # of which there are no facts
    assert hand.sync().left_out[UNREADABLE] == 2
    monkeypatch.undo()
    assert UNREADABLE not in hand.sync().left_out
    assert hand.names() == {**ALL, "a.py": ["changed"], "new.py": ["new"]}
