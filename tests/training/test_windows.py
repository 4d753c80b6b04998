"""Rows are full, seeded, and no example's first token counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.segments import Piece
from training.windows import Windows

TEXT = "import os\n\n\ndef join(parts):\n    if not parts:\n        return ''\n    return os.path.join(*parts)\n" * 20


@dataclass(frozen=True)
class File:
    package: str
    path: str
    text: str


def encode(pieces: Sequence[Piece]) -> tuple[list[int], list[float]]:
    """Four characters are a token."""
    ids: list[int] = []
    weights: list[float] = []
    for piece in pieces:
        count = 1 if piece.special else -(-len(piece.text) // 4)
        ids += [len(piece.text)] * count
        weights += [piece.weight] * count
    return ids, weights


def test_rows() -> None:
    files = [File("one", f"one/{name}.py", TEXT) for name in "ab"] + [File("two", "two.py", TEXT)]
    rows = [Windows(files, encode, 300, 5) for _ in range(2)]
    for _ in range(30):
        row, again = (source.row() for source in rows)
        assert row == again
        assert len(row.ids) == len(row.weights) == len(row.segments) == 300
        starts = [i for i in range(300) if i == 0 or row.segments[i] != row.segments[i - 1]]
        assert all(row.weights[i] == 0 for i in starts)
        assert [row.segments[i] for i in starts] == list(range(len(starts)))
