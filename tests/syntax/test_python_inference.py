"""jedi in its own process: what it finds, where that is, and what it must never do."""

import json
import logging
import os
import py_compile
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from foretoken.syntax.python_inference import LARGEST_TEXT, PythonAnswer, PythonInference, Trouble
from foretoken.syntax.python_inference_process import prune
from foretoken.syntax.python_libraries import library_folders, search_path
from marked import cursor

PATIENT = 60.0  # no test waits so long: it only must not be the limit that ends a query on a busy machine

Start = Callable[..., PythonInference]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Makes a PythonInference for the folder ``tmp_path / "w"``, and ends what was made."""
    (tmp_path / "w").mkdir(exist_ok=True)
    made = []

    def make(**options: float) -> PythonInference:
        root = tmp_path / "w"
        limits = {"seconds": PATIENT, "patience": PATIENT} | options
        made.append(PythonInference(root, search_path(root, [""], {}), tmp_path / "cache", **limits))
        return made[-1]

    yield make
    for inference in made:
        inference.close()


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def places(answer: PythonAnswer, root: Path) -> list[tuple[str, str, int, int]]:
    assert answer.trouble is Trouble.NONE
    return [
        (one.name, Path(one.path).relative_to(root).as_posix() if one.path else "", one.line, one.column)
        for one in answer.names
    ]


def test_goto_looks_through_packages_that_hand_a_name_on(start: Start, tmp_path: Path) -> None:
    root = tmp_path / "w"
    write(
        root,
        lib__core="\n\nclass Engine:\n    '''Runs.\n\n    Well.'''\n    def start(self, fast: bool = True) -> int: ...\n",
    )
    (root / "lib/__init__.py").write_text("from .core import Engine as Motor\n", encoding="utf-8")
    text, offset = cursor("from lib import Motor\nMotor().sta<CURSOR>rt()\n")
    answer = start().goto(text, str(root / "main.py"), offset)
    assert places(answer, root) == [("start", "lib/core.py", 6, 8)]
    assert (answer.names[0].kind, answer.names[0].signature) == ("function", "start(fast: bool=True) -> int")
    text, offset = cursor("from lib import Mo<CURSOR>tor\n")
    engine = start().goto(text, str(root / "main.py"), offset).names[0]
    assert (engine.kind, engine.full_name, engine.doc) == ("class", "lib.core.Engine", "Runs.")


def test_the_text_given_counts_not_the_file(start: Start, tmp_path: Path) -> None:
    root = tmp_path / "w"
    write(root, main="def old(): ...\n")
    text, offset = cursor("def new(): ...\nne<CURSOR>w()\n")
    inference = start()
    assert places(inference.goto(text, str(root / "main.py"), offset), root) == [("new", "main.py", 0, 4)]
    text, offset = cursor("\n\ndef newer(): ...\nnew<CURSOR>er()\n")
    assert places(inference.goto(text, str(root / "main.py"), offset), root) == [("newer", "main.py", 2, 4)]


def test_infer_names_and_signatures(start: Start, tmp_path: Path) -> None:
    inference, path = start(), str(tmp_path / "w" / "main.py")
    text, offset = cursor("x = [str(i).upper() for i in range(3)]\ny = x[0]\ny<CURSOR>\n")
    assert [name.full_name for name in inference.infer(text, path, offset).names] == ["builtins.str"]
    text, offset = cursor("class A:\n    def one(self): ...\n    two = 2\nA().<CURSOR>\n")
    assert [name.name for name in inference.names(text, path, offset).names][:2] == ["one", "two"]
    text, offset = cursor("def f(a, b: int = 1, *rest):\n    'Doc.'\nf(1, <CURSOR>)\n")
    (signature,) = inference.signatures(text, path, offset).signatures
    assert signature.parameters == ("a", "b: int=1", "*rest")
    assert (signature.name, signature.index, signature.doc) == ("f", 1, "Doc.")
    assert inference.goto("nowhere\n", path, 3) == PythonAnswer()


@pytest.mark.parametrize(
    "marked",
    [
        "\f\nwanted = 1\n\fwant<CURSOR>ed\n",
        "# \u2028 \x0b \x1c \x85\nwanted = 1\nwant<CURSOR>ed\n",
        "wanted = 1; s = '\u2028'; want<CURSOR>ed\n",
        "wanted = 1\r\nx = 2\r\nwant<CURSOR>ed\r\n",
        "x = 0\rwanted = 1\rwant<CURSOR>ed\r",
        "wanted = '\U0001f600'; want<CURSOR>ed\n",
        "'''\n\f\u2028\r\n'''; wanted = 1\nwant<CURSOR>ed",
        "\ufeffwanted = 1; want<CURSOR>ed\n",
    ],
)
def test_offsets_and_lines_are_the_editors(start: Start, tmp_path: Path, marked: str) -> None:
    text, offset = cursor(marked)
    (found,) = start().goto(text, str(tmp_path / "w" / "main.py"), offset).names
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert lines[found.line][found.column :].startswith("wanted =")


def test_nothing_of_the_workspace_is_run(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, ran = tmp_path / "w", tmp_path / "ran"
    evil = f"open({str(ran)!r}, 'a').write(__name__)\nclass Thing: ...\n"
    write(root, plain=evil, jedi=evil, parso=evil, sitecustomize=evil, usercustomize=evil, setup=evil, conftest=evil)
    write(root, gi=evil, gi__repository=evil, numpy___init="", typing=evil, json=evil, encodings__utf_8=evil)
    write(tmp_path, build__compiled=evil)
    py_compile.compile(str(tmp_path / "build/compiled.py"), cfile=str(root / "compiled.pyc"))
    (root / "native.so").write_bytes(b"\x7fELF")
    for folder in (root / ".venv/bin", root / ".jedi"):
        folder.mkdir(parents=True)
    (root / ".venv/pyvenv.cfg").write_text("home = /nowhere\n", encoding="utf-8")
    (root / ".venv/bin/python").write_text(f"#!/bin/sh\necho ran > {ran}\n", encoding="utf-8")
    (root / ".venv/bin/python").chmod(0o755)
    project = {"path": str(root), "environment_path": str(root / ".venv/bin/python"), "load_unsafe_extensions": True}
    (root / ".jedi/project.json").write_text(json.dumps([1, project]), encoding="utf-8")
    monkeypatch.chdir(root)
    monkeypatch.setenv("VIRTUAL_ENV", str(root / ".venv"))
    inference = start()
    for module in (
        "plain",
        "compiled",
        "native",
        "gi",
        "gi.repository",
        "jedi",
        "json",
        "typing",
        "antigravity",
        "this",
    ):
        for what in (inference.names, inference.infer, inference.goto):
            text = f"import {module}\n{module}.Thing"
            assert what(text, str(root / "main.py"), len(text)).trouble is Trouble.NONE
    assert inference.goto("import plain\nplain", str(root / "main.py"), 13).names[0].path == str(root / "plain.py")
    assert not ran.exists()


def test_only_libraries_are_kept_on_the_disk(start: Start, tmp_path: Path) -> None:
    root = tmp_path / "w"
    write(root, private="password = 'hunter2-in-a-module'\n")
    packages = root / ".venv/lib/python3.11/site-packages"
    packages.mkdir(parents=True)
    (root / ".venv/pyvenv.cfg").touch()
    (packages / "library.py").write_text("thing = 'text-of-a-library'\n", encoding="utf-8")
    text = "import private, library, subprocess\nprivate.password.upper\nlibrary.thing"
    inference = start()
    assert inference.goto(text, str(root / "main.py"), text.index("upper")).names[0].name == "upper"
    assert inference.goto(text, str(root / "main.py"), len(text)).names[0].path == str(packages / "library.py")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*.pkl"))
    assert b"text-of-a-library" in kept
    assert b"hunter2" not in kept


SLOW = "x = [1, (2, 3), {4: 5}]\n" * 20_000  # parsing it alone takes seconds


def test_a_late_query_is_given_up_and_the_next_is_answered(start: Start, tmp_path: Path) -> None:
    path = str(tmp_path / "w" / "main.py")
    inference = start(seconds=0.01, patience=1.0)
    assert inference.goto(SLOW, path, 0).trouble is Trouble.LATE
    pid = inference.pid
    assert pid is not None
    psutil.Process(pid).wait(PATIENT)  # ends itself
    inference._seconds = inference._start["patience"] = PATIENT
    text, offset = cursor("here = 1\nhe<CURSOR>re")
    assert [name.name for name in inference.goto(text, path, offset).names] == ["here"]
    assert inference.pid not in {None, pid}


def test_one_at_a_time(start: Start, tmp_path: Path) -> None:
    inference, path = start(), str(tmp_path / "w" / "main.py")
    found: list[str] = []

    def ask(number: int) -> None:
        text = f"name{number} = 1\nname{number}"
        found.extend(name.name for name in inference.goto(text, path, len(text)).names)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [f"name{number}" for number in range(8)]
    children = [
        child for child in psutil.Process().children() if "python_inference_process" in " ".join(child.cmdline())
    ]
    assert [child.pid for child in children] == [inference.pid]


def test_an_error_in_jedi_ends_its_query_alone(start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    inference, path = start(), str(tmp_path / "w" / "main.py")
    with caplog.at_level(logging.INFO):
        assert inference.goto("x = " + "-" * 5_000 + "x", path, 5_004).trouble is Trouble.FAILED
    assert "RecursionError" in caplog.text
    pid = inference.pid
    assert inference.goto("x = 1\nx", path, 6).names[0].name == "x"
    assert inference.pid == pid


def test_a_process_that_takes_too_much_leaves_and_another_answers(start: Start, tmp_path: Path) -> None:
    inference, path = start(memory=1), str(tmp_path / "w" / "main.py")
    for _ in range(2):
        assert inference.goto("x = 1\nx", path, 6).names[0].name == "x"
        assert inference.pid is None


def test_a_killed_process_is_replaced(start: Start, tmp_path: Path) -> None:
    inference, path = start(), str(tmp_path / "w" / "main.py")
    for _ in range(5):
        assert inference.goto("x = 1\nx", path, 6).names[0].name == "x"
        assert inference.pid is not None
        process = psutil.Process(inference.pid)
        process.kill()
        process.wait(PATIENT)


def test_an_idle_process_is_ended(start: Start, tmp_path: Path) -> None:
    inference = start()
    inference.goto("x", str(tmp_path / "w" / "main.py"), 0)
    inference.close_idle(PATIENT)
    assert inference.pid is not None
    inference.close_idle(0.0)
    assert inference.pid is None


def test_too_large_a_text_and_a_process_that_does_not_start(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "w" / "main.py")
    assert start().goto("x" * (LARGEST_TEXT + 1), path, 0).trouble is Trouble.LARGE
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no such interpreter"))
    inference = start()
    assert [inference.goto("x", path, 0).trouble for _ in range(4)] == [Trouble.UNAVAILABLE] * 4


def test_a_process_that_dies_again_and_again_rests(start: Start, tmp_path: Path) -> None:
    path = str(tmp_path / "w" / "main.py")
    inference = start(patience="no number")
    troubles = [inference.goto("x", path, 0).trouble for _ in range(4)]
    assert troubles == [Trouble.FAILED] * 3 + [Trouble.UNAVAILABLE]


def test_libraries_are_found_by_path(tmp_path: Path) -> None:
    unix = tmp_path / "w/.venv/lib/python3.12/site-packages"
    windows = tmp_path / "w/venv/Lib/site-packages"
    conda = tmp_path / "conda/lib/python3.10/site-packages"
    for folder in (unix, windows, conda, tmp_path / "w/env/lib/python3.9/site-packages", tmp_path / "conda/conda-meta"):
        folder.mkdir(parents=True)
    (tmp_path / "w/.venv/pyvenv.cfg").touch()
    (tmp_path / "w/venv/pyvenv.cfg").touch()
    found = library_folders(tmp_path / "w", {"CONDA_PREFIX": str(tmp_path / "conda"), "VIRTUAL_ENV": ""})
    assert found[:-1] == [str(unix), str(windows), str(conda)]
    assert (Path(found[-1]) / "subprocess.py").is_file()
    assert search_path(tmp_path / "w", ["src", ""], {})[:2] == [str(tmp_path / "w/src"), str(tmp_path / "w")]


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    for number in range(4):
        path = tmp_path / "inner" / f"{number}.pkl"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x" * 100)
        os.utime(path, (number, number))
    prune(tmp_path, 250)
    assert sorted(path.name for path in tmp_path.rglob("*.pkl")) == ["2.pkl", "3.pkl"]
    prune(tmp_path / "not there")
