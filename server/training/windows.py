"""Pack training examples into rows of fixed length.

A row is made from the seed and its key alone, so a run that was killed goes on with the very
rows that it would have had. It holds infill, edit and plain examples that fit whole, and
ends in plain left-to-right text cut to length.
"""

import random
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from training.context import Package
from training.edits import random_edit
from training.examples import random_infill, random_plain
from training.segments import Piece, SourceFile

CHARS_PER_TOKEN = 3.2
PLAIN_SHARE, EDIT_SHARE = 0.19, 0.08
"""Of the examples. With the ends of the rows, plain text is a fifth to a quarter of the tokens."""

SHORTEST = 200
"""Characters of the shortest examples. The logarithm of the length is evenly distributed, so short
examples are many, and long ones have a good share of the tokens."""

SHORTEST_ROOM = 80

Encode = Callable[[Sequence[Piece]], tuple[list[int], list[float]]]


@dataclass
class Row:
    """Token ids, their loss weights (as targets) and the example each belongs to."""

    ids: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)

    def add(self, ids: list[int], weights: list[float]) -> None:
        """Append an example. Its first token cannot be known, so it does not count."""
        number = self.segments[-1] + 1 if self.segments else 0
        self.ids += ids
        self.weights += [0.0, *weights[1:]]
        self.segments += [number] * len(ids)


class Windows:
    """Rows of training examples from the files, packages in proportion to their text."""

    def __init__(self, files: Sequence[SourceFile], encode: Encode, seed: int) -> None:
        by_package: dict[tuple[str, str], list[SourceFile]] = defaultdict(list)
        for file in files:
            if file.text:
                by_package[file.package, file.language].append(file)
        self._packages = [Package(some) for some in by_package.values()]
        self._weights = list(accumulate(sum(len(file.text) for file in package.files) for package in self._packages))
        self._encode = encode
        self._seed = seed

    def row(self, key: int | tuple[int, ...], length: int, longest: int) -> Row:
        """The row of this key: exactly `length` tokens of examples of at most `longest` tokens."""
        rng = random.Random(f"{self._seed}:{key}")
        row = Row()
        while (room := length - len(row.ids)) >= SHORTEST_ROOM:
            example = self._example(rng, min(room, longest))
            if example is None:
                break
            row.add(*example)
        while len(row.ids) < length:
            room = min(length - len(row.ids), longest)
            ids, weights = self._encode(random_plain(self._package(rng), rng, int(room * 5)))
            row.add(ids[:room], weights[:room])
        return row

    def _package(self, rng: random.Random) -> Package:
        at = bisect(self._weights, rng.random() * self._weights[-1])
        return self._packages[min(at, len(self._packages) - 1)]

    def _example(self, rng: random.Random, room: int) -> tuple[list[int], list[float]] | None:
        """An example of at most `room` tokens; None if four tries brought none."""
        most = room * CHARS_PER_TOKEN
        budget = SHORTEST * max(1, most / SHORTEST) ** rng.random()
        kind = rng.random()
        for _ in range(4):
            package = self._package(rng)
            pieces = None
            if kind < EDIT_SHARE:
                pieces = random_edit(package, rng, int(most))
            elif kind < EDIT_SHARE + PLAIN_SHARE:
                pieces = random_plain(package, rng, int(budget))
            if pieces is None:
                pieces = random_infill(package, rng, int(budget))
            if pieces is None:
                continue
            ids, weights = self._encode(pieces)
            if len(ids) <= room:
                return ids, weights
            most, budget = 0.7 * most, 0.7 * budget
        return None
