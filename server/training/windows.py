"""Pack training examples into rows of fixed length.

A row holds several infill examples that fit whole, and ends in plain left-to-right text
cut to length; some rows are plain text only.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from training.segments import Piece, SourceFile, random_infill, random_plain

PLAIN_ROW_SHARE = 0.12
POOL = 24
CHARS_PER_TOKEN = 4

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
    """An endless, seeded source of rows. `rng` may be saved and restored with its state."""

    def __init__(self, files: Sequence[SourceFile], encode: Encode, length: int, seed: int) -> None:
        by_package: dict[str, list[SourceFile]] = defaultdict(list)
        for file in files:
            by_package[file.package].append(file)
        self._packages = list(by_package.values())
        self._sizes = [sum(len(file.text) for file in package) for package in self._packages]
        self._encode = encode
        self._length = length
        self.rng = random.Random(seed)
        self._pool: list[tuple[list[int], list[float]]] = []

    def _package(self) -> list[SourceFile]:
        return self.rng.choices(self._packages, self._sizes)[0]

    def _fill_pool(self) -> None:
        while len(self._pool) < POOL:
            pieces = random_infill(self._package(), self.rng)
            if pieces is None:
                continue
            example = self._encode(pieces)
            if len(example[0]) <= self._length:
                self._pool.append(example)

    def row(self) -> Row:
        """The next row: exactly the asked length."""
        row = Row()
        if self.rng.random() >= PLAIN_ROW_SHARE:
            self._fill_pool()
            while True:
                room = self._length - len(row.ids)
                fitting = [i for i, example in enumerate(self._pool) if len(example[0]) <= room]
                if not fitting:
                    break
                row.add(*self._pool.pop(self.rng.choice(fitting)))
        while len(row.ids) < self._length:
            room = self._length - len(row.ids)
            ids, weights = self._encode(random_plain(self._package(), self.rng, room * CHARS_PER_TOKEN))
            row.add(ids[:room], weights[:room])
        return row
