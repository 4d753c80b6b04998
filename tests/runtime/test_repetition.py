"""Loops are seen, code is not taken for one."""

import numpy as np
import pytest

from foretoken.runtime.repetition import LONGEST_LEGITIMATE, REPEATS, WINDOW, RepetitionGuard


def first_hit(token_ids: list[int]) -> int | None:
    """How many tokens had come when the guard spoke."""
    guard = RepetitionGuard()
    return next((n for n, token_id in enumerate(token_ids, 1) if guard.add(token_id)), None)


@pytest.mark.parametrize("period", [1, 2, 3, 7, 24, 60, 500, 1000])
def test_a_loop_is_seen_in_time(period: int):
    head = list(range(5000, 5100))
    block = list(range(period))
    hit = first_hit(head + block * (200 // period + 6))
    due = max(LONGEST_LEGITIMATE, REPEATS * period)
    assert due <= hit - len(head) <= due + 4  # a period shows after four tokens


@pytest.mark.parametrize(
    "block", [[1] * 20 + [2], [1, 2, 1, 2, 1, 3], [0, 0, 0, 0, 1, 0, 0, 0, 0, 2], [5, 5, 6] * 3 + [7]]
)
def test_a_block_that_repeats_within_itself(block: list[int]):
    hit = first_hit([30, 31, 32] + block * 20)
    due = max(LONGEST_LEGITIMATE, REPEATS * len(block))
    assert due <= hit - 3 <= due + 2 * len(block)


def test_every_hit_is_a_loop():
    random = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        ids = [int(n) for n in random.integers(0, 3, 400) * random.integers(0, 2, 400)]
        ids += ids[-int(random.integers(1, 40)) :] * 30
        hit = first_hit(ids)
        if hit is None:
            continue
        hits += 1
        tail = ids[:hit]
        assert any(
            tail[-length:-period] == tail[period - length :]
            for period in range(1, 260)
            if (length := max(LONGEST_LEGITIMATE, REPEATS * period)) <= len(tail)
        )
    assert hits > 100


@pytest.mark.parametrize(
    "ids",
    [
        [7] * (LONGEST_LEGITIMATE - 1) + [1],  # a row of dashes
        [*range(40)] * 3 + [99],  # three equal blocks
        [n for i in range(300) for n in (1, 2, 1000 + i, 3)],  # lines that differ in one token
        list(np.random.default_rng(0).integers(0, 50, 20_000)),
        [],
    ],
)
def test_what_code_repeats_is_let_through(ids: list[int]):
    assert first_hit([int(n) for n in ids]) is None


def test_after_many_tokens():
    ids = list(range(2 * WINDOW - 50)) + [1, 2, 3, 4, 5] * 60
    assert 2 * WINDOW - 50 + LONGEST_LEGITIMATE <= first_hit(ids) <= 2 * WINDOW - 50 + 2 * LONGEST_LEGITIMATE
    guard = RepetitionGuard()
    for token_id in range(5 * WINDOW):
        guard.add(token_id)
    assert len(guard._ids) <= 2 * WINDOW and len(guard._last) <= 2 * WINDOW
