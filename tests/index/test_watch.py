"""What other programs do in a workspace folder, with real files. Tests wait for what is told; nothing sleeps."""

import os
import queue
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretoken.index import watch as watching
from foretoken.index import watcher
from foretoken.index.watch import MANY, Watch
from foretoken.index.watcher import CannotWatch

PATIENCE = 60.0
SYNC = "sync"
LOST = "lost"


class Heard:
    def __init__(self, root: Path) -> None:
        self.told: queue.SimpleQueue[list[str] | str] = queue.SimpleQueue()
        self.watch = Watch(
            root, self.told.put, lambda: self.told.put(SYNC), lambda why: self.told.put(f"{LOST}: {why}")
        )

    def until(self, wanted: str) -> list[list[str] | str]:
        """All that was told up to the first that is or holds what is wanted."""
        found = []
        while True:
            found.append(self.told.get(timeout=PATIENCE))
            if wanted == found[-1] or wanted in found[-1]:
                return found


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    (tmp_path / "w/src/deep").mkdir(parents=True)
    (tmp_path / "w/node_modules").mkdir()
    found = Heard(tmp_path / "w")
    yield found
    found.watch.stop()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "w"


def test_files_that_are_made_written_and_removed(heard: Heard, root: Path) -> None:
    assert heard.watch.cover(["src/deep"])
    for folder in ("src/deep/", "src/", ""):  # those on the way, too
        path = root / folder / "a.py"
        path.write_text("1\n")
        assert heard.until(f"{folder}a.py")[-1] == [f"{folder}a.py"]
        path.unlink()
        assert heard.until(f"{folder}a.py")[-1] == [f"{folder}a.py"]


def test_a_file_that_takes_anothers_place_as_editors_save(heard: Heard, root: Path) -> None:
    (root / "src/a.py").write_text("1\n")
    heard.watch.cover(["src"])
    (root / "src/a.py.tmp").write_text("2\n")
    os.replace(root / "src/a.py.tmp", root / "src/a.py")
    heard.until("src/a.py")


def test_folders_that_hold_nothing_indexed_are_not_watched(heard: Heard, root: Path) -> None:
    heard.watch.cover(["src"])
    (root / "node_modules/x.js").write_text("1\n")
    (root / "src/deep/x.py").write_text("1\n")
    (root / "src/last.py").write_text("1\n")
    assert heard.until("src/last.py") == [["src/last.py"]]


def test_covering_the_same_again_says_so(heard: Heard) -> None:
    assert heard.watch.cover(["src"])
    assert not heard.watch.cover(["src"])
    assert heard.watch.cover(["src", "src/deep"])


def test_a_new_folder_is_compared_and_watched_from_then_on(heard: Heard, root: Path) -> None:
    heard.watch.cover([])
    (root / "new").mkdir()
    heard.until(SYNC)
    (root / "new/a.py").write_text("1\n")
    heard.until("new/a.py")
    (root / "new/inner").mkdir()
    heard.until(SYNC)
    (root / "new/inner/a.py").write_text("1\n")
    heard.until("new/inner/a.py")


def test_a_new_folder_of_dependencies_is_not_watched(heard: Heard, root: Path) -> None:
    heard.watch.cover(["src"])
    (root / "src/node_modules").mkdir()
    (root / "src/last.py").write_text("1\n")
    assert SYNC not in heard.until("src/last.py")


def test_a_folder_that_goes_is_one_comparison(heard: Heard, root: Path) -> None:
    heard.watch.cover(["src/deep"])
    (root / "src/deep").rmdir()
    heard.until(SYNC)


@pytest.mark.parametrize("name", [".gitignore", ".ignore", ".foretokenignore"])
def test_a_changed_ignore_file_is_a_comparison(heard: Heard, root: Path, name: str) -> None:
    heard.watch.cover(["src"])
    (root / "src" / name).write_text("x\n")
    heard.until(SYNC)


def test_a_checkout_is_one_comparison_and_not_thousands_of_files(heard: Heard) -> None:
    """As the system tells it: everything at once."""
    root = heard.watch._root
    heard.watch._seen({(1, f"{root}/src/{number}.py") for number in range(MANY + 1)})
    assert heard.told.get(timeout=PATIENCE) == SYNC
    heard.watch._seen({(1, f"{root}/src/{number}.py") for number in range(MANY)})
    assert len(heard.told.get(timeout=PATIENCE)) == MANY


