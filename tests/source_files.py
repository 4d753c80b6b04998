"""Made source files for the tests of the training examples."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.segments import Piece


@dataclass(frozen=True)
class File:
    """A source file as the corpus has it."""

    package: str
    path: str
    text: str
    seen: bool = True
    language: str = "python"


def written(pieces: Sequence[Piece]) -> str:
    """The example as one text."""
    return "".join(piece.text for piece in pieces)


def encode(pieces: Sequence[Piece]) -> tuple[list[int], list[float]]:
    """Four characters are a token; a special token's id is negative."""
    ids: list[int] = []
    weights: list[float] = []
    for piece in pieces:
        new = [-len(piece.text)] if piece.special else [len(piece.text)] * -(-len(piece.text) // 4)
        ids += new
        weights += [piece.weight] * len(new)
    return ids, weights
