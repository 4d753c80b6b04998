"""Copying the rest of the last line with the same start."""

import pytest

from training.baseline import copied

BEFORE = "import os\n\ndef f(a):\n    x = load(a)\n    x = load(b)\n\n\ndef g(b):\n    if b:\n"


@pytest.mark.parametrize(
    ("typed", "rest"),
    [
        ("    x = lo", "ad(b)"),  # the later one
        ("        x = lo", "ad(b)"),  # however deep it stands
        ("def f", "(a):"),
        ("    ", "if b:"),  # nothing typed: the latest line with just that indentation
        ("        ", ""),
        ("", "def g(b):"),
        ("    x = load(b)", ""),  # a line that ends there says nothing
        ("class", ""),
    ],
)
def test_copied(typed: str, rest: str) -> None:
    assert copied(BEFORE, typed) == rest
