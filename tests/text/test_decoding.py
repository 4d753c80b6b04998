"""Bytes to text and back: nothing is lost, and what is found is named."""

import codecs

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from foretoken.text.decoding import Decoded, decode, encode

DECLARATIONS = [
    b"# -*- coding: %s -*-\n",
    b"#!/usr/bin/python\n# coding=%s\r\n",
    b'<?xml version="1.0" encoding="%s"?>\r',
    b'<html><meta charset="%s">',
    b'@charset "%s";',
    b"",
]
CODECS = [
    b"latin-1",
    b"cp1252",
    b"shift_jis",
    b"euc-jp",
    b"iso2022_jp",
    b"hz",
    b"gb18030",
    b"big5",
    b"koi8-r",
    b"utf-16",
]
CODECS += [
    b"utf-7",
    b"idna",
    b"rot13",
    b"hex",
    b"unicode_escape",
    b"undefined",
    b"nosuch",
    b"utf-8-sig",
    b"cp037",
    b"\xff",
]
MARKS = [b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE]


@given(
    mark=st.sampled_from(MARKS),
    declaration=st.sampled_from(DECLARATIONS),
    codec=st.sampled_from(CODECS),
    body=st.binary(max_size=60) | st.text(max_size=30).map(str.encode) | st.text(max_size=20).map(lambda t: t.encode("utf-16-le", "replace")),
)  # fmt: skip
@example(codecs.BOM_UTF8 * 2, b"", b"", b"x")
@example(codecs.BOM_UTF16_LE, b"", b"", b"\0\0a\0")
@example(b"", DECLARATIONS[0], b"shift_jis", b"\x81\xa1\xfc\xfc")
@example(b"", DECLARATIONS[0], b"cp932", b"\xfa\x54")  # one character has two forms in it
def test_the_same_bytes_come_back(mark: bytes, declaration: bytes, codec: bytes, body: bytes) -> None:
    data = mark + (declaration % codec if declaration else b"") + body
    decoded = decode(data)
    assert encode(decoded) == data
    decoded.text.encode("utf-8")  # no lone surrogate reaches anybody


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_is_no_part_of_the_text(encoding: str) -> None:
    text = "a = 'é𝄞'\r\nb\rc\n\nend"
    data = ("\ufeff" + text).encode(encoding)
    assert decode(data) == Decoded(text, encoding, bom=True)
    assert encode(decode(data)) == data


def test_without_a_mark_and_a_declaration_it_is_utf_8() -> None:
    assert decode("é\n".encode()) == Decoded("é\n", "utf-8")
    assert decode(b"") == Decoded("", "utf-8")


@pytest.mark.parametrize(
    "head, encoding",
    [
        ("# -*- coding: cp1251 -*-\n", "cp1251"),
        ("#!/usr/bin/env ruby\n# encoding: koi8-r\n", "koi8-r"),
        ("# vim: set fileencoding=cp1251 :\n", "cp1251"),
        (";; -*- mode: lisp; coding: koi8-r -*-\n", "koi8-r"),
        ('<?xml version="1.0" encoding="windows-1251"?>\n', "cp1251"),
        ("<html>\n<META CHARSET=windows-1251>\n", "cp1251"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">\n', "koi8-r"),
        ('@charset "cp1251";\n', "cp1251"),
    ],
)
def test_a_declared_encoding_is_used(head: str, encoding: str) -> None:
    data = (head + "слово").encode(encoding)
    assert decode(data) == Decoded(head + "слово", encoding)


@pytest.mark.parametrize(
    "head",
    [
        "# coding: nosuchcodec\n",
        "# coding: rot13\n",
        "# coding: idna\n",
        "# coding: unicode_escape\n",
        "# coding: ascii\n",
        "\n\n# coding: cp1251\n",  # the third line is too late
        "x = 1  # encoding: cp1251\n",  # not a line of its own
    ],
)
def test_what_cannot_be_used_falls_back_to_latin_1(head: str) -> None:
    data = head.encode() + b"\xe9\n"
    assert decode(data) == Decoded(head + "é\n", "latin-1")


def test_valid_utf_8_wins_over_what_is_declared() -> None:
    data = "# coding: latin-1\né".encode()
    assert decode(data).encoding == "utf-8"


def test_a_declared_encoding_that_would_lose_bytes_is_not_used() -> None:
    data = b"# coding: cp932\n" + b"\x81\xe6\xfa\x5b"  # both mean U+2235; only the first would be written again
    assert data.decode("cp932").encode("cp932") != data
    assert decode(data).encoding == "latin-1" and encode(decode(data)) == data


def test_text_that_the_encoding_lacks_is_refused_and_not_replaced() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode(Decoded("€", "latin-1"))
