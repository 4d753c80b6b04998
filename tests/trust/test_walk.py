"""What a walk finds, what it leaves out and why, and that it always ends."""

import inspect
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretoken.text.cancel import Cancelled, CancelToken
from foretoken.trust import walk as walk_module
from foretoken.trust.ignored import IgnoreRules
from foretoken.trust.left import Reason
from foretoken.trust.stamp import stamp_of
from foretoken.trust.walk import FoundFile, Walk


def write(root: Path, *paths: str, text: str = "x\n") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def walk(root: Path, cancel: CancelToken | None = None, **limits: int) -> Walk:
    return Walk(IgnoreRules(root, {}), cancel, **limits)


def found(root: Path) -> list[str]:
    return sorted(file.path for file in walk(root))


def left(root: Path) -> dict[Reason, list[str]]:
    it = walk(root)
    for _ in it:
        pass
    return {reason: sorted(examples) for reason, examples in it.skipped.examples.items()}


def test_files_come_with_their_size_and_time(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "sub/b/c.py", "sub/ü.py")
    status = (tmp_path / "sub/b/c.py").stat()
    files = {file.path: file for file in walk(tmp_path)}
    assert sorted(files) == ["a.py", "sub/b/c.py", "sub/ü.py"]
    assert files["sub/b/c.py"] == FoundFile("sub/b/c.py", stamp_of(status))


def test_what_is_left_out_is_counted_with_three_examples(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="*.log\nbuild/\n")
    write(tmp_path, "keep.py", *(f"{number}.log" for number in range(5)), "build/x.py", "build/y.py")
    it = walk(tmp_path)
    assert sorted(file.path for file in it) == [".gitignore", "keep.py"]
    assert it.skipped.counts == {Reason.IGNORED: 6}  # a folder counts once
    examples = it.skipped.examples[Reason.IGNORED]
    assert len(examples) == 3 and all(".gitignore:" in example for example in examples)


def test_links_are_not_followed_and_loops_end(tmp_path: Path) -> None:
    root, outside = tmp_path / "work", tmp_path / "outside"
    write(root, "real/a.py")
    write(outside, "secret.py")
    os.symlink(root, root / "real" / "loop")
    os.symlink("self", root / "self")
    os.symlink(root / "real", root / "folder-link")
    os.symlink(root / "real" / "a.py", root / "file-link.py")
    os.symlink(outside, root / "out")
    os.symlink(outside / "secret.py", root / "out.py")
    os.symlink("nowhere", root / "broken")
    assert found(root) == ["real/a.py"]
    assert left(root) == {
        Reason.LINK: ["file-link.py", "folder-link", "real/loop"],
        Reason.LINK_OUTSIDE: ["out", "out.py"],
        Reason.LINK_BROKEN: ["broken", "self"],
    }


def test_a_workspace_that_is_itself_a_link_is_walked(tmp_path: Path) -> None:
    write(tmp_path / "real", "a.py")
    os.symlink(tmp_path / "real", tmp_path / "link")
    assert found(tmp_path / "link") == ["a.py"]


def test_a_sibling_whose_name_begins_alike_is_outside(tmp_path: Path) -> None:
    write(tmp_path, "work/a.py", "work-other/b.py")
    os.symlink(tmp_path / "work-other", tmp_path / "work" / "link")
    assert left(tmp_path / "work") == {Reason.LINK_OUTSIDE: ["link"]}


def test_pipes_and_sockets_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py")
    os.mkfifo(tmp_path / "pipe.py")
    monkeypatch.chdir(tmp_path)  # a socket's path has some hundred bytes at most
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.py")
        assert found(tmp_path) == ["a.py"]
        assert left(tmp_path) == {Reason.SPECIAL: ["pipe.py", "socket.py"]}


