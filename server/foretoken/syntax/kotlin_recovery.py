"""Kotlin with a mistake in it, as its grammar can read it: what holds the mistake becomes blanks.

One mistake anywhere, and the grammar finds no class or function in the whole file any more: while somebody types, nothing
would be known of where they are. So the bodies of functions go first, found by their indentation, which holds when the
braces do not; those that are right in themselves come back. Everything keeps its place.
"""

import re
from collections.abc import Callable

_INDENT = re.compile(rb"[ \t]*")
_OPENS = re.compile(rb"\{[ \t]*+(?:[\w, :()<>?]{0,200}->)?[ \t]*+(?://.*)?\r?$")
_TYPE = re.compile(rb"(?<![:.\w])(?:class|interface|object)\b")
_OUTSIDE = re.compile(rb"(?:import|package|typealias|@file)\b")
_COMMENT = re.compile(rb"[ \t]*(?://|/?\*)")
# A constructor on a line of its own is read; with an annotation or `public` before it it is not.
_CONSTRUCTOR = re.compile(
    rb"\b(?:class|object)[ \t]++\w++(?:<[^<>{}\n]{0,200}+>)?"
    rb"([ \t\r]*+\n\s*+(?:(?:@\w++(?:\([^()\n]{0,200}+\))?|public|internal|private|protected)\s++){1,8}+)(?=constructor\b)"
)
_PRIMARY = re.compile(rb"(?:\w+[ \t]+)?constructor\b")
_MOST_LINES = 5_000
_LONGEST_HEAD = 60  # lines


def without_mistakes(data: bytes, has_mistake: Callable[[bytes], bool]) -> bytes:
    """As many bytes and lines. has_mistake: whether the grammar finds one in a text; asked of all of it and of each body."""
    if b"constructor" in data:
        joined = _CONSTRUCTOR.sub(lambda match: _blanked(match, 1), data)
        if joined != data and not has_mistake(joined):
            return joined
        data = joined
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
        if opens is None or _COMMENT.match(head) or _is_type(lines, place - 1):
            continue
        indent = _indent(head)
        first = place
        while place < len(lines) and (not lines[place].strip() or _indent(lines[place]) > indent):
            place += 1
        if place == len(lines) or not lines[place].lstrip().startswith(b"}"):
            lines[first - 1] = head[: opens.start()] + _blank(head[opens.start() :])
        found.append((first, place))
    return found


def _is_type(lines: list[bytes], place: int) -> bool:
    """Whether the head that ends on a line is that of a class. It may be many lines long."""
    least = max(place - _LONGEST_HEAD, 0)
    while True:
        line = lines[place].strip()
        if _TYPE.search(line):
            return True
        above = _above(lines, place - 1, least)
        if line.startswith(b")"):  # where that bracket is opened
            while above >= least and _indent(lines[above]) > _indent(lines[place]):
                above = _above(lines, above - 1, least)
        elif not _PRIMARY.match(line) and not (above >= least and lines[above].rstrip().endswith((b",", b":", b"("))):
            return False
        while above >= least and lines[above].lstrip().startswith(b"@"):
            above = _above(lines, above - 1, least)
        if above < least or lines[above].rstrip().endswith((b"{", b"}")):
            return False
        place = above


def _above(lines: list[bytes], place: int, least: int) -> int:
    """The first line from there upwards that is not blank; less than ``least`` where there is none."""
    while place >= least and not lines[place].strip():
        place -= 1
    return place


def _blank_members(lines: list[bytes], has_mistake: Callable[[bytes], bool]) -> None:
    """Every member away, and what belongs to its lines, that has a mistake alone within a class."""
    place = 0
    while place < len(lines):
        first, text = place, lines[place].strip()
        place += 1
        if not text or _COMMENT.match(lines[first]) or text in (b"}", b"{", b"(", b")") or _OUTSIDE.match(text):
            continue
        place = _member_end(lines, first)
        opens = _OPENS.search(lines[place - 1])
        member = b"\n".join(lines[first:place])
        if _TYPE.search(member) or _is_type(lines, place - 1 if opens else first):
            continue
        alone = member[: len(member) - len(lines[place - 1]) + opens.start()] + b"{}" if opens else member
        if not has_mistake(b"class A {\n" + alone + b"\n}\n"):
            continue
        indent = _indent(lines[first])
        lines[first:place] = [_blank(line) for line in lines[first:place]]
        if opens:  # its end with it
            end = next((i for i in range(place, len(lines)) if lines[i].strip()), None)
            if end is not None and lines[end].strip() == b"}" and _indent(lines[end]) == indent:
                lines[end] = _blank(lines[end])


def _member_end(lines: list[bytes], first: int) -> int:
    """Behind the last line of a member, or of its head where a body follows: annotations above it, indented lines and
    closing brackets are part of it."""
    place, indent = first + 1, _indent(lines[first])
    annotation = lines[first].lstrip().startswith(b"@")
    while place < len(lines) and place - first < _LONGEST_HEAD and not _OPENS.search(lines[place - 1]):
        text = lines[place].strip()
        if not text or _COMMENT.match(lines[place]):
            break
        if _indent(lines[place]) <= indent and not text.startswith((b")", b"]")):
            if not annotation:
                break
            annotation = text.startswith(b"@")
        place += 1
    return place


def _indent(line: bytes) -> int:
    found = _INDENT.match(line)
    return found.end() if found else 0


def _blank(line: bytes) -> bytes:
    return re.sub(rb"[^\r\n]", b" ", line)


def _blanked(match: "re.Match[bytes]", group: int) -> bytes:
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    return match[0][:start] + _blank(match[0][start:end]) + match[0][end:]
