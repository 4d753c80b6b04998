"""What an answer about Python says of files that jedi reads by itself: no secret, and nothing of what is left out."""

import os
import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from foretoken.index.python import PythonQuestion, PythonQuestions
from foretoken.syntax.python_inference import PythonAnswer, PythonInference
from index.indexing import PATIENCE, write

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
    """What is answered about the end of a text."""
    questions = PythonQuestions()

    def ask(what: str, text: str, path: str = "asked.py") -> dict[str, Any]:
        answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        while True:
            question = PythonQuestion(
                what, root, root.parent / "jedi", path, text, len(text), PATIENCE, time.monotonic(), answers.put,
                lambda: False,
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
