"""Reading a file of the workspace: what comes back, and what can never come back."""

import os
import socket
import threading
from pathlib import Path

import pytest

from foretoken.text.decoding import Decoded
from foretoken.trust import reading
from foretoken.trust.left import Left, Reason
from foretoken.trust.reading import read_bytes, read_file


def reason(root: Path, path: str, limit: int = 1000) -> Reason | None:
    found = read_file(root, path, limit)
    return found.reason if isinstance(found, Left) else None


def within_reason(root: Path, path: str) -> Reason | None:
    """``reason``, and a failure where it would wait for somebody to write into a pipe."""
    found: list[Reason | None] = []
    asking = threading.Thread(target=lambda: found.append(reason(root, path)), daemon=True)
    asking.start()
    asking.join(20.0)
    assert found, "it waits for a writer"
    return found[0]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = Path(os.path.realpath(tmp_path)) / "work"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "a.py").write_bytes("é = 1\r\n".encode())
    (root.parent / "secret.py").write_text("outside", encoding="utf-8")
    return root


@pytest.fixture(params=[True, False], ids=["beneath", "checked"])
def each_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to open a file, whichever this system takes."""
    monkeypatch.setattr(reading, "_BENEATH", request.param and reading._BENEATH)


@pytest.mark.usefixtures("each_way")
class TestEachWay:
    def test_a_file_is_read_and_decoded(self, root: Path) -> None:
        assert read_file(root, "sub/a.py") == Decoded("é = 1\r\n", "utf-8")

    def test_links_are_not_followed(self, root: Path) -> None:
        os.symlink(root.parent / "secret.py", root / "out.py")
        os.symlink(root.parent, root / "up")
        os.symlink(root / "sub", root / "inner")
        assert reason(root, "out.py") is Reason.LINK
        assert reason(root, "up/secret.py") is Reason.LINK
        assert reason(root, "inner/a.py") is Reason.LINK

    @pytest.mark.parametrize(
        "path", ["../secret.py", "sub/../../secret.py", "", ".", "sub//a.py", "/etc/hosts", "a\0b"]
    )
    def test_only_plain_relative_paths_are_read(self, root: Path, path: str) -> None:
        assert reason(root, path) is Reason.OUTSIDE

    def test_what_is_no_file_is_not_waited_for(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        os.mkfifo(root / "pipe.py")
        monkeypatch.chdir(root)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("socket.py")
            assert within_reason(root, "pipe.py") is Reason.SPECIAL
            assert reason(root, "socket.py") in (Reason.SPECIAL, Reason.UNREADABLE)
        assert reason(root, "sub") is Reason.SPECIAL

    def test_what_is_not_there_is_said(self, root: Path) -> None:
        assert reason(root, "gone.py") is Reason.UNREADABLE
        assert reason(root, "sub/a.py/b.py") is Reason.UNREADABLE
        assert reason(root / "gone", "a.py") is Reason.UNREADABLE

    def test_nothing_of_a_large_file_is_read(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with (root / "large.txt").open("wb") as file:
            file.truncate(50_000_000)  # one line of 50 MB
        monkeypatch.setattr(reading.os, "read", lambda *_: pytest.fail("read"))
        assert reason(root, "large.txt") is Reason.HUGE


def test_the_limit_is_met_exactly(root: Path) -> None:
    (root / "b.py").write_bytes(b"x" * 1000)
    assert isinstance(read_file(root, "b.py", 1000), Decoded)
    assert reason(root, "b.py", 999) is Reason.HUGE


def test_a_file_that_grows_while_it_is_read_stays_within_the_limit(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, asked = os.read, 0

    def growing(descriptor: int, size: int) -> bytes:
        nonlocal asked
        asked += size
        (root / "sub" / "a.py").open("ab").write(b"x" * 100_000)
        return read(descriptor, size)

    monkeypatch.setattr(reading.os, "read", growing)
    assert reason(root, "sub/a.py", 150_000) is Reason.HUGE
    assert asked <= 450_000


def test_a_link_that_is_swapped_in_while_the_file_is_opened_leads_nowhere(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder becomes a link to one outside after it was opened, before the file in it is."""
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "a.py").write_text("outside", encoding="utf-8")
    open_ = os.open

    def swapping(path: str, flags: int, **options: int) -> int:
        if path == "a.py":
            (root / "sub").rename(root / "moved")
            os.symlink(outside, root / "sub")
        return open_(path, flags, **options)

    monkeypatch.setattr(reading.os, "open", swapping)
    assert read_file(root, "sub/a.py") == Decoded("é = 1\r\n", "utf-8")


def test_where_the_place_is_only_checked_a_swapped_link_is_noticed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "a.py").write_text("outside", encoding="utf-8")
    open_ = os.open

    def swapping(path: Path, flags: int) -> int:
        (root / "sub").rename(root / "moved")
        os.symlink(outside, root / "sub")
        return open_(path, flags)

    monkeypatch.setattr(reading, "_BENEATH", False)
    monkeypatch.setattr(reading.os, "open", swapping)
    assert reason(root, "sub/a.py") is Reason.LINK


def test_no_descriptor_is_left_open(root: Path) -> None:
    os.symlink(root.parent, root / "up")
    os.mkfifo(root / "pipe.py")
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else os.dup(0)
    for path in ("sub/a.py", "up/secret.py", "pipe.py", "gone/a.py", "sub/a.py/x"):
        within_reason(root, path)
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else os.dup(0) - 1
    assert after == before


def test_kinds_are_asked_by_name_before_and_by_contents_after(root: Path) -> None:
    (root / "id_rsa").write_text("x", encoding="utf-8")
    (root / "a.bin.py").write_bytes(b"a\0b")
    (root / "gen.go").write_text("// Code generated by x. DO NOT EDIT.\n", encoding="utf-8")
    assert reason(root, "id_rsa") is Reason.SECRET
    assert reason(root, "a.bin.py") is Reason.BINARY
    assert reason(root, "gen.go") is Reason.GENERATED
    assert read_bytes(root, "id_rsa") == b"x"
