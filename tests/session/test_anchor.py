"""The anchor keeps its place while text is typed behind it, and is given up when the prompt would be wrong at the cursor."""

import pytest

from foretoken.session.anchor import (
    MAX_MIDDLE_LINES,
    REANCHOR_LINES,
    Anchor,
    Cause,
    anchor_at,
    fix_anchor,
    lost_at,
    next_anchor,
    outlived,
)
from marked import cursor

MOST_TYPED = 1000


def type_text(marked: str, typed: str) -> tuple[str, int, Anchor | None]:
    text, offset = cursor(marked)
    anchor: Anchor | None = fix_anchor(text, offset)
    for ch in typed:
        anchor = next_anchor(anchor, offset, offset, ch)
        text, offset = text[:offset] + ch + text[offset:], offset + 1
    return text, offset, anchor


def test_starts_at_the_line() -> None:
    text, offset = cursor("a = 1\n    b = <CURSOR>2\n")
    anchor = fix_anchor(text, offset)
    assert anchor == Anchor(start=6, end=offset, prefix="a = 1\n", suffix="2\n")
    assert not anchor.stale


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


def edited(text: str, anchor: Anchor | None, start: int, end: int, inserted: str) -> tuple[str, Anchor | None]:
    return text[:start] + inserted + text[end:], next_anchor(anchor, start, end, inserted)


def test_edits_wholly_before_or_behind_make_it_stale_and_the_prompt_keeps_what_it_says() -> None:
    text, offset, anchor = type_text("a\n<CURSOR>\nz\n", "foo")
    text, anchor = edited(text, anchor, 0, 0, "import b\n")
    offset += 9
    text, anchor = edited(text, anchor, offset + 1, offset + 2, "yy")
    assert anchor is not None and anchor.stale and anchor.drift == 9 + 3
    assert text[anchor.start : anchor.end] == "foo"
    assert (anchor.prefix, anchor.suffix) == ("a\n", "\nz\n")
    assert anchor_at(anchor, text, offset) is anchor


def test_a_line_replaced_right_above_keeps_it() -> None:
    text, offset, anchor = type_text("a  \n<CURSOR>\n", "foo")
    text, anchor = edited(text, anchor, 0, 4, "a\n")
    assert anchor is not None and anchor.stale and text[anchor.start : anchor.end] == "foo"


@pytest.mark.parametrize(
    ("start", "end", "inserted"),
    [
        (1, 2, ""),  # the line above is joined with the anchor's
        (0, 3, "x"),  # over the start
        (4, 6, ""),  # over the end
        (5, 6, ""),  # the line end behind the cursor goes
        (0, 8, "a\nfoo\nz\n"),  # all of it, as some formatters do
    ],
)
def test_an_edit_across_a_border_gives_it_up(start: int, end: int, inserted: str) -> None:
    text, offset, anchor = type_text("a\n<CURSOR>\nz\n", "foo")
    assert (text, offset) == ("a\nfoo\nz\n", 5)
    assert next_anchor(anchor, start, end, inserted) is None


def test_a_closer_that_was_there_before_may_be_typed_over() -> None:
    """Some editors move the cursor, others replace the closer by itself."""
    text, offset, anchor = type_text("f(<CURSOR>)\n", "x")
    moved = anchor_at(anchor, text, offset + 1)
    assert (moved.start, moved.end, moved.suffix, moved.stale) == (0, offset + 1, ")\n", True)
    text, anchor = edited(text, anchor, offset, offset + 1, ")")
    replaced = anchor_at(anchor, text, offset + 1)
    assert (replaced.start, replaced.end, replaced.stale) == (0, offset + 1, True)


def test_moving_over_anything_else_is_a_jump() -> None:
    text, offset, anchor = type_text("f(<CURSOR>y)\n", "x")
    assert anchor is not None and lost_at(anchor, text, offset + 1) is Cause.JUMP
    text, offset, anchor = type_text("f(<CURSOR>)\n", "x")
    assert anchor is not None and lost_at(anchor, text, offset + 2) is Cause.JUMP


def test_a_jump_gives_it_up() -> None:
    text, _, anchor = type_text("a = 1\n<CURSOR>\nz\n", "foo")
    assert anchor_at(anchor, text, 2).start == 0


def test_a_long_middle_gives_it_up() -> None:
    text, offset, anchor = type_text("<CURSOR>\n", "x\n" * MAX_MIDDLE_LINES)
    assert anchor_at(anchor, text, offset) == fix_anchor(text, offset)
    text, offset, anchor = type_text("<CURSOR>\n", "x\n" * (MAX_MIDDLE_LINES - 1))
    assert anchor_at(anchor, text, offset) is anchor


def outlived_after(marked: str, typed: str) -> Cause | None:
    text, offset, anchor = type_text(marked, typed)
    assert anchor is not None
    return outlived(anchor, text, offset, MOST_TYPED)


def test_a_fresh_anchor_is_prepared_long_before_the_middle_is_too_long() -> None:
    assert REANCHOR_LINES < MAX_MIDDLE_LINES
    assert outlived_after("a\n<CURSOR>\n", "x\n" * (REANCHOR_LINES - 1)) is None
    assert outlived_after("a\n<CURSOR>\n", "x\n" * REANCHOR_LINES) is Cause.LONG
    assert outlived_after("a\n<CURSOR>\n", "x" * MOST_TYPED + "\n") is Cause.LONG


def test_no_fresh_anchor_where_it_would_be_the_same_one() -> None:
    assert outlived_after("a\n<CURSOR>\n", "x" * (MOST_TYPED + 1)) is None


def test_a_stale_anchor_is_renewed_once_the_line_is_finished() -> None:
    text, offset, anchor = type_text("a\n<CURSOR>\n", "foo(b")
    text, anchor = edited(text, anchor, offset, offset, ")")
    assert anchor is not None and outlived(anchor, text, offset, MOST_TYPED) is None
    text, anchor = edited(text, anchor, 0, 0, "import b\n")
    offset += 9
    assert anchor is not None and outlived(anchor, text, offset, MOST_TYPED) is None  # before the closer
    assert outlived(anchor, text, offset + 1, MOST_TYPED) is Cause.STALE


def test_a_quick_one_where_the_room_cannot_hold_the_text_and_it_stays_one() -> None:
    text, offset = cursor("a = 1\nb = <CURSOR>\nc = 3\n")
    anchor = fix_anchor(text, offset, room=10)
    assert (anchor.room, anchor.prefix, anchor.suffix) == (10, "a = 1\n", "\nc = 3\n")
    assert fix_anchor(text, offset, room=len(text)).room is None
    typed = next_anchor(anchor, offset, offset, "x")
    assert typed is not None and anchor_at(typed, text[:offset] + "x" + text[offset:], offset + 1).room == 10
    moved = next_anchor(anchor, 0, 0, "import x\n")
    assert moved is not None and moved.room == 10
