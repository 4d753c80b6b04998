"""Positions as editors count them: line and character, where a character is a UTF-8, UTF-16 or UTF-32 unit.

Everywhere else an offset is a count of code points; only the code at the door deals in units.
"""

from enum import StrEnum
from typing import NamedTuple


class PositionEncoding(StrEnum):
    """LSP's PositionEncodingKind: what ``Position.character`` counts."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    UTF_32 = "utf-32"


class Position(NamedTuple):
    """Zero-based line and units from the line's start."""

    line: int
    character: int


def code_points(line: str, units: int, encoding: PositionEncoding) -> int:
    """How many whole characters of ``line`` lie in its first ``units`` units.

    Past the end means the end. A position inside a character (a UTF-8 sequence, a surrogate pair) means its start.
    """
    head = line[: max(units, 0)]  # no character is shorter than one unit
    if encoding is PositionEncoding.UTF_32 or head.isascii():
        return len(head)
    if encoding is PositionEncoding.UTF_16:
        return len(head.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore"))
    return len(head.encode("utf-8", "surrogatepass")[:units].decode("utf-8", "ignore"))


def units(line: str, encoding: PositionEncoding) -> int:
    """The length of ``line`` in units."""
    if encoding is PositionEncoding.UTF_32 or line.isascii():
        return len(line)
    if encoding is PositionEncoding.UTF_16:
        return len(line.encode("utf-16-le", "surrogatepass")) // 2
    return len(line.encode("utf-8", "surrogatepass"))


def without_lone_surrogates(text: str) -> str:
    """``text`` with each unpaired surrogate, which JSON can carry and UTF-8 cannot, replaced by U+FFFD.

    The replacement is as long as what it replaces in all three encodings (3 bytes, 1 unit, 1 code point), so the
    editor's positions stay right.
    """
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= ch <= "\udfff" else ch for ch in text)
    return text
