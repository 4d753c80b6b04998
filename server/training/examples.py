"""Random training examples from a package's files, each within a budget of characters."""

import random

from training.context import Package, place
from training.segments import Cut, Piece, SourceFile, first_lines, infill_pieces, plain_pieces, random_cut, random_line

SUFFIX_FIRST_SHARE = 0.3
REPO_SHARE = 0.7
CONTEXT_FROM = 960
"""Excerpts of other files only where this many characters (about 300 tokens) may be used."""

CONTEXT_SHARE = 0.45  # some draws find nothing that fits
FROM_FILE_START = 0.3


def repo_of(package: Package, rng: random.Random) -> str:
    """The name for the repository line, or none."""
    return package.name if rng.random() < REPO_SHARE else ""


def other_files(package: Package, file: SourceFile, cut: Cut, room: int, rng: random.Random) -> list[tuple[str, str]]:
    """1 to 4 excerpts for the place of the cut that together use about `room` characters. What the
    model has to write has no say in their choice."""
    count = rng.randint(1, min(4, max(1, room // 160)))
    return package.excerpts(file, place(cut.prefix, cut.suffix), count, room // count, rng)


def random_infill(package: Package, rng: random.Random, budget: int) -> list[Piece] | None:
    """An infill example; None if the drawn file offers none."""
    file = package.draw(rng)
    room = max(60, budget - len(file.path) - len(package.name))
    with_context = budget >= CONTEXT_FROM and rng.random() < CONTEXT_SHARE
    for_context = int(room * rng.uniform(0.2, 0.6)) if with_context else 0
    cut = random_cut(file.text, rng, room - for_context)
    if cut is None:
        return None
    if with_context:  # a short file leaves the more
        for_context = room - len(cut.prefix) - len(cut.middle) - len(cut.suffix)
    others = other_files(package, file, cut, for_context, rng) if for_context > 80 else []
    return infill_pieces(repo_of(package, rng), file.path, cut, others, rng.random() < SUFFIX_FIRST_SHARE)


def random_plain(package: Package, rng: random.Random, budget: int) -> list[Piece]:
    """Text of one or several files left to right."""
    file = package.draw(rng)
    start = 0 if rng.random() < FROM_FILE_START else random_line(file.text, rng)
    several = budget >= CONTEXT_FROM and rng.random() < CONTEXT_SHARE
    length = int(budget * rng.uniform(0.4, 0.7)) if several else budget
    content = first_lines(file.text, start, length) or file.text[start : start + length]
    others = []
    if several:
        cut = Cut(content[: len(content) // 2], "", "")
        others = other_files(package, file, cut, budget - len(content), rng)
    ended = start + len(content) == len(file.text)
    return plain_pieces([*others, (file.path, content)], repo_of(package, rng), ended)
