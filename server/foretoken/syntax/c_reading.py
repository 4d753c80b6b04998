"""What the parser is to see of a text in C or C++ (see ``c_macros``), kept up to date over edits.

All of it anew would take longer than parsing what an edit touched.
"""

import re

from foretoken.syntax.c_macros import DIRECTIVE, balanced_branches, blank_macros

# What a macro's call may hold; what it cannot, outside of these.
_WITHIN_CALL = re.compile(rb"\"(?:\\.|[^\"\\\n])*+\"|\([^()\n]*+\)")
_ENDS_CALL = re.compile(rb"[;{}\"]")
_NOT_BLANK = re.compile(rb"\S")


class Reading:
    """read: what the parser sees, as long as the text. branches: where each ``#if`` with more than one branch is, in bytes,
    the outermost ones alone. Immutable."""

    __slots__ = ("read", "_data", "_balanced", "branches", "_cplusplus")

    def __init__(self, data: bytes, cplusplus: bool) -> None:
        self._data = data
        self._cplusplus = cplusplus
        self._balanced, self.branches = balanced_branches(data)
        self.read = blank_macros(self._balanced, cplusplus=cplusplus)

    def edited(self, data: bytes, start: int, end: int, new_end: int) -> tuple["Reading", int, int, int]:
        """The reading of ``data``, which has other bytes from ``start`` to ``new_end`` where this text had them up to
        ``end``; and where the two differ in what is read, said in the same way."""
        after = object.__new__(Reading)
        after._data, after._cplusplus = data, self._cplusplus
        tail = len(self._data) - _line_end(self._data, end)
        start = data.rfind(b"\n", 0, start) + 1
        end, new_end = len(self._data) - tail, len(data) - tail
        start, end, new_end = self._branches(after, start, end, new_end)
        start = data.rfind(b"\n", 0, start) + 1
        down = _line_end(data, new_end) - new_end
        end, new_end = end + down, new_end + down
        if self._cplusplus:
            down = max(_calls_end(self._balanced, end) - end, _calls_end(after._balanced, new_end) - new_end)
            start = _calls_start(after._balanced, start)
            end, new_end = end + down, new_end + down
        # What is read of the last line may hang on what the next one begins with.
        beyond = _next_word(after._balanced, new_end) if self._cplusplus else new_end
        anew = blank_macros(after._balanced[start:beyond], cplusplus=self._cplusplus)[: new_end - start]
        before = self.read[start:end]
        after.read = b"".join((self.read[:start], anew, self.read[end:]))
        most = min(len(before), len(anew))
        same = same_start(before, anew, most)
        same_tail = same_end(before, anew, most - same)
        return after, start + same, end - same_tail, new_end - same_tail

    def _branches(self, after: "Reading", start: int, end: int, new_end: int) -> tuple[int, int, int]:
        """Sets what is left of the branches of each ``#if``. The lines given are touched; returns those that change."""
        data, by = after._data, new_end - end
        directives = DIRECTIVE.search(self._data, start, end) or DIRECTIVE.search(data, start, new_end)
        if directives or data[max(start - 3, 0) : start].rstrip(b"\r\n").endswith(b"\\"):
            after._balanced, after.branches = balanced_branches(data)
            first = same_start(self._balanced, after._balanced, start)
            last = same_end(self._balanced, after._balanced, len(data) - new_end)
            return first, len(self._data) - last, len(data) - last
        around = next(((s, e) for s, e in self.branches if s < end and start < e), None)
        after.branches = [(s + by * (s >= end), e + by * (e >= end)) for s, e in self.branches]
        if around is None:
            first, last = start, end
            inner = data[start:new_end]
        else:  # no directive changes, so it is still a group, and its inside alone decides
            first, last = around
            inner, _ = balanced_branches(data[first : last + by])
        after._balanced = b"".join((self._balanced[:first], inner, self._balanced[last:]))
        if around is None:
            return start, end, new_end
        before = self._balanced[first:last]
        same = same_start(before, inner, start - first)
        same_tail = same_end(before, inner, last - end)
        return first + same, last - same_tail, last + by - same_tail


def _calls_start(data: bytes, place: int) -> int:
    """Where to begin to read, so that no macro's call is cut that holds the line at ``place`` or stands right above it."""
    above = len(data[:place].rstrip())
    place = data.rfind(b"\n", 0, above) + 1
    while place and data[place : place + 1] in (b" ", b"\t"):
        before = data.rfind(b"\n", 0, place - 1) + 1
        if _ends_call(data[before : place - 1]):
            break
        place = before
    return place


def _calls_end(data: bytes, place: int) -> int:
    """Where a macro's call that holds the line which ends at ``place`` is over at the latest."""
    first = data.rfind(b"\n", 0, place) + 1
    while data[place + 1 : place + 2] in (b" ", b"\t") and not _ends_call(data[first:place]):
        first, place = place + 1, _line_end(data, place + 1)
    return place


def _ends_call(line: bytes) -> bool:
    return _ENDS_CALL.search(_WITHIN_CALL.sub(b"", line)) is not None


def _next_word(data: bytes, place: int) -> int:
    found = _NOT_BLANK.search(data, place)
    return found.end() if found else len(data)


def _line_end(data: bytes, offset: int) -> int:
    end = data.find(b"\n", offset)
    return len(data) if end < 0 else end


def same_start(one: bytes, other: bytes, most: int) -> int:
    """How many bytes two texts begin with alike, at most so many."""
    if one[:most] == other[:most]:
        return most
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            most = middle - 1
    return low


def same_end(one: bytes, other: bytes, most: int) -> int:
    """How many bytes two texts end with alike, at most so many."""
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            most = middle - 1
    return low
