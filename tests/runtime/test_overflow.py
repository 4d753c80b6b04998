"""Which pieces go when a prompt does not fit."""

import pytest

from foretoken.runtime.overflow import PromptTooLong, TokenizedPiece, fit
from foretoken.text.pieces import Special, Text


def piece(value: Special | Text, length: int = 1) -> TokenizedPiece:
    return TokenizedPiece(value, tuple(range(length)))


NEAR, FAR, KEPT = Text("near", 2), Text("far", 1), Text("kept")


def names(pieces: list[TokenizedPiece]) -> list[object]:
    return [p.piece for p in pieces]


def test_nothing_goes_while_everything_fits():
    pieces = [piece(FAR, 10), piece(KEPT, 10)]
    assert fit(pieces, 5, 25) == (pieces, 0)


def test_the_lowest_drop_order_goes_first_and_whole():
    kept, dropped = fit([piece(NEAR, 10), piece(FAR, 10), piece(KEPT, 10)], 0, 29)
    assert (names(kept), dropped) == ([NEAR, KEPT], 10)


def test_no_more_goes_than_must():
    kept, dropped = fit([piece(FAR, 3), piece(NEAR, 10), piece(KEPT, 10)], 0, 20)
    assert (names(kept), dropped) == ([NEAR, KEPT], 3)
    kept, dropped = fit([piece(FAR, 3), piece(NEAR, 10), piece(KEPT, 10)], 0, 19)
    assert (names(kept), dropped) == ([KEPT], 13)


def test_equal_pieces_are_told_apart():
    kept, dropped = fit([piece(FAR, 5), piece(KEPT), piece(FAR, 5)], 0, 6)
    assert (names(kept), dropped) == ([KEPT, FAR], 5)


def test_a_file_separator_goes_with_its_text():
    pieces = [piece(Special.FILE_SEP), piece(FAR, 9), piece(Special.FILE_SEP), piece(KEPT, 4)]
    assert names(fit(pieces, 0, 6)[0]) == [Special.FILE_SEP, KEPT]


def test_a_file_separator_stays_with_what_is_left_of_its_file():
    pieces = [piece(Special.FILE_SEP), piece(FAR, 9), piece(KEPT, 4)]
    assert names(fit(pieces, 0, 6)[0]) == [Special.FILE_SEP, KEPT]


def test_what_must_stay_and_does_not_fit_is_an_error():
    with pytest.raises(PromptTooLong, match="10 tokens and 4 to generate, but the window holds 13"):
        fit([piece(KEPT, 10), piece(FAR, 10)], 4, 13)
