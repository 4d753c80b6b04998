"""Shares with intervals, similarity, calibration, the choice of a threshold."""

import math

import pytest

from training.figures import calibration, edit_similarity, lowest_threshold, share


def test_a_share_is_of_the_sums_and_its_interval_comes_from_the_files_of_one_package() -> None:
    steady = share([(("pkg", file), 1, 2) for file in range(40) for _ in range(5)])
    assert steady == {"value": 0.5, "low": 0.5, "high": 0.5, "files": 40, "packages": 1}
    # The same number of lines, but all of a file alike: less is known.
    few = share([(("pkg", n // 50), n // 50 % 2, 1) for n in range(200)])
    many = share([(("pkg", n), n % 2, 1) for n in range(200)])
    assert few["value"] == many["value"] == 0.5
    assert few["high"] - few["low"] > 2 * (many["high"] - many["low"])
    # Two standard errors of a share of 200 to either side.
    assert many["high"] - many["low"] == pytest.approx(4 * (0.25 / 200) ** 0.5, rel=0.15)
    assert many["low"] < 0.5 < many["high"]
    assert share([(("p", "a"), 3, 4), (("q", "b"), 0, 4)])["value"] == 0.375
    assert math.isnan(share([])["value"])


def test_packages_whose_files_are_alike_make_the_interval_wide() -> None:
    alike = share([((n // 50, n), n // 50 % 2, 1) for n in range(200)])
    mixed = share([((n // 50, n), n % 2, 1) for n in range(200)])
    assert (alike["packages"], alike["files"]) == (mixed["packages"], mixed["files"]) == (4, 200)
    assert alike["value"] == mixed["value"] == 0.5
    # Four packages, two of them all right: as wide as of four throws of a coin.
    assert (alike["low"], alike["high"]) == (0, 1)
    assert mixed["high"] - mixed["low"] < 0.3
    # Packages that do not differ add nothing to what the files say.
    assert mixed["high"] - mixed["low"] == pytest.approx(4 * (0.25 / 200) ** 0.5, rel=0.15)


def test_every_package_counts_with_its_own_size() -> None:
    uneven = [((0, n), 1, 1) for n in range(900)] + [((1 + n, n), 0, 1) for n in range(3)]
    found = share(uneven)
    assert found["value"] == pytest.approx(900 / 903, abs=1e-4)
    assert found["low"] == 0 and found["high"] > 0.999


def test_edit_similarity() -> None:
    assert edit_similarity("kitten", "sitting") == pytest.approx(1 - 3 / 7)
    assert edit_similarity("same", "same") == edit_similarity("", "") == 1
    assert edit_similarity("", "abc") == edit_similarity("abc", "xyz") == 0


def test_calibration() -> None:
    perfect = calibration([(0.25, i < 1) for i in range(4)] + [(0.75, i < 3) for i in range(4)])
    assert perfect["expected calibration error"] == 0
    assert [row["from"] for row in perfect["bins"]] == [0.2, 0.7]
    proud = calibration([(1.0, False), (0.95, True), (0.15, True), (0.15, False)])
    assert [(row["count"], row["predicted"], row["right"]) for row in proud["bins"]] == [
        (2, 0.15, 0.5),
        (2, 0.975, 0.5),
    ]
    assert proud["expected calibration error"] == pytest.approx((0.35 + 0.475) / 2)


def test_the_lowest_threshold_that_is_right_often_enough() -> None:
    rows = [(0.1, 10, 3), (0.3, 8, 6), (0.5, 6, 4), (0.7, 4, 4), (0.9, 0, 0)]
    assert lowest_threshold(rows, 0.7) == 0.3
    assert lowest_threshold(rows[:1], 0.7) is None
