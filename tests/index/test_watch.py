"""What other programs do in a workspace folder, with real files. Tests wait for what is told; nothing sleeps."""

import os
import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretoken.index import watch as watching
from foretoken.index.watch import MANY, CannotWatch, Watch

PATIENCE = 60.0
SYNC = "sync"


class Heard:
    def __init__(self, root: Path) -> None:
        self.told: queue.SimpleQueue[list[str] | str] = queue.SimpleQueue()
        self.watch = Watch(root, self.told.put, lambda: self.told.put(SYNC))

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

    monkeypatch.setattr(watching, "RustNotify", full)
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
