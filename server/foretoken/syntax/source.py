"""A text together with its bytes, as tree-sitter wants it: code points outside, bytes inside."""

import re
from array import array
from bisect import bisect_left

_CONTINUATION = re.compile(rb"[\x80-\xbf]")
_LONE_RETURN = re.compile(rb"\r(?!\n)")
# So often the text before a place is encoded again before a table of all places is made.
_FEW = 3
_SURROGATE = re.compile("[\ud800-\udfff]")


def utf8(text: str) -> bytes:
    """The text as UTF-8, U+FFFD for lone surrogates: as long, and what tree-sitter's predicates can decode."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode("utf-8")


class Source:
    """text: what the offsets of everybody else count in. data: the same as ``utf8`` writes it; found where not given."""

    __slots__ = ("text", "data", "_continuations", "_lone_returns", "_asked")

    def __init__(self, text: str, data: bytes | None = None) -> None:
        self.text = text
        self.data = utf8(text) if data is None else data
        self._asked = 0
        self._continuations: array[int] | None = None
        self._lone_returns: list[int] | None = None

    def char(self, byte: int) -> int:
        """The code point at a byte offset that stands at a character's border."""
        if len(self.data) == len(self.text):
            return byte
        return byte - bisect_left(self._table(), byte)

    def byte(self, char: int) -> int:
        """The byte offset of a code point."""
        if len(self.data) == len(self.text):
            return char
        if self._continuations is None and self._asked < _FEW:  # an edit asks once or twice
            self._asked += 1
            return len(utf8(self.text[:char]))
        table = self._table()
        low, high = 0, len(table)
        while low < high:  # the k-th continuation byte, at p, belongs to code point p - k - 1
            middle = (low + high) // 2
            if table[middle] - middle <= char:
                low = middle + 1
            else:
                high = middle
        return char + low

    def line(self, row: int, byte: int) -> int:
        """LSP's line of a byte offset in tree-sitter's row: to LSP a lone carriage return ends a line, too."""
        if self._lone_returns is None:
            self._lone_returns = [match.start() for match in _LONE_RETURN.finditer(self.data)]
        return row + bisect_left(self._lone_returns, byte) if self._lone_returns else row

    def slice(self, start_byte: int, end_byte: int) -> str:
        """The text between two byte offsets."""
        found = self.data[start_byte:end_byte].decode("utf-8", "replace")
        if "\ufffd" in found:  # it may stand for a lone surrogate
            return self.text[self.char(start_byte) : self.char(end_byte)]
        return found

    def _table(self) -> "array[int]":
        if self._continuations is None:
            self._continuations = array("L", (match.start() for match in _CONTINUATION.finditer(self.data)))
        return self._continuations
