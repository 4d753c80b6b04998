"""Where indexes lie, and which workspace folders have none."""

import os
import stat
import sys
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from foretoken.index import folders
from foretoken.index.folders import index_folder, prepare_index_folder, remove_index, stored_indexes, sweep
from foretoken.index.roots import refusal


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(folders.FOLDER_VARIABLE, str(tmp_path / "indexes"))
    return tmp_path / "indexes"


def made(root: Path, size: int = 10, days: float = 0.0, now: float = 1e9) -> Path:
    root.mkdir(parents=True)
    folder = prepare_index_folder(root)
    (folder / "facts.sqlite").write_bytes(bytes(size))
    for path in (*folder.iterdir(), folder):
        os.utime(path, (now - days * 86400,) * 2)
    return folder


def test_one_folder_for_each_workspace_however_it_is_spelled(tmp_path: Path, place: Path) -> None:
    folder = made(tmp_path / "a/my project")
    assert folder.parent == place and folder.name.startswith("my-project-")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert index_folder(tmp_path / "link/my project") == folder
    assert index_folder(tmp_path / "a") != folder
    assert [(index.folder, index.root) for index in stored_indexes()] == [(folder, str(tmp_path / "a/my project"))]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_it_is_for_its_owner_alone(tmp_path: Path, place: Path) -> None:
    place.mkdir(mode=0o755)
    folder = made(tmp_path / "a")
    assert [stat.S_IMODE(each.stat().st_mode) for each in (place, folder)] == [0o700, 0o700]


def test_old_ones_are_swept_and_what_is_used_stays(tmp_path: Path) -> None:
    old, new, own = (made(tmp_path / name, days=days) for name, days in (("old", 91), ("new", 89), ("own", 400)))
    assert sweep(but=[own], clock=lambda: 1e9) == [old]
    assert not old.exists() and new.exists() and own.exists()


def test_all_that_are_used_stay(tmp_path: Path) -> None:
    own = [made(tmp_path / name, days=400) for name in ("one", "two")]
    assert sweep(but=own, clock=lambda: 1e9) == []


def test_nobody_takes_an_index_that_is_being_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path / "a")
    unlink, refused = os.unlink, []

    def unlink_and_look(path: str) -> None:
        try:
            FileLock(folder / folders.LOCK_FILE).acquire(timeout=0)
        except Timeout:
            refused.append(Path(path).name)
        unlink(path)

    monkeypatch.setattr(folders.os, "unlink", unlink_and_look)
    assert remove_index(folder) and not folder.exists()
    assert {"facts.sqlite", folders.ROOT_FILE} < set(refused) and refused[-1] == folders.LOCK_FILE


def test_all_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "KEPT_BYTES", 2500)
    first, second, third = (made(tmp_path / name, 1000, days) for name, days in (("a", 1), ("b", 3), ("c", 2)))
    assert sweep(clock=lambda: 1e9) == [second]
    assert first.exists() and third.exists()


def test_what_another_process_writes_is_not_deleted(tmp_path: Path) -> None:
    folder = made(tmp_path / "a", days=1000)
    with FileLock(folder / folders.LOCK_FILE):
        assert not remove_index(folder)
        assert sweep(clock=lambda: 1e9) == []
    assert remove_index(folder) and not folder.exists()


def test_a_home_folder_and_a_disks_top_are_refused(tmp_path: Path) -> None:
    home = tmp_path / "users/me"
    (home / "src").mkdir(parents=True)
    assert refusal(home / "src", home) == ""
    assert "home folder" in refusal(home, home)
    assert "holds your home folder" in refusal(tmp_path / "users", home)
    assert "top of a file system" in refusal(Path(home.anchor), home)
    assert "not a folder" in refusal(tmp_path / "nothing", home)
    (tmp_path / "link").symlink_to(home)
    assert "home folder" in refusal(tmp_path / "link", home)
