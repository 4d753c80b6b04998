"""The blank lines of blocks that a word ends, the ends of sections, and what a string interpolates."""

import pytest

from at_cursor import check

BLANK_LINES = [
    ("shellscript", "if a; then\n    b\n^\nelse\n    c\nfi\n", "code | - | 1-3 | -"),
    ("shellscript", "if a; then\n    b\n  ^\nelif c; then\n    d\nfi\n", "code | - | 1-3 | -"),
    ("shellscript", "if a; then\n    b\nelif c; then\n    d\n^\nelse\n    e\nfi\n", "code | - | 3-5 | -"),
    ("shellscript", "if a; then\n    b\nelse\n    c\n^\nfi\n", "code | - | 3-5 | -"),
    ("shellscript", "if a; then\n    b^\nelse\n    c\nfi\n", "code | b | 1-2 | -"),
    ("shellscript", "if a; then\n    b\nfi\n^\ncase $x in\n    a) c ;;\nesac\n", "code | - | - | -"),
    ("shellscript", "case $x in\n^\n    a)\n        b\n        ;;\nesac\n", "code | - | 1-5 | -"),
    ("shellscript", "case $x in\n    a)\n        b\n^\n        ;;\nesac\n", "code | - | 2-5 | -"),
    ("shellscript", "case $x in\n    a)\n        b\n^\nesac\n", "code | - | 2-4 | -"),
    ("shellscript", "for i in 1; do\n    a\n^\ndone\n", "code | - | 1-3 | -"),
    ("shellscript", "while a; do\n    b\ndone\n^", "code | - | - | -"),
    ("ruby", "def f(a)\n^\n  x\nend\n", "code | - | 1-3 | f"),
    ("ruby", "def f(a)\n  x\n^\nend\n", "code | - | 1-3 | f"),
    ("ruby", "def f\n^\nend\n", "code | - | 1-2 | f"),
    ("ruby", "def f\nend\n^", "code | - | - | -"),
    ("ruby", "def f\n  x\n^end\n", "code | - | 1-2 | f"),
    ("ruby", "class A < B\n^\nend\n", "code | - | 1-2 | A"),
    ("ruby", "xs.each do |a|\n^\nend\n", "code | - | 1-2 | -"),
    ("ruby", "if a\n  b\n^\nelse\n  c\nend\n", "code | - | 1-3 | -"),
    ("ruby", "while a\n^\nend\n", "code | - | 1-2 | -"),
    ("ruby", "begin\n  a\n^\nend\n", "code | - | 1-3 | -"),
    ("lua", "if a then\n^\nelseif b then\n  c()\nend\n", "code | - | 1-2 | -"),
    ("lua", "if a then\n  b()\nelse\n  c()\n^\nend\n", "code | - | 3-5 | -"),
    ("lua", "local f = function(a)\n  b()\n^\nend\n", "code | - | 1-3 | f"),
    ("lua", "repeat\n  b()\n^\nuntil a\n", "code | - | 1-3 | -"),
    ("python", "def f(x):\n    # why\n    ^\n    return x\n", "code | - | 4-4 | f"),
    ("python", "if x:\n    y\n    ^\n# about z\nz = 1\n", "code | - | 2-2 | -"),
]

SECTIONS = [
    ("# a\n\ntext\n^\n## b\n\nmore\n", "code | - | 1-7 | a"),
    ("# a\n\ntext^\n\n## b\n\nmore\n", "code | text | 1-7 | a"),
    ("# a\n\ntext\n\n^# b\n\nmore\n", "code | # b | 5-7 | b"),
    ("# a\n\n```\nx\n```\n\n^last\n", "code | last | 1-7 | a"),
    ("# a\n\nlast\n^", "code | - | 1-3 | a"),
]

INTERPOLATIONS = [
    ("python", "x = f'a ^{b}'", "string"),
    ("python", "x = f'a {^b}'", "code"),
    ("python", "x = f'a {b}^'", "string"),
    ("python", 'x = f"{b["^k"]}"', "string"),
    ("python", 'x = f"{b[^1]}"', "code"),
    ("python", "x = 'a {^b}'", "string"),
    ("javascript", "x = `a ${^b} c`;", "code"),
    ("javascript", "x = `a ${b} ^c`;", "string"),
    ("typescript", "x = `a ${b(`^`)} c`;", "string"),
    ("ruby", 'x = "a #{b.^c}"', "code"),
    ("ruby", "x = 'a #{^b}'", "string"),
    ("csharp", 'class A { string x = $"a {b^c}"; }', "code"),
    ("scala", 'val x = s"a ${b.^c}"', "code"),
    ("scala", 'val x = s"a ^ ${b}"', "string"),
    ("kotlin", 'val x = "a ${b.^c}"', "code"),
    ("swift", 'let x = "a \\(b.^c)"', "code"),
    ("php", '<?php $x = "a {$b->^c}";', "code"),
    ("shellscript", 'x="a $(b ^c)"', "code"),
    ("shellscript", 'x="a ${b^b} c"', "code"),
    ("shellscript", 'x="a ^ ${b} c"', "string"),
]


def at(language: str, marked: str) -> str:
    assert marked.count("^") == 1
    return check(language, marked.replace("^", "<CURSOR>"))


@pytest.mark.parametrize(("language", "marked", "expected"), BLANK_LINES, ids=lambda value: None)
def test_a_blank_line(language: str, marked: str, expected: str) -> None:
    assert at(language, marked) == expected


@pytest.mark.parametrize(("marked", "expected"), SECTIONS, ids=lambda value: None)
def test_an_end_of_a_section(marked: str, expected: str) -> None:
    assert at("markdown", marked) == expected


@pytest.mark.parametrize(("language", "marked", "role"), INTERPOLATIONS, ids=lambda value: None)
def test_what_a_string_interpolates_is_code(language: str, marked: str, role: str) -> None:
    assert at(language, marked).partition(" ")[0] == role
