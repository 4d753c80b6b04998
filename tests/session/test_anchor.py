"""The anchor keeps its place while text is typed behind it, and is given up when it no longer tells the truth."""

from foretoken.session.anchor import MAX_MIDDLE_LINES, anchor_at, fix_anchor, next_anchor
from marked import cursor


def type_text(marked: str, typed: str) -> tuple[str, int, object]:
    text, offset = cursor(marked)
    anchor = fix_anchor(text, offset)
    for ch in typed:
        anchor = next_anchor(anchor, offset, offset, ch)
        text, offset = text[:offset] + ch + text[offset:], offset + 1
    return text, offset, anchor


def test_starts_at_the_line() -> None:
    text, offset = cursor("a = 1\n    b = <CURSOR>2\n")
    anchor = fix_anchor(text, offset)
    assert (text[anchor.start :], anchor.end, anchor.suffix) == ("    b = 2\n", offset, "2\n")


def test_typing_keeps_it_across_lines() -> None:
    text, offset, anchor = type_text("a\n<CURSOR>\nz\n", "if x:\n    y")
    assert anchor_at(anchor, text, offset) == anchor
    assert text[anchor.start : anchor.end] == "if x:\n    y"


def test_backspace_keeps_it() -> None:
    text, offset, anchor = type_text("a\n<CURSOR>\nz\n", "foo")
    anchor = next_anchor(anchor, offset - 1, offset, "")
    text, offset = text[: offset - 1] + text[offset:], offset - 1
    assert anchor_at(anchor, text, offset) == anchor


def test_an_automatic_closer_is_an_overlay() -> None:
    text, offset, anchor = type_text("<CURSOR>\n", "foo")
    anchor = next_anchor(anchor, offset, offset, "()")
    text, offset = text[:offset] + "()" + text[offset:], offset + 1
    kept = anchor_at(anchor, text, offset)
    assert kept == anchor and kept.suffix == "\n"


def test_text_between_the_cursor_and_the_end_gives_it_up() -> None:
    text, offset, anchor = type_text("<CURSOR>\n", "foo bar")
    assert anchor_at(anchor, text, offset - 3) == fix_anchor(text, offset - 3)


def test_an_edit_before_or_behind_gives_it_up() -> None:
    _, offset, anchor = type_text("a\n<CURSOR>\nz\n", "foo")
    assert next_anchor(anchor, 0, 1, "b") is None
    assert next_anchor(anchor, offset + 1, offset + 2, "b") is None


def test_a_jump_gives_it_up() -> None:
    text, _, anchor = type_text("a = 1\n<CURSOR>\nz\n", "foo")
    assert anchor_at(anchor, text, 2).start == 0


def test_a_long_middle_gives_it_up() -> None:
    text, offset, anchor = type_text("<CURSOR>\n", "x\n" * MAX_MIDDLE_LINES)
    assert anchor_at(anchor, text, offset) == fix_anchor(text, offset)
