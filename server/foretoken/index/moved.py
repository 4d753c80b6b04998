"""Definitions of a text before some edits, at their places after them: for while the text as it is takes long to parse."""

import dataclasses
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from foretoken.syntax.facts import Definition
from foretoken.text.edit import TextEdit
from foretoken.text.line_index import LineIndex


def moved(definitions: Sequence[Definition], edits: Sequence[TextEdit], text: str) -> tuple[Definition, ...]:
    """edits: each speaks of the text that the one before it left; text: what they lead to. Those whose name does not stand
    there any more are left out, and what they held is held by what held them."""
    lines = [*accumulate(LineIndex.of(text).lengths, initial=0)]
    found: list[Definition] = []
    places: list[int | None] = []  # of each definition in what is returned; of one that is left out, its parent's
    for one in definitions:
        parent = places[one.parent] if one.parent is not None else None
        start, name_start, body_start = (_moved(at, edits, False) for at in (one.start, one.name_start, one.body_start))
        end, body_end = _moved(one.end, edits, True), _moved(one.body_end, edits, True)
        if not text.startswith(one.name, name_start):
            places.append(parent)
            continue
        places.append(len(found))
        found.append(
            dataclasses.replace(
                one, start=start, end=end, name_start=name_start, line=bisect_right(lines, name_start, 1, len(lines) - 1) - 1,
                body_start=body_start, body_end=max(body_start, body_end), parent=parent,
            )
        )  # fmt: skip
    return tuple(found)


def _moved(offset: int, edits: Sequence[TextEdit], is_end: bool) -> int:
    """What is typed at a start stands before it, what is typed at an end within."""
    for edit in edits:
        if offset >= edit.end:
            offset += len(edit.new_text) - (edit.end - edit.start)
        elif offset > edit.start:
            offset = edit.start + (len(edit.new_text) if is_end else 0)
    return offset
