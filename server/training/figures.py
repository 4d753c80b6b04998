"""Figures from results: shares with confidence intervals, similarity of strings, calibration. Pure Python and numpy."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

import numpy as np

RESAMPLES = 1000
BINS = 10


def share(parts: Iterable[tuple[tuple[Hashable, Hashable], float, float]], seed: int = 0) -> dict[str, float]:
    """The sum of numerators over the sum of denominators of ((package, file), numerator, denominator), with a
    95 % interval.

    The lines of one file resemble each other, and the files of one package, so the interval is a bootstrap in two
    stages: packages are drawn with replacement, then, for each time that one was drawn, as many of its files as it
    has (Davison and Hinkley, Bootstrap Methods, 3.8). Of a single package only the files vary; of a handful the
    interval is rather too narrow than too wide.
    """
    sums: dict[Hashable, dict[Hashable, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for (package, file), numerator, denominator in parts:
        sums[package][file][0] += numerator
        sums[package][file][1] += denominator
    tables = [np.array(list(files.values())) for files in sums.values()]
    counts = {"files": sum(map(len, tables)), "packages": len(tables)}
    above, below = sum((table.sum(0) for table in tables), np.zeros(2))
    if not below:
        return {"value": float("nan"), "low": float("nan"), "high": float("nan"), **counts}
    rng = np.random.default_rng(seed)
    times = rng.multinomial(len(tables), [1 / len(tables)] * len(tables), RESAMPLES)
    drawn = np.zeros((RESAMPLES, 2))
    for table, often in zip(tables, times.T, strict=True):
        drawn += rng.multinomial(often * len(table), [1 / len(table)] * len(table)) @ table
    drawn = drawn[drawn[:, 1] > 0]
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], [2.5, 97.5])
    numbers = {"value": above / below, "low": low, "high": high}
    return {**{name: round(float(number), 4) for name, number in numbers.items()}, **counts}


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
