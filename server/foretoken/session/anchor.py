"""The anchor of an infill: where the prompt's prefix ends and its suffix begins.

What is typed between the two goes behind ``Special.FIM_MIDDLE``: to the model it is the part of the middle that
is already written, so typing only ever appends to the prompt (DESIGN: anchored infill).
"""

from dataclasses import dataclass, replace

CLOSERS = frozenset(")]}>\"'`;,: \t")
MAX_MIDDLE_LINES = 12


@dataclass(frozen=True, slots=True)
class Anchor:
    """Offsets are code points into the document's present text.

    start: where the prefix ends, always the start of a line. end: where the text that the suffix stands for
    begins; it moves with the typing. suffix: what followed the cursor when the anchor was fixed.
    """

    start: int
    end: int
    suffix: str


def fix_anchor(text: str, offset: int) -> Anchor:
    """A new anchor at the start of the line that holds ``offset``."""
    start = text.rfind("\n", 0, offset) + 1
    return Anchor(start, offset, text[offset:])


def next_anchor(anchor: Anchor | None, start: int, end: int, inserted: str) -> Anchor | None:
    """The anchor after the text from ``start`` to ``end`` was replaced by ``inserted``; None if it is lost.

    Edits inside the middle keep it, also at its end: what is inserted there counts as typed.
    """
    if anchor is None or start < anchor.start or end > anchor.end:
        return None
    return replace(anchor, end=anchor.end + len(inserted) - (end - start))


def anchor_at(anchor: Anchor | None, text: str, offset: int) -> Anchor:
    """The anchor to use for a request at ``offset``: the old one while it still tells the truth, else a new one.

    Between the cursor and the anchor's end only closers that an editor adds by itself may stand: the prompt keeps
    the old suffix then, and the suggestion is checked against the real one.
    """
    if anchor is None or not anchor.start <= offset <= anchor.end:
        return fix_anchor(text, offset)
    if any(ch not in CLOSERS for ch in text[offset : anchor.end]):
        return fix_anchor(text, offset)
    if text.count("\n", anchor.start, offset) >= MAX_MIDDLE_LINES:
        return fix_anchor(text, offset)
    return anchor
