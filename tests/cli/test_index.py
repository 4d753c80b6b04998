"""``foretoken index`` and ``foretoken symbols``, with real files."""

import json
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
    assert any("Python" in line and "1 files" in line for line in lines)
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
    assert "is not a folder" in capsys.readouterr().err
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


@pytest.mark.parametrize("command", ["index", "symbols"])
def test_help_teaches_with_examples(command: str, capsys: Output) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert f"foretoken {command} " in capsys.readouterr().out.split("examples:")[1]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
def test_ctrl_c_keeps_what_is_indexed(root: Path) -> None:
    text = "".join(f"def name_{number}(value):\n    return value + {number}\n\n\n" for number in range(100))
    for number in range(150):
        (root / f"m{number}.py").write_text(f"n = {number}\n{text}")
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
