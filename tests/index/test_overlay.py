"""Open documents over the stored files."""

import contextlib
from collections.abc import Iterator

import pytest

from foretoken.index.overlay import Mismatch, Overlay
from foretoken.syntax.tree import SyntaxTree, TooSlow
from foretoken.text.edit import TextEdit
from foretoken.trust.kinds import MAX_FILE_BYTES

PATH = "/w/a.py"
TEXT = "def one():\n    return 1\n\n\ndef two():\n    return one()\n"


def overlay(text: str = TEXT, path: str = PATH) -> Overlay:
    opened = Overlay()
    opened.open(path, "python", 0, text)
    return opened


def names(opened: Overlay, path: str = PATH) -> list[str]:
    file = opened.get(path)
    assert file is not None
    facts = file.facts()
    assert facts is not None
    return [definition.name for definition in facts.definitions]


def edit(opened: Overlay, revision: int, start: int, end: int, text: str, length: int) -> None:
    opened.edit(PATH, [TextEdit(start, end, text)], revision, length)


def test_an_edit_is_seen_and_offsets_follow() -> None:
    opened = overlay()
    assert names(opened) == ["one", "two"]
    edit(opened, 1, 4, 7, "first", len(TEXT) + 2)
    file = opened.get(PATH)
    assert file is not None and (facts := file.facts()) is not None
    assert [(each.name, file.text[each.start : each.end]) for each in facts.definitions] == [
        ("first", "def first():\n    return 1"),
        ("two", "def two():\n    return one()"),
    ]
    assert "first" in facts.uses and facts.uses["one"][1] == 1


def test_several_edits_between_two_questions() -> None:
    opened = overlay("x = '\U0001f600'\n")
    assert names(opened) == ["x"]
    opened.edit(PATH, [TextEdit(0, 0, "é = 0\n"), TextEdit(6, 7, "yy")], 1, 15)
    opened.edit(PATH, [TextEdit(15, 15, "z = 2\n")], 2, 21)
    assert names(opened) == ["é", "yy", "z"]


@pytest.mark.parametrize(
    ("revision", "start", "end", "length"),
    [(2, 0, 0, len(TEXT) + 1), (0, 0, 0, len(TEXT) + 1), (1, 0, 9999, 1), (1, 5, 4, len(TEXT)), (1, 0, 0, len(TEXT))],
)
def test_an_edit_that_does_not_fit_closes_the_document(revision: int, start: int, end: int, length: int) -> None:
    opened = overlay()
    with pytest.raises(Mismatch):
        edit(opened, revision, start, end, "x", length)
    assert opened.get(PATH) is None
    with pytest.raises(Mismatch):
        edit(opened, revision + 1, 0, 0, "", len(TEXT))


def test_secrets_are_blanked_out_of_the_facts_and_offsets_stay() -> None:
    secret = "AKIA" + "Z7QK3M9XW2PL5RT8"
    text = f'KEY = "{secret}"\nB = 1\n'
    opened = overlay(text)
    file = opened.get(PATH)
    assert file is not None and (facts := file.facts()) is not None
    assert secret not in repr((facts.definitions, facts.imports, facts.uses))
    assert [text[each.name_start :][: len(each.name)] for each in facts.definitions] == ["KEY", "B"]
    # And an edit that makes one.
    opened = overlay('KEY = ""\n')
    assert names(opened) == ["KEY"]
    edit(opened, 1, 7, 7, secret, 9 + len(secret))
    file = opened.get(PATH)
    assert file is not None and (facts := file.facts()) is not None
    assert secret not in repr((facts.definitions, facts.imports, facts.uses)) and "KEY" in facts.uses


def test_a_file_that_holds_secrets_by_name_and_a_huge_one_have_no_facts() -> None:
    for path, text in (("/w/.env", "A=1\n"), (PATH, "#" * (MAX_FILE_BYTES + 1))):
        file = overlay(text, path).get(path)
        assert file is not None and file.facts() is None


def test_looking_ahead_leaves_nothing_to_find() -> None:
    opened = overlay()
    opened.open("/w/.env", "plaintext", 0, "A=1\n")
    file = opened.get(PATH)
    assert file is not None and not file.looked_into
    assert opened.waits
    opened.look_ahead()
    assert file.looked_into and not opened.waits
    edit(opened, 1, 0, 0, "\n", len(TEXT) + 1)
    assert not file.looked_into and opened.waits
    opened.look_ahead()
    assert file.looked_into


