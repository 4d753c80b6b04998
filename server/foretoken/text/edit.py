"""TextEdit: one replacement in a document, in code points."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextEdit:
    """``new_text`` replaces the text from ``start`` to ``end`` (code points into ``Document.text``, end exclusive)."""

    start: int
    end: int
    new_text: str
