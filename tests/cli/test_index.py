"""``foretoken index`` and ``foretoken symbols``, with real files."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from foretoken.__main__ import main
from foretoken.index import folders
from foretoken.index.folders import LOCK_FILE, index_folder
from foretoken.index.store import database

Output = pytest.CaptureFixture[str]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(folders.FOLDER_VARIABLE, str(tmp_path / "indexes"))
    root = tmp_path / "w"
    (root / "pkg").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "pkg/a.py").write_text(
        '"""M."""\nimport os\n\n\nclass A:\n    """Doc of A."""\n\n    def go(self):\n        return os.sep\n'
    )
    (root / "b.go").write_text("package main\n\nfunc Run() {}\n")
    (root / ".env").write_text("TOKEN=1\n")
    return root


def test_index_and_its_summary(root: Path, capsys: Output) -> None:
    assert main(["index", str(root)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == str(root)
    assert lines[1].startswith("  2 files, 12 lines, ")
    assert lines[2].split() == ["Python", "1", "file", "9", "lines"]
    assert lines[3].split() == ["Go", "1", "file", "3", "lines"] and len(lines[2]) == len(lines[3])
    assert any("holds secrets, as its name says: .env" in line for line in lines)
    assert str(index_folder(root)) in lines[-1]


def test_the_workspace_around_the_present_folder_is_the_default(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(root / "pkg")
    assert main(["index", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["root"], report["files"], report["languages"]) == (
        str(root), 2, {"python": [1, 9], "go": [1, 3]},
    )  # fmt: skip
    assert report["left_out"] and report["kept_by"] == "this command" and report["bytes"] > 0


def test_only_what_changed_is_read_again(root: Path, capsys: Output) -> None:
    main(["index", str(root)])
    (root / "c.py").write_text("def c():\n    pass\n")
    capsys.readouterr()
    main(["index", str(root), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert (report["files"], report["new_lines"]) == (3, 2)


def test_check_and_remove(root: Path, capsys: Output) -> None:
    assert main(["index", str(root), "--check"]) == 1
    assert "there is no index" in capsys.readouterr().err
    main(["index", str(root)])
    assert main(["index", str(root), "--check"]) == 0
    assert "is sound" in capsys.readouterr().out
    path = database(index_folder(root))
    data = bytearray(path.read_bytes())
    data[4096:8192] = bytes(4096)
    path.write_bytes(data)
    assert main(["index", str(root), "--check"]) == 1
    assert "damaged" in capsys.readouterr().out
    assert main(["index", str(root), "--remove"]) == 0
    assert not index_folder(root).exists()
    assert main(["index", str(root), "--remove"]) == 0
    assert "There is no index" in capsys.readouterr().out


def test_check_as_json(root: Path, capsys: Output) -> None:
    def state(code: int) -> str:
        assert main(["index", str(root), "--check", "--json"]) == code
        report = json.loads(capsys.readouterr().out)
        assert report["root"] == str(root) and report["index"] == str(path)
        return report["state"]

    path = database(index_folder(root))
    assert state(1) == "missing"
    main(["index", str(root)])
    capsys.readouterr()
    assert state(0) == "sound"
    path.write_bytes(path.read_bytes()[:4096] + bytes(4096) + path.read_bytes()[8192:])
    assert state(1) == "damaged"
    assert main(["index", str(root), "--remove", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["removed"] is True and not path.exists()


def test_to_remove_by_a_wrong_name_is_an_error(root: Path, capsys: Output) -> None:
    main(["index", str(root)])
    for wrong in ("nothing", "b.go"):
        assert main(["index", str(root / wrong), "--remove"]) == 1
        assert f"there are indexes of {root}" in capsys.readouterr().err
    moved = root.rename(root.parent / "moved")
    assert main(["index", str(root), "--remove"]) == 0  # of a folder that is gone
    assert "is deleted" in capsys.readouterr().out and not index_folder(root).exists()
    assert main(["index", str(moved), "--remove"]) == 0


def test_a_part_of_a_workspace_has_an_index_of_its_own_and_it_is_said(root: Path, capsys: Output) -> None:
    part = root / "pkg"
    assert main(["index", str(part)]) == 0
    said = capsys.readouterr().err
    assert f"pkg is a part of the workspace {root};" in said and f"foretoken index {root}\n" in said
    assert database(index_folder(part)).exists() and not index_folder(root).exists()
    for known in (part, root):  # once is enough
        assert main(["index", str(known)]) == 0
        assert capsys.readouterr().err == ""


def test_one_of_a_thing_is_called_one(root: Path, capsys: Output) -> None:
    for name in (".env", "b.go", "pkg/a.py"):
        (root / name).unlink()
    (root / "one.py").write_text("one = 1\n")
    main(["index", str(root)])
    assert capsys.readouterr().out.splitlines()[1:3] == [
        "  1 file, 1 line, 1 definition",
        "    Python  1 file   1 line",
    ]
    main(["symbols", str(root / "one.py")])
    assert capsys.readouterr().err == "Python, 1 line\n"


def test_an_index_that_a_window_writes_is_neither_deleted_nor_written(root: Path, capsys: Output) -> None:
    main(["index", str(root)])
    (root / "c.py").write_text("def c():\n    pass\n")
    capsys.readouterr()
    with FileLock(index_folder(root) / LOCK_FILE):
        assert main(["index", str(root), "--remove"]) == 1
        assert "close the editor windows" in capsys.readouterr().err
        assert main(["index", str(root)]) == 0
        shown = capsys.readouterr()
    assert "An editor window keeps this index up to date" in shown.err and "2 files" in shown.out


def test_what_is_not_indexed(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setenv("HOME", str(root))
    assert main(["index", str(root)]) == 1
    assert "home folder" in capsys.readouterr().err
    assert main(["index", str(root / "nothing")]) == 1
    assert "there is no folder" in capsys.readouterr().err
    assert main(["index", str(root / "b.go")]) == 1
    said = capsys.readouterr().err
    assert f"foretoken index {root};" in said and f"foretoken symbols {root / 'b.go'}" in said
    assert not index_folder(root).exists()


def test_an_unwritable_place_is_said(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    (root.parent / "file").write_text("")
    monkeypatch.setenv(folders.FOLDER_VARIABLE, str(root.parent / "file/indexes"))
    assert main(["index", str(root)]) == 1
    assert "the index cannot be written" in capsys.readouterr().err


def test_symbols_as_an_outline(root: Path, capsys: Output) -> None:
    assert main(["symbols", str(root / "pkg/a.py"), "--imports", "--references"]) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0].split(maxsplit=2) == ["5", "class", "class A  # Doc of A."]
    assert lines[1].split(maxsplit=2) == ["8", "method", "def go(self)"]
    assert "      2  module os" in lines and any(line.split()[1:] == ["member", "sep"] for line in lines)
    assert shown.err == "Python, 9 lines\n"


def test_symbols_as_json(root: Path, capsys: Output) -> None:
    assert main(["symbols", str(root / "pkg/a.py"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [definition["name"] for definition in report["definitions"]] == ["A", "go"]
    assert report["language"] == "python" and "imports" not in report


def test_symbols_of_an_unknown_language_are_its_words(root: Path, capsys: Output) -> None:
    (root / "a.unknown").write_text("alpha beta alpha\n")
    assert main(["symbols", str(root / "a.unknown")]) == 0
    shown = capsys.readouterr()
    assert [line.split() for line in shown.out.splitlines()] == [["2", "x", "alpha"], ["1", "x", "beta"]]
    assert "its words alone are known" in shown.err


def test_symbols_blank_out_secrets(root: Path, capsys: Output) -> None:
    secret = "AKIA" + "Z7QK3M9XW2PL5RT8"
    (root / "s.py").write_text(f'KEY = "{secret}"\n')
    assert main(["symbols", str(root / "s.py")]) == 0
    assert secret not in capsys.readouterr().out
    assert main(["symbols", str(root / ".env")]) == 1
    assert "holds secrets" in capsys.readouterr().err


def test_symbols_of_what_cannot_be_read(root: Path, capsys: Output) -> None:
    (root / "x.bin").write_bytes(b"\0\1\2")
    for file, problem in (("x.bin", "binary"), ("nothing.py", "No such file"), ("pkg", "directory")):
        assert main(["symbols", str(root / file)]) == 1
        assert problem in capsys.readouterr().err
    assert main(["symbols", "-"]) == 2
    assert "--language" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes of this kind")
@pytest.mark.parametrize("command, place", [("symbols", ""), ("prompt", ":1:1")])
def test_nothing_waits_for_what_is_no_file(root: Path, command: str, place: str, capsys: Output) -> None:
    os.mkfifo(root / "pipe.py")
    call = [sys.executable, "-m", "foretoken", command, f"{root / 'pipe.py'}{place}"]
    done = subprocess.run(call, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "a pipe, not a file" in done.stderr
    assert main([command, f"{os.devnull}{place}"]) == 1
    assert "a device, not a file" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["index", "symbols"])
def test_help_teaches_with_examples(command: str, capsys: Output) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert f"foretoken {command} " in capsys.readouterr().out.split("examples:")[1]


def many_files(root: Path) -> None:
    text = "".join(f"def name_{number}(value):\n    return value + {number}\n\n\n" for number in range(100))
    for number in range(150):
        (root / f"m{number}.py").write_text(f"n = {number}\n{text}")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
def test_ctrl_c_keeps_what_is_indexed(root: Path) -> None:
    many_files(root)
    process = subprocess.Popen(
        [sys.executable, "-m", "foretoken", "index", str(root)], stderr=subprocess.PIPE, text=True
    )
    while process.poll() is None and not psutil.Process(process.pid).children():  # that read the files
        pass
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the next run goes on from there" in said and "Traceback" not in said
    assert main(["index", str(root)]) == 0
    assert main(["index", str(root), "--check"]) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals of this kind")
def test_ctrl_c_in_a_terminal_leaves_it_as_it_was(root: Path) -> None:
    """All processes of the terminal are interrupted at once there."""
    import pty
    import termios

    many_files(root)
    process, terminal = pty.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, "-m", "foretoken", "index", str(root)])
    try:
        before = termios.tcgetattr(terminal)
        shown = b""
        while (piece := _read(terminal)) is not None:
            if b"indexing" in piece and b"indexing" not in shown:
                assert b"\x1b[?25l" in shown + piece  # a bar, and no cursor
                os.write(terminal, b"\x03")
            shown += piece
            after = termios.tcgetattr(terminal) if piece else before
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 130
    finally:
        os.close(terminal)
    assert b"Traceback" not in shown and shown.rstrip().endswith(b"stopped")
    last = shown.rpartition(b"^C")[2]
    assert b"\x1b[?25h" in last and b"\x1b[?25l" not in last  # the cursor is back
    assert last.count(b"What is indexed stays; the next run goes on from there.") == 1
    assert after == before
    assert main(["index", str(root), "--check"]) == 0


def _read(terminal: int) -> bytes | None:
    """What was shown; None at the end."""
    try:
        return os.read(terminal, 4096) or None
    except OSError:  # Linux says so when the last process has left the terminal
        return None
