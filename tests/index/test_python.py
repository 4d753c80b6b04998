"""What an answer about Python says of files that jedi reads by itself: no secret, and nothing of what is left out."""

import os
import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from foretoken.index import folders
from foretoken.index.python import PythonQuestion, PythonQuestions
from foretoken.syntax.python_inference import PythonAnswer, PythonInference
from index.indexing import PATIENCE, write
from index.windows import Window

PASSWORD = "S3cr3t-Pa55!x"
KEY = "AKIA" + "Q3EGR5TJX7ZK2MNB"
CALLED = f'def connect(host, password={PASSWORD!r}):\n    """Logs in as {KEY}."""\n'
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = Path(os.path.realpath(tmp_path)) / "w"
    root.mkdir()
    return root


@pytest.fixture
def ask(root: Path) -> Iterator[Ask]:
    """What is answered about the end of a text. others: workspace folders besides."""
    questions = PythonQuestions()

    def ask(what: str, text: str, path: str = "asked.py", others: tuple[Path, ...] = ()) -> dict[str, Any]:
        answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        while True:
            question = PythonQuestion(
                what, root, root.parent / "jedi", path, text, len(text), PATIENCE, time.monotonic(), answers.put,
                lambda: False, (root, *others),
            )  # fmt: skip
            questions.ask(question)
            answer = answers.get(timeout=PATIENCE)
            if answer["trouble"] != "late":  # its process has just been started
                return answer

    yield ask
    questions.stop()


def names(answer: dict[str, Any]) -> list[str]:
    assert answer["trouble"] == ""
    return [one["name"] for one in (*answer["names"], *answer["signatures"])]


@pytest.mark.parametrize("place", ["near.py", "env/lib/python3.11/site-packages/near.py"])
def test_no_secret_of_another_file_is_answered(root: Path, ask: Ask, place: str) -> None:
    write(root, {"env/pyvenv.cfg": "", ".gitignore": "env\n", place: CALLED})
    for what, text in (
        ("goto", "import near\nnear.connect"), ("infer", "import near\nnear.connect"),
        ("signatures", "import near\nnear.connect("),
    ):  # fmt: skip
        answer = ask(what, text)
        assert names(answer) == ["connect"]
        assert PASSWORD not in repr(answer) and KEY not in repr(answer)
        assert "Logs in as" in repr(answer) and "password=" in repr(answer)


def test_no_secret_of_the_open_text_is_answered(ask: Ask) -> None:
    answer = ask("signatures", f"{CALLED}connect(")
    assert names(answer) == ["connect"] and PASSWORD not in repr(answer) and KEY not in repr(answer)


def test_no_key_of_a_dictionary_is_a_secret(root: Path, ask: Ask) -> None:
    keys = f"keys = {{'{KEY}': 1, 'other': 2}}\n"
    write(root, {"near.py": keys})
    for text in (f"{keys}keys[", f"{keys}keys['", "import near\nnear.keys["):
        answer = ask("names", text)
        assert "other" in repr(answer) and KEY not in repr(answer)


