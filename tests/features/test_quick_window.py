"""How much a key shows of the file whose anchor it had to fix: what the model evaluates while nobody notices."""

from dataclasses import replace

from fakes import MODEL
from foretoken.features.quick_window import LEAST_TOKENS, QUICK_SECONDS, UNKNOWN_TOKENS, quick_room
from foretoken.prompt.infill import CHARS_PER_TOKEN

TRAINED = replace(MODEL, n_prompt=1024)


def tokens(rate: float) -> float:
    room = quick_room(rate, MODEL)
    assert room is not None
    return room / CHARS_PER_TOKEN


def test_as_much_as_the_measured_speed_allows() -> None:
    assert tokens(10_000) == 10_000 * QUICK_SECONDS
    assert tokens(20_000) == 2 * tokens(10_000)


def test_little_while_the_speed_is_not_known_and_never_too_little() -> None:
    assert tokens(0) == UNKNOWN_TOKENS
    assert tokens(1) == LEAST_TOKENS
    assert quick_room(0, None) == UNKNOWN_TOKENS * CHARS_PER_TOKEN


def test_the_whole_window_where_it_takes_no_longer() -> None:
    assert quick_room(1024 / QUICK_SECONDS, TRAINED) is None
    assert quick_room(1024 / QUICK_SECONDS, MODEL) is not None
    assert quick_room(4_000, TRAINED) is not None
    assert quick_room(4_000, replace(MODEL, n_prompt=128)) is None
