"""What is learnt of a machine's speed."""

import random

import pytest

from foretoken.runtime.cost import DecodeCost


def learnt(*calls: tuple[int, float]) -> DecodeCost:
    cost = DecodeCost()
    for rows, seconds in calls:
        cost.observe(rows, seconds)
    return cost


def line(fixed: float, per_row: float, sizes=(1, 1, 2, 4, 64, 1, 33, 256)) -> list[tuple[int, float]]:
    return [(rows, fixed + per_row * rows) for rows in sizes]


def test_nothing_is_known_at_first():
    cost = DecodeCost()
    assert not cost.known
    assert cost.seconds(1) == cost.seconds(256) == 0
    assert cost.rows_within(0.05, 256) == 32
    assert cost.rows_within(0.05, 20) == 20


@pytest.mark.parametrize(("fixed", "per_row"), [(0.01, 0.001), (0.02, 0.0), (0.0, 0.003)])
def test_a_line_is_found(fixed: float, per_row: float):
    cost = learnt(*line(fixed, per_row))
    assert cost.known
    for rows in (1, 5, 100, 300):
        assert cost.seconds(rows) == pytest.approx(fixed + per_row * rows, rel=1e-3)


def test_calls_of_one_size_are_taken_as_all_for_the_rows():
    cost = learnt(*[(64, 0.064)] * 5)
    assert cost.seconds(64) == pytest.approx(0.064)
    assert cost.seconds(1) == pytest.approx(0.001)
    assert cost.rows_within(0.01, 256) == pytest.approx(10, abs=1)


def test_how_many_rows_fit_a_time():
    cost = learnt(*line(0.01, 0.001))
    assert cost.rows_within(0.05, 256) == pytest.approx(40, abs=1)
    assert cost.rows_within(10, 256) == 256
    assert cost.rows_within(0.0, 256) == 8  # it must go on
    assert cost.rows_within(0.0, 256, least=1) == pytest.approx(5, abs=1)  # half of the fixed part again
    assert cost.rows_within(0.0, 4) == 4
    assert learnt(*line(0.01, 0.0)).rows_within(0.02, 256) == 256  # more rows cost nothing


def test_a_machine_that_changes_is_followed():
    cost = learnt(*line(0.01, 0.001) * 10)
    for _ in range(60):
        for rows, seconds in line(0.03, 0.003):
            cost.observe(rows, seconds)
    assert cost.seconds(100) == pytest.approx(0.33, rel=0.02)


def test_one_interruption_says_little():
    """A process that was stopped for a second did not become a thousand times slower."""
    cost = learnt(*line(0.01, 0.001) * 5)
    before = cost.seconds(64)
    cost.observe(1, 30.0)
    assert cost.seconds(64) < 1.2 * before
    assert cost.seconds(1) < 2 * (0.01 + 0.001)


def test_noise_makes_neither_part_negative():
    rng = random.Random(3)
    for _ in range(50):
        cost = learnt(*[(rng.choice((1, 2, 3, 64)), rng.random()) for _ in range(rng.randint(1, 12))])
        small, large = cost.seconds(1), cost.seconds(256)
        assert 0 <= cost.seconds(0) <= small <= large
        assert 8 <= cost.rows_within(rng.random(), 256) <= 256
    falling = learnt((1, 1.0), (100, 0.1), (1, 1.0), (100, 0.1))
    assert falling.seconds(100) == pytest.approx(falling.seconds(1))
