"""What the demo types, and what it accepts."""

import pytest

from foretoken.cli.demo import DEMO_FILE, DEMO_FUNCTION
from foretoken.cli.demo_typist import TAB, Rhythm, accepts, choose_task, key_name, next_key
from foretoken.text.edit import TextEdit

SOURCE = '''import os


def first():
    """What it does."""
    a = 1
    b = 2
    return a + b


def second(x):
    if x:
        return 1
    return 2


TAIL = 3
'''


def keys(text: str) -> list[str]:
    found = []
    while text:
        found.append(next_key(text))
        text = text[len(found[-1]) :]
    return found


def test_a_named_function_is_taken_without_its_docstring() -> None:
    task = choose_task(SOURCE, function="first")
    assert task.typed == "a = 1\n    b = 2\n    return a + b"
    assert task.before.endswith('"""What it does."""\n    ')
    assert task.before + task.typed + task.after == SOURCE


def test_without_a_name_a_body_past_the_middle_is_taken() -> None:
    assert choose_task(SOURCE).typed.startswith("if x:")


def test_a_line_can_be_chosen() -> None:
    task = choose_task(SOURCE, line=7)
    assert task.typed.startswith("b = 2\n") and task.before.endswith("a = 1\n    ")


@pytest.mark.parametrize("text", ["a", "x = 1\ny = 2\n", "def broken(:\n  x\n  y\n", '{\n  "a": 1\n}\n'])
def test_other_text_is_taken_from_its_middle(text: str) -> None:
    task = choose_task(text)
    assert task.typed and task.before + task.typed + task.after == text


@pytest.mark.parametrize("text, line", [("", None), ("\n \n", None), ("a\n", 9), ("a\n\n\n", 2)])
def test_nothing_to_type_is_an_error(text: str, line: int | None) -> None:
    with pytest.raises(ValueError):
        choose_task(text, line=line)


def test_the_shipped_file_has_something_to_type() -> None:
    text = DEMO_FILE.read_text(encoding="utf-8")
    task = choose_task(text, DEMO_FUNCTION)
    assert 8 <= task.typed.count("\n") + 1 <= 14
    assert task.before.rstrip().endswith("-> int:")
    assert max(map(len, text.split("\n"))) < 70  # it is to be read in a narrow terminal


def test_enter_brings_the_indentation_along() -> None:
    assert keys("a\n    b\n\nc") == ["a", "\n    ", "b", "\n", "\n", "c"]
    assert [key_name(key) for key in ("a", " ", "\n    ")] == ["a", "Space", "Enter"]


def accept(document: str, target: str, edit: TextEdit) -> bool:
    return accepts(document.replace("|", ""), document.index("|"), target, edit)


def test_only_what_is_entirely_right_is_accepted() -> None:
    assert accept("ret|\nend", "return x\nend", TextEdit(3, 3, "urn x"))
    assert accept("ret|\nend", "return x\nend", TextEdit(3, 3, "urn"))  # less is right too
    assert not accept("ret|\nend", "return x\nend", TextEdit(3, 3, "urn y"))
    assert not accept("ret|\nend", "return x\nend", TextEdit(3, 3, "urn x\nend"))  # it repeats what follows


def test_one_character_is_not_worth_a_key() -> None:
    assert not accept("retur|\n", "return x\n", TextEdit(5, 5, "n"))


def test_a_suggestion_may_begin_before_the_cursor_or_replace_what_follows() -> None:
    assert accept("ret|\n", "return x\n", TextEdit(0, 3, "return x"))
    assert accept("f(|)\n", "f(a, b)\n", TextEdit(2, 2, "a, b"))
    assert not accept("f(|)\n", "f(a, b)\n", TextEdit(2, 3, "a, b)"))  # the target has the closer after the cursor


def test_the_rhythm_is_human_and_the_same_in_every_run() -> None:
    pauses = [Rhythm().pause("a") for _ in range(3)]
    assert len(set(pauses)) == 1
    rhythm = Rhythm()
    usual = [rhythm.pause("a") for _ in range(200)]
    assert 0.1 < sum(usual) / len(usual) < 0.15 and min(usual) > 0.02 and len(set(usual)) == 200
    assert rhythm.pause(TAB) > max(usual)