def test_whatever_looks_into_a_text_is_inside_the_guard() -> None:
    inside: list[str] = []
    entered: list[str] = []

    @contextlib.contextmanager
    def guard(path: str) -> Iterator[None]:
        inside.append(path)
        entered.append(path)
        yield
        inside.pop()

    opened = Overlay(guard)
    opened.open(PATH, "python", 0, TEXT)
    file = opened.get(PATH)
    assert file is not None and entered == []
    for look in ("definitions", "imports", "uses"):
        facts, before = file.facts(), len(entered)
        assert facts is not None
        getattr(facts, look)
        assert len(entered) == before + 1 and inside == []
        getattr(facts, look)  # known by now
        assert len(entered) == before + 1


def test_the_last_one_changed_comes_first() -> None:
    opened = overlay()
    opened.open("/w/b.py", "python", 0, "")
    assert [file.path for file in opened] == ["/w/b.py", PATH]
    edit(opened, 1, 0, 0, "\n", len(TEXT) + 1)
    assert [file.path for file in opened] == [PATH, "/w/b.py"]
    opened.close(PATH)
    assert [file.path for file in opened] == ["/w/b.py"]


def test_a_tree_that_does_not_lead_to_the_text_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = overlay()
    assert names(opened) == ["one", "two"]
    edit(opened, 1, 4, 7, "first", len(TEXT) + 2)
    file = opened.get(PATH)
    assert file is not None
    file._edits.append(TextEdit(0, 0, "lost"))
    assert names(opened) == ["first", "two"]


def too_slow(*arguments: object) -> SyntaxTree:
    raise TooSlow("in a test")


def placed(opened: Overlay) -> list[tuple[str, str, int, int | None]]:
    """Each definition's name, as it stands there, its text's first line, its line, and what is around it."""
    file = opened.get(PATH)
    assert file is not None and (facts := file.facts()) is not None
    return [
        (
            file.text[one.name_start :][: len(one.name)],
            file.text[one.start : one.end].split("\n")[0],
            one.line,
            one.parent,
        )
        for one in facts.definitions
    ]


def test_while_a_parse_takes_too_long_definitions_move_with_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = overlay("class A:\n    def one(self):\n        pass\n\n    def two(self):\n        pass\n")
    assert names(opened) == ["A", "one", "two"]
    edited = SyntaxTree.edited
    monkeypatch.setattr(SyntaxTree, "edited", too_slow)
    file = opened.get(PATH)
    assert file is not None
    at, gone = file.text.index("    def one"), file.text.index("two")
    opened.edit(
        PATH,
        [TextEdit(gone, gone + 3, "too"), TextEdit(at, at, "    x = 1\n"), TextEdit(0, 0, "é\n")],
        1,
        len(file.text) + 12,
    )
    assert placed(opened) == [("A", "class A:", 1, None), ("one", "def one(self):", 3, 0)]
    opened.edit(PATH, [TextEdit(0, 1, "y = 2")], 2, len(file.text) + 4)
    assert placed(opened) == [("A", "class A:", 1, None), ("one", "def one(self):", 3, 0)]
    monkeypatch.setattr(SyntaxTree, "edited", edited)
    opened.edit(PATH, [TextEdit(0, 0, "\n")], 3, len(file.text) + 1)
    assert [name for name, _, _, _ in placed(opened)] == ["y", "A", "x", "one", "too"]


def test_what_was_around_a_name_that_went_is_not_around_what_it_held(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = overlay("class A:\n    class B:\n        def one(self):\n            pass\n")
    assert names(opened) == ["A", "B", "one"]
    monkeypatch.setattr(SyntaxTree, "edited", too_slow)
    file = opened.get(PATH)
    assert file is not None
    at = file.text.index("B")
    opened.edit(PATH, [TextEdit(at, at + 1, "C")], 1, len(file.text))
    assert placed(opened) == [("A", "class A:", 0, None), ("one", "def one(self):", 2, 0)]


def test_after_many_keys_without_a_tree_the_whole_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = overlay("x = 1\n")
    assert names(opened) == ["x"]
    monkeypatch.setattr(SyntaxTree, "edited", too_slow)
    for number in range(200):
        edit(opened, number + 1, 0, 0, "y", 7 + number)
        assert names(opened) == ["x"]
    edit(opened, 201, 0, 0, "y", 207)
    assert names(opened) == ["y" * 201 + "x"]
