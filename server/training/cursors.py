"""Cursors in held-out files, and the prompt that the server would send for each.

The window around the cursor is cut by the server's own code, so that what is measured is
what runs. Text is tokenized between special tokens as a whole, by the runtime too.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from foretoken.prompt.window import block_lines, prefix_blocks, suffix_blocks
from training.context import Package, place
from training.segments import Cut, Piece, SourceFile, infill_pieces

CHARS_PER_TOKEN, PREFIX_SHARE = 3.0, 0.7
"""As in the server's infill prompt (a test holds that both agree)."""

CONTEXT_SHARE, EXCERPTS = 0.35, 3
AT_LINE_START = 0.4
SHORTEST_REST = 4
LONGEST_LINE = 160
DRAWS_PER_POSITION = 10_000
"""Before files are called unfit. About one line of three is drawn in vain."""


class HeldOutFile(SourceFile, Protocol):
    """A file of the corpus with what is known of its package."""

    seen: bool


@dataclass(frozen=True)
class Position:
    """A cursor in a file. `before`: the file up to the cursor's line; `typed`: that line up to the
    cursor; `rest`: what has to be found; `after`: the file from the end of the line on."""

    file: HeldOutFile
    before: str
    typed: str
    rest: str
    after: str

    @property
    def at_line_start(self) -> bool:
        """Whether nothing but indentation is typed."""
        return not self.typed.strip()


def by_package(files: Sequence[HeldOutFile]) -> list[list[HeldOutFile]]:
    """The files of each package."""
    found: dict[str, list[HeldOutFile]] = defaultdict(list)
    for file in files:
        found[file.package].append(file)
    return list(found.values())


def random_file(files: Sequence[HeldOutFile], rng: random.Random) -> HeldOutFile:
    """One of the files, a long one as much more often as it is longer."""
    return rng.choices(files, [len(file.text) for file in files])[0]


def positions(files: Sequence[HeldOutFile], count: int, seed: int) -> list[Position]:
    """`count` random cursors in lines that are not blank and no comments (docstrings are in).

    Every package is as likely, then every such line of it.
    """
    rng = random.Random(seed)
    packages = [(some, list(accumulate(file.text.count("\n") + 1 for file in some))) for some in by_package(files)]
    found: list[Position] = []
    for _ in range(count * DRAWS_PER_POSITION):
        if len(found) == count:
            break
        some, counts = rng.choice(packages)
        file = rng.choices(some, cum_weights=counts)[0]
        lines = file.text.split("\n")
        number = rng.randrange(len(lines))
        line = lines[number]
        indent = len(line) - len(line.lstrip())
        if len(line.strip()) < SHORTEST_REST or line.lstrip().startswith("#") or len(line) > LONGEST_LINE:
            continue
        column = indent if rng.random() < AT_LINE_START else rng.randrange(indent, len(line) - SHORTEST_REST + 1)
        start = sum(len(before) + 1 for before in lines[:number])
        before, after = file.text[:start], file.text[start + len(line) :]
        found.append(Position(file, before, line[:column], line[column:], after))
    if len(found) < count:
        raise ValueError(f"no lines to put cursors into, in {len(files)} files")
    return found


def excerpts(position: Position, package: Package, n_prompt: int, seed: int) -> list[tuple[str, str]]:
    """Excerpts of other files of the package, chosen as in training."""
    wanted = place(position.before + position.typed, position.after)
    length = int(n_prompt * CHARS_PER_TOKEN * CONTEXT_SHARE) // EXCERPTS
    return package.excerpts(position.file, wanted, EXCERPTS, length, random.Random(seed))


def prompt(position: Position, n_prompt: int, others: Sequence[tuple[str, str]] = ()) -> list[Piece]:
    """Pieces up to and including `<|fim_middle|>` and what is typed: what the server sends to a model
    that was trained for `n_prompt` tokens. Excerpts, which it does not send yet, come off the window's room."""
    file = position.file
    room = int(n_prompt * CHARS_PER_TOKEN)
    lines = block_lines(room)
    step = max(room // 4, 1)
    budget = max(0, room - (len(position.typed) // step + 1) * step - len(file.path) - len(file.package))
    budget = max(0, budget - sum(len(path) + len(content) for path, content in others))
    suffix = suffix_blocks(position.after, max(int(budget * (1 - PREFIX_SHARE)), budget - len(position.before)), lines)
    prefix = prefix_blocks(position.before, budget - sum(len(block.text) for block in suffix), lines)
    cut = Cut("".join(block.text for block in prefix), position.typed, "".join(block.text for block in suffix))
    return infill_pieces(file.package, file.path, cut, others)[:-1]
