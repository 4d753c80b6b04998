"""Which tokens healing allows, on a vocabulary that can be read."""

import pytest

from foretoken.runtime.healing import HealingIndex

PIECES = [
    b"", b" ", b"  ", b"   ", b"    ", b"r", b"re", b"ret", b"u", b"return", b"returned", b" return", b" re", b"turn",
    b"t", b"\n", b"n", b"Mul", b"ti", b"Multiply", b"\xff", b"\xff\xfe", b"x", b"e",
]  # fmt: skip


@pytest.fixture(scope="module")
def index() -> HealingIndex:
    return HealingIndex(PIECES)


def ids(*pieces: bytes) -> list[int]:
    return [PIECES.index(piece) for piece in pieces]


def allowed(index: HealingIndex, *removed: bytes) -> set[bytes]:
    return {PIECES[i] for i in index.allowed(index.start(ids(*removed)))}


def test_the_longest_end_that_one_token_can_stand_for_is_taken_back(index: HealingIndex):
    assert index.removable(ids(b"x", b"re")) == 1
    assert index.removable(ids(b"x", b"Mul", b"ti")) == 2
    assert index.removable(ids(b"ret", b"u", b"r")) == 3
    assert index.removable(ids(b"x")) == 1
    assert index.removable([]) == 0


def test_tokens_that_begin_with_the_typed_bytes_are_allowed(index: HealingIndex):
    assert allowed(index, b"ret") == {b"ret", b"return", b"returned"}
    assert allowed(index, b" re") == {b" re", b" return"}


def test_of_several_tokens_the_first_may_stay(index: HealingIndex):
    assert allowed(index, b"Mul", b"ti") == {b"Multiply", b"Mul"}


def test_the_last_blank_of_white_space_may_go_to_the_word(index: HealingIndex):
    assert allowed(index, b"    ") == {b" ", b"  ", b"   ", b"    "}
    healing = index.start(ids(b"    "))
    assert index.advance(healing, *ids(b"   ")) == b""
    assert healing.remaining == b" "
    assert {PIECES[i] for i in index.allowed(healing)} >= {b" ", b" return"}
    assert index.advance(healing, *ids(b" return")) == b"return"
    assert healing.remaining == b""


def test_only_the_bytes_beyond_the_typed_ones_are_news(index: HealingIndex):
    healing = index.start(ids(b"ret"))
    assert index.advance(healing, *ids(b"returned")) == b"urned"
    healing = index.start(ids(b"Mul", b"ti"))
    assert index.advance(healing, *ids(b"Mul")) == b""
    assert healing.remaining == b"ti"
    assert {PIECES[i] for i in index.allowed(healing)} == {b"ti"}
    assert index.advance(healing, *ids(b"ti")) == b""


def test_bytes_at_the_end_of_the_order(index: HealingIndex):
    assert allowed(index, b"\xff") == {b"\xff", b"\xff\xfe"}


def test_control_tokens_are_never_allowed(index: HealingIndex):
    for piece in PIECES[1:]:
        assert 0 not in index.allowed(index.start(ids(piece)))
