"""Private keys as text: the armour of RFC 7468 (PEM), of OpenSSH, OpenPGP and PuTTY, also inside string literals."""

import re
from collections.abc import Iterator

# At most so much of a text is one key: RSA with 16,384 bits takes 13,000 characters, an OpenPGP key with pictures more.
LONGEST_KEY = 64 * 1024
_MARKS = ("---- BEGIN SSH2", "-----BEGIN ", "-----BEGIN%20", "Private-Lines: ")
_MARK = re.compile("|".join(_MARKS))
_HEAD = re.compile(
    r"-----BEGIN(?: |%20)(?:(?:[A-Z0-9]{1,12}(?: |%20)){0,4}PRIVATE(?: |%20)KEY(?: BLOCK)?|OpenVPN Static key V1)-----"
    r"|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----|Private-Lines: [0-9]{1,4}(?=[\r\n\\])"
)
# White space, and what stands between two lines of a key inside of a string literal.
# Of a line within a comment or a quotation, as it is or as JSON writes it.
_LEAD = r"(?:\n|\\n)[ \t]{0,80}+(?://[/!]?|[#*>%|]{1,3}+|--)(?=[ \t\r\n\\]|\Z)"
_WRITTEN = r"<br ?/?>|&#(?:1[03]|[xX][aAdD]);|%0[aAdD]"  # an end of a line in a page or a URL
_GAP = rf"(?:{_LEAD}|{_WRITTEN}|\\[nrt]|[\s\"'`+,;.\\])++"
_FIELD = r"(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID|Subject):[^\n\\]{0,200}+"
_GAPS = re.compile(rf"(?:{_GAP}|{_FIELD})*+")
_WHOLE = re.compile(rf"(?:{_GAP}|{_FIELD}|[A-Za-z0-9+/=]++)*+")
# Where no end follows: long lines, and a last short one.
_OPEN = re.compile(rf"(?:{_GAP}|{_FIELD}|[A-Za-z0-9+/=]{{20,}}+)*+(?:[A-Za-z0-9+/=]{{1,19}}+(?=[\s\"'`\\]|\Z))?")
# Part of a line of a key; what is blanked out, or a row of one letter in documentation, has no digit or no capital.
_RUN = re.compile(r"(?=[a-z0-9+/=]{0,63}[A-Z])[A-Za-z0-9+/=]{20}")
_TRAILING = re.compile(rf"(?:{_LEAD}|{_WRITTEN}|\\[nrt]|[\s\"'`,;\\]|(?<=[\s\"'`])[+.])+\Z")


def key_bodies(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of what stands between the first and last line of each private key, its headers left out.

    A key that is cut off at its end counts as far as it goes. Bounded: each character is looked at a few times.
    """
    if not any(mark in text for mark in _MARKS):
        return
    position = 0
    while (found := _MARK.search(text, position)) is not None:
        position = found.end()
        head = _HEAD.match(text, found.start())
        if head is None:
            continue
        span, position = _body(text, head.end())
        if span is not None:
            yield span


def open_key(text: str) -> int | None:
    """Where a private key begins that goes on behind the end of ``text``; None when there is none."""
    start = text.rfind("-----BEGIN ", max(0, len(text) - LONGEST_KEY))
    if start < 0:
        return None
    head = _HEAD.match(text, start)
    if head is None or text.find("-----", head.end()) >= 0:
        return None
    return start if _OPEN.fullmatch(text, head.end()) is not None else None


def _body(text: str, head_end: int) -> tuple[tuple[int, int] | None, int]:
    """The body behind a first line, and where to look on."""
    limit = min(len(text), head_end + LONGEST_KEY)
    dashes = text.find("----", head_end, limit)
    ended = dashes >= 0 and text.startswith(("-----END", "---- END"), dashes)
    if dashes >= 0:
        limit = dashes
    start = _GAPS.match(text, head_end, limit).end()  # type: ignore[union-attr]  # it matches nothing at all, too
    if not ended or _WHOLE.fullmatch(text, start, limit) is None:
        limit = _OPEN.match(text, start, limit).end()  # type: ignore[union-attr]
    if _RUN.search(text, start, limit) is None:
        return None, max(head_end, limit)
    trailing = _TRAILING.search(text, max(start, limit - 64), limit)
    return (start, trailing.start() if trailing else limit), limit