def test_a_name_that_is_not_utf_8_is_left_out_and_shown_escaped(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    with open(os.fsencode(tmp_path) + b"/\xff.py", "wb"):
        pass
    assert found(tmp_path) == ["a.py"]
    assert left(tmp_path) == {Reason.NAME: ["\\udcff.py"]}


def test_a_folder_that_cannot_be_read_costs_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a/1.py", "b/2.py", "c/3.py")
    scandir = os.scandir

    def failing(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("/b/"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(walk_module.os, "scandir", failing)
    assert found(tmp_path) == ["a/1.py", "c/3.py"]
    assert left(tmp_path) == {Reason.UNREADABLE: ["b (Permission denied)"]}
    it = walk(tmp_path)
    assert len(list(it)) == 2 and it.unreadable == {"b": "Permission denied"}
    assert [it.hidden(path) for path in ("b", "b/2.py", "b/d/e.py", "bb", "a/1.py")] == [True] * 3 + [False] * 2


def test_a_workspace_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert found(tmp_path / "gone") == []
    assert left(tmp_path / "gone") == {Reason.UNREADABLE: [". (No such file or directory)"]}
    it = walk(tmp_path / "gone")
    assert list(it) == [] and it.hidden("a.py")


def test_a_path_longer_than_the_system_takes_ends_there(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(25):
            os.mkdir("d" * 200, dir_fd=descriptor)
            inner = os.open("d" * 200, os.O_RDONLY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
    finally:
        os.close(descriptor)
    assert found(tmp_path) == ["a.py"]
    (example,) = left(tmp_path)[Reason.UNREADABLE]
    assert "File name too long" in example


def test_a_deep_tree_needs_no_deep_stack(tmp_path: Path) -> None:
    write(tmp_path, "d/" * 300 + "deep.py")
    walked = iter(walk(tmp_path))
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(len(inspect.stack(0)) + 100)
        files = list(walked)
    finally:
        sys.setrecursionlimit(limit)
    assert [file.path for file in files] == ["d/" * 300 + "deep.py"]


def test_another_file_system_is_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py", "mounted/b.py")
    monkeypatch.setattr(walk_module, "_device", lambda root: os.stat(root).st_dev + 1)
    assert found(tmp_path) == ["a.py"]
    assert left(tmp_path) == {Reason.OTHER_FILE_SYSTEM: ["mounted"]}


def test_the_limit_of_files_ends_the_walk_and_says_so(tmp_path: Path) -> None:
    write(tmp_path, *(f"{number}.py" for number in range(10)))
    it = walk(tmp_path, max_files=4)
    assert len(list(it)) == 4
    assert it.notice is not None and "first 4 files" in it.notice
    assert it.skipped.counts == {Reason.TOO_MANY: 1}
    exact = walk(tmp_path, max_files=10)
    assert len(list(exact)) == 10 and exact.notice is None


def test_folders_without_files_are_limited_too(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / str(number)).mkdir()
    it = walk(tmp_path, max_files=4)
    assert list(it) == []
    assert it.notice is not None and "first 4 folders" in it.notice
    assert it.skipped.counts == {Reason.TOO_MANY: 6}


def test_large_and_binary_and_secret_files_are_left_out_unopened(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "picture.png", "id_rsa", "yarn.lock", "x.min.js")
    write(tmp_path, "large.py", text="x" * 2000)
    it = walk(tmp_path, max_bytes=1999)
    assert [file.path for file in it] == ["a.py"]
    assert set(it.skipped.counts) == {
        Reason.HUGE, Reason.BINARY, Reason.SECRET, Reason.GENERATED, Reason.MINIFIED
    }  # fmt: skip
    assert it.skipped.examples[Reason.HUGE] == ["large.py (2,000 bytes)"]


def test_a_walk_is_given_up_when_it_is_cancelled(tmp_path: Path) -> None:
    write(tmp_path, "a/1.py", "b/2.py", "c/3.py")
    cancel = CancelToken()
    files = iter(walk(tmp_path, cancel))
    next(files)
    cancel.cancel("client")
    with pytest.raises(Cancelled):
        next(files)


def test_a_file_that_vanishes_meanwhile_is_counted(tmp_path: Path) -> None:
    write(tmp_path, "a/1.py", "b/2.py")
    it = walk(tmp_path)
    files = iter(it)
    assert next(files).path == "a/1.py"
    (tmp_path / "b" / "2.py").unlink()
    (tmp_path / "b").rmdir()
    assert list(files) == []
    assert it.skipped.examples == {Reason.UNREADABLE: ["b (No such file or directory)"]}
    assert not it.hidden("b/2.py")  # it is not there, and that is known