def test_no_watches_left_is_said(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(watcher, "RustNotify", full)
    with pytest.raises(CannotWatch, match="no watches left"):
        heard.watch.cover(["src"])


def test_too_many_folders_are_not_watched(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_FOLDERS", 2)
    heard.watch.cover(["src"])
    with pytest.raises(CannotWatch, match="more than 2 folders"):
        heard.watch.cover(["src/deep"])


def test_a_folder_that_vanished_does_not_keep_the_others_from_being_watched(heard: Heard, root: Path) -> None:
    heard.watch.cover(["src", "gone/for/good"])
    (root / "src/a.py").write_text("1\n")
    heard.until("src/a.py")


def bad_name(root: Path, number: int = 0) -> None:
    """A file whose name no text can be made of, as programs of other times write them."""
    with open(os.path.join(os.fsencode(root), b"caf\xe9%d.log" % number), "w"):
        pass


def test_a_name_that_is_no_unicode_costs_a_comparison_and_the_watch_goes_on(heard: Heard, root: Path) -> None:
    heard.watch.cover(["src"])
    bad_name(root / "src")
    heard.until(SYNC)
    (root / "src/a.py").write_text("1\n")
    heard.until("src/a.py")
    (root / "new").mkdir()
    heard.until(SYNC)
    bad_name(root / "new")
    heard.until(SYNC)
    (root / "new/a.py").write_text("1\n")
    heard.until("new/a.py")


def test_a_watch_that_keeps_breaking_is_given_up_and_that_is_said(
    heard: Heard, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "PAUSES", (0.0, 0.0))
    heard.watch.cover(["src"])
    for number in range(2):
        bad_name(root / "src", number)
        heard.until(SYNC)
    bad_name(root / "src", 2)
    assert "broke 3 times in a row" in heard.until(LOST)[-1]
    assert heard.watch.cover(["src"])  # from the beginning, whoever wants that


def test_a_watch_that_breaks_again_waits_longer_and_can_be_stopped_meanwhile(
    heard: Heard, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "PAUSES", (0.0, 3600.0))
    heard.watch.cover(["src"])
    bad_name(root / "src")
    heard.until(SYNC)
    thread = next(each for each in threading.enumerate() if each.name == "watch" and each.is_alive())
    bad_name(root / "src", 1)
    heard.watch.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_a_root_whose_name_is_no_unicode_cannot_be_watched(tmp_path: Path) -> None:
    root = os.fsdecode(os.path.join(os.fsencode(tmp_path), b"proj\xe9"))
    os.mkdir(root)
    with pytest.raises(CannotWatch, match="not valid Unicode"):
        Heard(Path(root)).watch.cover([])


def test_a_root_that_is_removed_and_made_again_is_watched_again(heard: Heard, root: Path) -> None:
    heard.watch.cover(["src/deep"])
    shutil.rmtree(root)
    heard.until(SYNC)
    root.mkdir()
    heard.until(SYNC)
    (root / "src/deep").mkdir(parents=True)
    heard.until(SYNC)
    heard.watch.cover(["src/deep"])
    (root / "src/deep/a.py").write_text("1\n")
    heard.until("src/deep/a.py")


def test_a_root_that_another_folder_takes_the_place_of_is_watched_again(heard: Heard, root: Path) -> None:
    heard.watch.cover(["src/deep"])
    (root.parent / "other/src/deep").mkdir(parents=True)
    os.rename(root, root.parent / "before")
    os.rename(root.parent / "other", root)
    heard.until(SYNC)
    (root / "src/deep/a.py").write_text("1\n")
    heard.until("src/deep/a.py")


def test_a_root_whose_end_nobody_told_is_noticed(heard: Heard, root: Path) -> None:
    """As when a disk goes and comes back."""
    heard.watch.cover(["src"])
    heard.watch._identity = (0, 0)
    heard.until(SYNC)
    heard.watch._identity = (0, 0)
    assert heard.watch.cover(["src"])


def test_a_folder_that_is_removed_and_made_again_is_watched_again_with_what_is_in_it(heard: Heard, root: Path) -> None:
    heard.watch.cover(["src/deep"])
    shutil.rmtree(root / "src")
    heard.until(SYNC)
    (root / "src/deep").mkdir(parents=True)
    heard.until(SYNC)
    assert heard.watch.cover(["src/deep"])  # what is in it was not watched until now
    (root / "src/deep/a.py").write_text("1\n")
    heard.until("src/deep/a.py")


def test_the_time_and_the_rights_of_a_folder_are_no_change(heard: Heard, root: Path) -> None:
    heard.watch.cover(["src/deep"])
    for folder in ("src", "src/deep"):
        os.chmod(root / folder, 0o755)
        os.utime(root / folder)
    (root / "src/last.py").write_text("1\n")
    assert heard.until("src/last.py") == [["src/last.py"]]
