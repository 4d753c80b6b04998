"""The anchor of an infill: where the prompt's prefix ends and its suffix begins, and what they say.

What is typed between the two goes behind ``Special.FIM_MIDDLE``: to the model it is the part of the middle that
is already written, so typing only ever appends to the prompt (DESIGN: anchored infill). Pure functions of values.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

CLOSERS = frozenset(")]}>\"'`;,: \t")
# A fresh anchor is prepared in the background from REANCHOR_LINES on; a request fixes one itself at MAX_MIDDLE_LINES.
REANCHOR_LINES = 8
MAX_MIDDLE_LINES = 24


class Cause(StrEnum):
    """Why a new anchor is wanted; the value is what the status report says."""

    FIRST = "first"  # there was none
    JUMP = "jump"  # the cursor is elsewhere
    EDIT = "edit"  # an edit across the anchor's border, or a text that came whole
    LONG = "long"  # much was typed since
    STALE = "stale"  # the text around it was edited
    BACK = "back"  # the cursor came back to where an earlier one serves
    QUICK = "quick"  # it shows little of the file, so that its first answer came soon


@dataclass(frozen=True, slots=True)
class Anchor:
    """Offsets are code points into the document's present text.

    start: where the prefix ends, always the start of a line. end: where the text that the suffix stands for
    begins; it moves with the typing. prefix, suffix: what stood before the start and behind the cursor when the anchor
    was fixed; the prompt keeps saying that. drift: how many characters were removed and inserted there since.
    room: how many characters of prefix and suffix the prompt may show; None = as many as the model takes. A number
    makes it a quick one: fixed while a key waited for it, and soon replaced by one that shows all.
    """

    start: int
    end: int
    prefix: str
    suffix: str
    drift: int = 0
    room: int | None = None

    @property
    def stale(self) -> bool:
        """Whether the text around the middle is no longer what the prompt says."""
        return self.drift > 0


def fix_anchor(text: str, offset: int, room: int | None = None) -> Anchor:
    """A new anchor at the start of the line that holds ``offset``; a quick one where ``room`` cannot hold the text."""
    start = text.rfind("\n", 0, offset) + 1
    return Anchor(
        start, offset, text[:start], text[offset:], room=room if room is not None and room < len(text) else None
    )


def next_anchor(anchor: Anchor | None, start: int, end: int, inserted: str) -> Anchor | None:
    """The anchor after the text from ``start`` to ``end`` was replaced by ``inserted``; None if it is lost.

    Edits inside the middle keep it, also at its end: what is inserted there counts as typed. Edits outside make it
    stale. One that reaches over a border, or takes away what touches it, makes the prompt wrong at the cursor.
    """
    if anchor is None:
        return None
    grown = len(inserted) - (end - start)
    if anchor.start <= start and end <= anchor.end:
        return replace(anchor, end=anchor.end + grown)
    drift = anchor.drift + len(inserted) + (end - start)
    if end < anchor.start or (end == anchor.start and inserted.endswith("\n")):
        return replace(anchor, start=anchor.start + grown, end=anchor.end + grown, drift=drift)
    if start > anchor.end or (start == anchor.end and grown == 0 and CLOSERS.issuperset(inserted)):
        return replace(anchor, drift=drift)  # the second: an editor that types over a closer replaces it by itself
    return None


def lost_at(anchor: Anchor, text: str, offset: int) -> Cause | None:
    """Why the anchor cannot serve a request at ``offset``; None when it can.

    Between the cursor and the anchor's end only closers may stand. Before its end they were added by the editor: the
    prompt keeps the old suffix, and the suggestion is checked against the real one. Behind its end the cursor was
    moved over them.
    """
    if offset < anchor.start:
        return Cause.JUMP
    first, last = sorted((offset, anchor.end))
    if any(ch not in CLOSERS for ch in text[first:last]):
        return Cause.JUMP
    if text.count("\n", anchor.start, offset) >= MAX_MIDDLE_LINES:
        return Cause.LONG
    return None


def anchor_at(anchor: Anchor | None, text: str, offset: int) -> Anchor:
    """The anchor to use for a request at ``offset``: the old one while it serves, else a new one."""
    if anchor is None or lost_at(anchor, text, offset) is not None:
        return fix_anchor(text, offset)
    if offset > anchor.end:  # what was passed over is typed now, and the suffix says it once more
        return replace(anchor, end=offset, drift=anchor.drift + offset - anchor.end)
    return anchor


def outlived(anchor: Anchor, text: str, offset: int, most_typed: int) -> Cause | None:
    """Why a fresh anchor at the cursor's line should be prepared in the background; None while the old one is good.

    ``anchor`` serves at ``offset``. most_typed: how many characters of middle are well, for the model's window. A stale
    one waits while only closers stand behind the cursor: a suffix that began with them would be outdated as soon as the
    user has typed over them.
    """
    lines = text.count("\n", anchor.start, offset)
    if lines >= REANCHOR_LINES or (lines and offset - anchor.start > most_typed):
        return Cause.LONG
    if not anchor.stale:
        return None
    line_end = text.find("\n", offset)
    rest = text[offset : line_end if line_end >= 0 else len(text)].strip()
    return None if rest and CLOSERS.issuperset(rest) else Cause.STALE
