"""Bytes to text and back without loss: a file's encoding is found, kept and used again when the file is written.

Line ends and the missing end of the last line are part of the text and stay as they are.
"""

import codecs
import re
from dataclasses import dataclass

# Longest first: UTF-32's mark in little-endian order begins with UTF-16's.
_MARKS = (
    ("utf-32-le", codecs.BOM_UTF32_LE),
    ("utf-32-be", codecs.BOM_UTF32_BE),
    ("utf-8", codecs.BOM_UTF8),
    ("utf-16-le", codecs.BOM_UTF16_LE),
    ("utf-16-be", codecs.BOM_UTF16_BE),
)
_MARK_OF = dict(_MARKS)
# A declaration is looked for in so many bytes of the head; HTML's standard asks for 1,024.
_HEAD = 1024
# PEP 263, which Ruby's and Vim's forms (``# encoding: x``, ``fileencoding=x``) match too, in the first two lines;
# Emacs' form is taken behind any comment sign.
_COOKIE = re.compile(rb"^[ \t\f]*(?:#.*?|.*?-\*-.*?)coding[:=][ \t]*([-\w.]+)")
_DECLARED = (
    re.compile(rb"""\A\s*<\?xml[^>]*?\sencoding\s*=\s*["']([-\w.:]+)["']"""),
    re.compile(rb"""<meta\s[^>]*?charset\s*=\s*["']?\s*([-\w.:]+)""", re.IGNORECASE),
    re.compile(rb"""\A@charset "([-\w.:]+)";"""),
)
# Text codecs of Python that are no encodings of files: escapes, transfer forms, and one whose time is quadratic.
_NO_FILE_ENCODINGS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7", "mbcs", "oem"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """text: all of the file but its byte order mark. encoding: Python's name of it. bom: whether a mark was there."""

    text: str
    encoding: str
    bom: bool = False


def decode(data: bytes) -> Decoded:
    """The text of ``data``; never raises, and ``encode`` gives back the same bytes.

    Tried in this order: the encoding of a byte order mark, UTF-8, what the text declares (a coding cookie, XML's,
    HTML's or CSS' charset), Latin-1. Valid UTF-8 wins over a declaration: text in another encoding is hardly ever
    valid UTF-8 by accident, and declarations are forgotten when a file is converted.
    """
    for encoding, mark in _MARKS:
        if data.startswith(mark):
            text = _strict(data[len(mark) :], encoding)
            if text is not None:
                return Decoded(text, encoding, bom=True)
    text = _strict(data, "utf-8")
    if text is not None:
        return Decoded(text, "utf-8")
    declared = _declared(data[:_HEAD])
    if declared is not None:
        text = _strict(data, declared)
        if text is not None and _same_again(text, declared, data):
            return Decoded(text, declared)
    return Decoded(data.decode("latin-1"), "latin-1")


def encode(decoded: Decoded) -> bytes:
    """The bytes of the file. Raises UnicodeEncodeError when the text was changed and its encoding lacks a character."""
    mark = _MARK_OF[decoded.encoding] if decoded.bom else b""
    return mark + decoded.text.encode(decoded.encoding)


def _strict(data: bytes, encoding: str) -> str | None:
    # Beside UnicodeDecodeError, codecs of several bytes report some wrong input as a plain ValueError.
    try:
        return data.decode(encoding)
    except ValueError:
        return None


def _same_again(text: str, encoding: str, data: bytes) -> bool:
    """Whether nothing is lost: several East Asian encodings have two byte sequences for one character."""
    try:
        text.encode("utf-8")  # everything else in the project counts on text without lone surrogates
        return text.encode(encoding) == data
    except ValueError:
        return False


def _declared(head: bytes) -> str | None:
    """The encoding that the head of a file names, when Python has a codec of that name for text."""
    match = None
    for line in head.splitlines()[:2]:
        match = match or _COOKIE.match(line)
    for pattern in _DECLARED:
        match = match or pattern.search(head)
    if match is None:
        return None
    try:
        codec = codecs.lookup(match[1].decode("ascii"))
    except (LookupError, ValueError):
        return None
    if codec.name.replace("_", "-") in _NO_FILE_ENCODINGS or not codec._is_text_encoding:
        return None
    return codec.name
