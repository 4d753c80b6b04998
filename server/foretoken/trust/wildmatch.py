"""Git's wildcard patterns as regular expressions whose matching time is bounded.

The meaning is that of Git's ``wildmatch.c`` with WM_PATHNAME, read from its documentation (``gitignore(5)``) and tried
against ``git check-ignore``: ``*`` and ``?`` and ``[...]`` never match a slash; ``**`` does where it is a whole path
component. Git matches bytes, so patterns and paths are given as ``as_bytes_text`` makes them: one character a byte.

An ignore file is written by whoever wrote the repository. The plain translation of ``*a*a*a*b`` takes time that grows
with a power of the name's length for every star. Here what follows a star is matched at its first occurrence and that
choice is never taken back (an atomic group): as everything between two stars has a fixed length, the first one is
always as good as a later one.
"""

import re

_BELONGS = {
    "alnum": str.isalnum,
    "alpha": str.isalpha,
    "blank": " \t".__contains__,
    "cntrl": lambda ch: ch < " " or ch == "\x7f",
    "digit": str.isdigit,
    "graph": lambda ch: "!" <= ch <= "~",
    "lower": str.islower,
    "print": lambda ch: " " <= ch <= "~",
    "punct": lambda ch: "!" <= ch <= "~" and not ch.isalnum(),
    "space": " \t\n\v\f\r".__contains__,
    "upper": str.isupper,
    "xdigit": "0123456789abcdefABCDEF".__contains__,
}
# A set of characters is a number with a bit for each: a pattern may repeat large sets many times.
_CLASSES = {name: sum(1 << n for n in range(128) if belongs(chr(n))) for name, belongs in _BELONGS.items()}
_SLASH = 1 << ord("/")
_STAR = "*"  # a piece of its own; a star that stands for itself is the piece ``\\*``
_SPECIAL = "*?[\\"


class NeverMatches(ValueError):
    """The pattern is malformed; Git lets such a pattern match nothing."""


def as_bytes_text(text: str) -> str:
    """``text`` with one character for each byte of its UTF-8 form."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def literal(pattern: str) -> bool:
    """Whether the pattern stands for itself alone."""
    return not any(ch in _SPECIAL for ch in pattern)


def path_regex(pattern: str) -> str:
    """A regular expression that, by ``fullmatch``, tells paths relative to the ignore file's folder that match.

    pattern: without its leading and its trailing slash. Raises NeverMatches.
    """
    # Git compares the part before the first wildcard by itself and hands the rest to wildmatch, for which a ``**`` at
    # the very start is a whole component: so ``foo**/bar`` means ``foo``, anything, ``bar``.
    head = next((n for n, ch in enumerate(pattern) if ch in _SPECIAL), len(pattern))
    chunks: list[list[str]] = [[]]
    at, deep_end = 0, False
    while at < len(pattern):
        if pattern[at] != "*":
            piece, at = _one(pattern, at)
            chunks[-1].append(piece)
            continue
        end = at
        while end < len(pattern) and pattern[end] == "*":
            end += 1
        whole = at in (0, head) or pattern[at - 1] == "/"
        if end - at < 2 or not whole or (end < len(pattern) and pattern[end] != "/"):
            chunks[-1].append(_STAR)
        elif end == len(pattern):
            deep_end = True
        else:
            chunks.append([])
            end += 1
        at = end
    tail = ".*" if deep_end else ""
    first, *others = (_chunk(chunk) for chunk in chunks)
    if not others:
        return first + tail
    *inner, last = others
    middle = "".join(f"(?>(?:.*?/)??{chunk})" for chunk in inner if chunk)
    return f"{first}{middle}(?:.*/)?{last}{tail}"


def _chunk(pieces: list[str]) -> str:
    """The expression of pieces with stars that do not cross a slash. The last star of a component may try again, for
    what follows it must end where the component ends; the others hold what they found first."""
    out: list[str] = []
    at = 0
    while at < len(pieces):
        if pieces[at] != _STAR:
            out.append(pieces[at])
            at += 1
            continue
        end = at + 1
        while end < len(pieces) and pieces[end] not in (_STAR, "/"):
            end += 1
        fixed = "".join(pieces[at + 1 : end])
        more = end < len(pieces) and pieces[end] == _STAR
        out.append(f"(?>[^/]*?{fixed})" if more else f"[^/]*{fixed}")
        at = end
    return "".join(out)


def _one(pattern: str, at: int) -> tuple[str, int]:
    """The expression for what matches exactly one character at ``at``, and where the next thing begins."""
    ch = pattern[at]
    if ch == "?":
        return "[^/]", at + 1
    if ch == "[":
        return _set(pattern, at + 1)
    if ch == "\\":
        at += 1
        if at == len(pattern):
            raise NeverMatches("a backslash at the end")
        ch = pattern[at]
    return re.escape(ch), at + 1


def _set(pattern: str, at: int) -> tuple[str, int]:
    """``[...]`` from behind its opening bracket."""

    def char(index: int) -> str:
        if index >= len(pattern):
            raise NeverMatches("a set that is not closed")
        return pattern[index]

    negated = char(at) in "!^"
    at += negated
    members = 0
    previous = ""
    first = True
    while first or char(at) != "]":
        first = False
        ch = char(at)
        if ch == "\\":
            at += 1
            ch = char(at)
            members |= 1 << ord(ch)
        elif ch == "-" and previous and at + 1 < len(pattern) and pattern[at + 1] != "]":
            at += 1
            if char(at) == "\\":
                at += 1
            members |= _between(ord(previous), ord(char(at)))
            ch = ""
        elif ch == "[" and pattern[at + 1 : at + 2] == ":":
            end = pattern.find("]", at + 2)
            if end < 0:
                raise NeverMatches("a set that is not closed")
            if end >= at + 3 and pattern[end - 1] == ":":
                members |= _class(pattern[at + 2 : end - 1])
                ch, at = "", end
            else:
                members |= 1 << ord(ch)
        else:
            members |= 1 << ord(ch)
        previous = ch
        at += 1
    return _written(members, negated), at + 1


def _between(first: int, last: int) -> int:
    """The set of all characters from one to another, one bit a character; empty when they are the wrong way round."""
    return (1 << last + 1) - (1 << first) if first <= last else 0


def _written(members: int, negated: bool) -> str:
    """A set as an expression of ranges: as short as what it was written from, whatever it holds. Never with a slash."""
    members = members | _SLASH if negated else members & ~_SLASH
    if not members:
        return "(?!)"
    out = ["[^" if negated else "["]
    at = 0
    while members:
        skipped = (members & -members).bit_length() - 1
        members >>= skipped
        length = (~members & members + 1).bit_length() - 1
        members >>= length
        at += skipped
        out.append(f"\\x{at:02x}" + (f"-\\x{at + length - 1:02x}" if length > 1 else ""))
        at += length
    return "".join(out) + "]"


def _class(name: str) -> int:
    members = _CLASSES.get(name)
    if members is None:
        raise NeverMatches(f"no such class: {name}")
    return members
