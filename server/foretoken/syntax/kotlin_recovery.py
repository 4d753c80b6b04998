"""Kotlin with a mistake in it, as its grammar can read it: what holds the mistake becomes blanks.

One mistake anywhere, and the grammar finds no class or function in the whole file any more: while somebody types, nothing
would be known of where they are. So the bodies of functions go first, found by their indentation, which holds when the
braces do not; those that are right in themselves come back. Everything keeps its place.
"""

import re
from collections.abc import Callable

_INDENT = re.compile(rb"[ \t]*")
_OPENS = re.compile(rb"\{[ \t]*+(?:[\w, :()<>?]{0,200}->)?[ \t]*+(?://.*)?\r?$")
_TYPE = re.compile(rb"\b(?:class|interface|object)\b")
_OUTSIDE = re.compile(rb"(?:import|package|typealias|@file)\b")
_COMMENT = re.compile(rb"[ \t]*(?://|/?\*)")
_MOST_LINES = 5_000


def without_mistakes(data: bytes, has_mistake: Callable[[bytes], bool]) -> bytes:
    """As many bytes and lines. has_mistake: whether the grammar finds one in a text; asked of all of it and of each body."""
    lines = data.split(b"\n")
    if len(lines) > _MOST_LINES:
        return data
    bodies = _bodies(lines)
    kept = list(lines)
    for first, last in bodies:
        kept[first:last] = [_blank(line) for line in lines[first:last]]
    if has_mistake(b"\n".join(kept)):
        _blank_members(kept, has_mistake)
    for first, last in bodies:
        if kept[first - 1].strip() and not has_mistake(b"fun f() {\n" + b"\n".join(lines[first:last]) + b"\n}\n"):
            kept[first:last] = lines[first:last]
    return b"\n".join(kept)


def _bodies(lines: list[bytes]) -> list[tuple[int, int]]:
    """The lines of each outermost body that is not a type's: from the one below its head to the one above its end.

    A head whose body does not end where it should loses its brace.
    """
    found = []
    place = 0
    while place < len(lines):
        head = lines[place]
        place += 1
        opens = _OPENS.search(head)
        if opens is None or _TYPE.search(head) or _COMMENT.match(head):
            continue
        indent = _indent(head)
        first = place
        while place < len(lines) and (not lines[place].strip() or _indent(lines[place]) > indent):
            place += 1
        if place == len(lines) or not lines[place].lstrip().startswith(b"}"):
            lines[first - 1] = head[: opens.start()] + _blank(head[opens.start() :])
        found.append((first, place))
    return found


def _blank_members(lines: list[bytes], has_mistake: Callable[[bytes], bool]) -> None:
    """Every member away, and what belongs to its line, that has a mistake alone within a class."""
    for place, line in enumerate(lines):
        text = line.strip()
        if (
            not text
            or _COMMENT.match(line)
            or _TYPE.search(line)
            or text in (b"}", b"{", b"(", b")")
            or _OUTSIDE.match(text)
        ):
            continue
        opens = _OPENS.search(line)
        alone = line[: opens.start()] + b"{}" if opens else line
        if not has_mistake(b"class A {\n" + alone + b"\n}\n"):
            continue
        lines[place] = _blank(line)
        if opens:  # its end with it
            end = next((i for i in range(place + 1, len(lines)) if lines[i].strip()), None)
            if end is not None and lines[end].strip() == b"}" and _indent(lines[end]) == _indent(line):
                lines[end] = _blank(lines[end])


def _indent(line: bytes) -> int:
    found = _INDENT.match(line)
    return found.end() if found else 0


def _blank(line: bytes) -> bytes:
    return re.sub(rb"[^\r]", b" ", line)