def test_jedi_never_gets_a_secret_of_the_open_text(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it is given it keeps, and may say in ways that nobody thought of."""
    given: list[str] = []
    really = PythonInference.signatures

    def noted(inference: PythonInference, text: str, path: str, offset: int) -> PythonAnswer:
        given.append(text)
        return really(inference, text, path, offset)

    monkeypatch.setattr(PythonInference, "signatures", noted)
    ask("signatures", f"{CALLED}connect(")
    assert given and all(PASSWORD not in text and KEY not in text and "def connect" in text for text in given)


def test_nothing_is_answered_of_a_file_that_is_left_out(root: Path, ask: Ask) -> None:
    write(root, {"a.py": "def found(): pass\n", "private.py": "def hidden():\n    'A page.'\n"})
    write(root.parent, {"outside.py": "def hidden(): pass\n"})
    os.symlink(root.parent / "outside.py", root / "linked.py")
    questions = [("goto", "{0}.hidden"), ("names", "{0}.hid"), ("signatures", "{0}.hidden(")]
    for what, text in questions:
        assert names(ask(what, "import private\n" + text.format("private"))) == ["hidden"]
    write(root, {".gitignore": "private.py\n"})  # from now on
    for what, text in questions:
        for module in ("private", "linked"):
            assert names(ask(what, f"import {module}\n" + text.format(module))) == []
    assert names(ask("goto", "import a\na.found")) == ["found"]


def test_of_the_file_itself_all_is_answered(root: Path, ask: Ask) -> None:
    """It is open: whoever asks sees it, whether the workspace leaves it out or not."""
    write(root, {".gitignore": "private.py\n"})
    assert names(ask("signatures", "def hidden(): ...\nhidden(", "private.py")) == ["hidden"]


def test_secrets_are_looked_for_before_anything_is_shortened(root: Path, ask: Ask) -> None:
    """Of a secret that goes over the end of what is shown not even the beginning is."""
    for length in range(400, 500, 7):
        text = f'def f(key="{"-" * length} {KEY}"): "{"." * length} {KEY}"\n'
        write(root, {"near.py": text})
        for what, asked in (("goto", "import near\nnear.f"), ("signatures", f"{text}f(")):
            answer = ask(what, asked)
            assert names(answer) == ["f"] and "----" in repr(answer)
            assert KEY[:7] not in repr(answer)
            assert len(answer["names"][0]["doc"] if answer["names"] else answer["signatures"][0]["doc"]) <= 500


def test_of_another_workspace_folder_its_own_rules_hold(root: Path, ask: Ask) -> None:
    other, nowhere = root.parent / "other", root.parent / "nowhere"
    module = "def found(): pass\n"
    write(
        other, {"shared.py": module, "private.py": module, ".gitignore": "private.py\n", "site-packages/lib.py": module}
    )
    write(nowhere, {"strange.py": module})
    reach = f"import sys\nsys.path.append({str(other)!r})\nsys.path.append({str(nowhere)!r})\n"
    for what, end in (("goto", ".found"), ("names", ".fou"), ("signatures", ".found(")):

        def found(module: str, others: tuple[Path, ...] = (other,)) -> list[str]:
            return names(ask(what, f"{reach}import {module}\n{module}{end}", others=others))

        assert found("shared") == ["found"]
        assert found("private") == found("strange") == found("shared", ()) == []
    detour = f"import sys\nsys.path.append({str(other / 'site-packages/..')!r})\n"
    assert names(ask("goto", f"{detour}import private\nprivate.found", others=(other,))) == []
    library = f"import sys\nsys.path.append({str(other / 'site-packages')!r})\n"
    assert names(ask("goto", f"{library}import lib\nlib.found", others=(other,))) == ["found"]


def test_of_workspace_folders_in_each_other_the_inner_one_decides(root: Path, ask: Ask) -> None:
    write(root, {".gitignore": "vendor/\n", "vendor/x/a.py": "def found(): pass\n", "vendor/__init__.py": ""})
    asked = "from vendor.x import a\na.found"
    assert names(ask("goto", asked)) == []
    assert names(ask("goto", asked, others=(root / "vendor/x",))) == ["found"]


def test_the_standard_library_is_answered(ask: Ask) -> None:
    for asked in ("import json\njson.dumps", "import os.path\nos.path.join", "x = []\nx.append"):
        assert names(ask("goto", asked))


async def test_a_window_knows_all_its_folders(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(folders.FOLDER_VARIABLE, str(root.parent / "indexes"))
    other = root.parent / "other"
    module = "def found(): pass\n"
    write(other, {"shared.py": module, "private.py": module, ".gitignore": "private.py\n"})
    window = Window()
    try:
        window.client.set_up([str(root), str(other)])
        await window.until(lambda: window.client.status.pid)
        for name, expected in (("shared", ["found"]), ("private", [])):
            path, text = (
                str(root / f"{name}_asked.py"),
                f"import sys\nsys.path.append({str(other)!r})\nimport {name}\n{name}.found",
            )
            window.client.opened(path, "python", text)
            answer = await window.client.python("goto", path, len(text))
            while answer.trouble == "late":  # its process has just been started
                answer = await window.client.python("goto", path, len(text))
            assert [one.name for one in answer.names] == expected and answer.trouble == ""
    finally:
        await window.client.close()
