"""Figures from results: shares with confidence intervals, similarity of strings, calibration. Pure Python and numpy."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

import numpy as np

RESAMPLES = 1000
BINS = 10


def share(parts: Iterable[tuple[Hashable, float, float]], seed: int = 0) -> dict[str, float]:
    """The sum of numerators over the sum of denominators of (file, numerator, denominator), with a
    95 % interval: a bootstrap over files, since the lines of one file resemble each other."""
    sums: dict[Hashable, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for file, numerator, denominator in parts:
        sums[file][0] += numerator
        sums[file][1] += denominator
    if not sums or not sum(below for _, below in sums.values()):
        return {"value": float("nan"), "low": float("nan"), "high": float("nan"), "files": len(sums)}
    table = np.array(list(sums.values()))
    drawn = np.random.default_rng(seed).integers(0, len(table), (RESAMPLES, len(table)))
    above, below = table[drawn].sum(1).T
    ratios = above[below > 0] / below[below > 0]
    low, high = np.percentile(ratios, [2.5, 97.5])
    value = table[:, 0].sum() / table[:, 1].sum()
    rounded = {name: round(float(number), 4) for name, number in (("value", value), ("low", low), ("high", high))}
    return {**rounded, "files": len(table)}


def edit_similarity(one: str, other: str) -> float:
    """1 minus the Levenshtein distance over the length of the longer string; 1 for two empty ones."""
    if not one or not other:
        return float(one == other)
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (left != right))
    return 1 - row[-1] / max(len(one), len(other))


def calibration(results: Sequence[tuple[float, bool]]) -> dict[str, object]:
    """(predicted probability, was it right) in ten bins of equal width; the expected calibration
    error is the mean distance of prediction and share right, weighted by the bins' counts."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for probability, right in results:
        bins[min(int(probability * BINS), BINS - 1)].append((probability, right))
    table, error = [], 0.0
    for number, some in enumerate(bins):
        if not some:
            continue
        predicted = sum(probability for probability, _ in some) / len(some)
        right = sum(right for _, right in some) / len(some)
        error += len(some) * abs(predicted - right) / len(results)
        row = {"from": number / BINS, "count": len(some), "predicted": round(predicted, 4), "right": round(right, 4)}
        table.append(row)
    return {"count": len(results), "expected calibration error": round(error, 4), "bins": table}


def lowest_threshold(shown: Sequence[tuple[float, int, int]], precision: float) -> float | None:
    """Of (threshold, shown, right) the lowest threshold, so the largest coverage, that is right often
    enough; None if there is none."""
    good = [threshold for threshold, count, right in shown if count and right / count >= precision]
    return min(good, default=None)
