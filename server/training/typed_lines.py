"""Complete a line that somebody is typing, the way the server asks for it.

The prompt is cut at the line start; what is typed stands behind `<|fim_middle|>`; the
last typed token is taken back and generation is held to its bytes ("healed"), because a
half-typed word is rarely a token of its own.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from training.gguf_model import GgufModel
from training.segments import (
    END,
    FILE_SEP,
    FIM_MIDDLE,
    FIM_PREFIX,
    FIM_SUFFIX,
    REPO_NAME,
    Cut,
    SourceFile,
    first_lines,
    infill_pieces,
)

PREFIX_LENGTH, SUFFIX_LENGTH = 900, 350
SPECIALS = (END, REPO_NAME, FILE_SEP, FIM_PREFIX, FIM_SUFFIX, FIM_MIDDLE)
MAX_TOKENS = 40
AT_LINE_START = 0.4
SHORTEST_REST = 4


class HeldOutFile(SourceFile, Protocol):
    """A file of the corpus with what is known of its package."""

    seen: bool


@dataclass(frozen=True)
class Position:
    """A cursor in a file: what stands before the line, what is typed of it, and the truth."""

    repo: str
    path: str
    seen: bool
    prefix: str
    typed: str
    rest: str
    suffix: str


@dataclass(frozen=True)
class Step:
    """One generated token: the text it adds, and the probability of everything up to it."""

    text: str
    cumulative: float


@dataclass(frozen=True)
class Completion:
    """Greedy tokens of the rest of a line; `ended` if the model itself ended the line,
    with `cumulative` the probability of all of it."""

    steps: tuple[Step, ...]
    ended: bool
    cumulative: float

    def whole(self) -> str:
        """All of the text."""
        return "".join(step.text for step in self.steps)

    def partial(self, threshold: float) -> str:
        """As much of the text as is at least this likely."""
        return "".join(step.text for step in self.steps if step.cumulative >= threshold)


def positions(files: Sequence[HeldOutFile], count: int, seed: int) -> list[Position]:
    """`count` random cursors in lines that are not blank and no comments (docstrings are in)."""
    rng = random.Random(seed)
    found: list[Position] = []
    while len(found) < count:
        file = rng.choice(files)
        lines = file.text.split("\n")
        number = rng.randrange(len(lines))
        line = lines[number]
        indent = len(line) - len(line.lstrip())
        if len(line.strip()) < SHORTEST_REST or line.lstrip().startswith("#") or len(line) > 160:
            continue
        column = indent if rng.random() < AT_LINE_START else rng.randrange(indent, len(line))
        if len(line) - column < SHORTEST_REST:
            continue
        start = sum(len(before) + 1 for before in lines[:number])
        first = file.text.rfind("\n", 0, max(0, start - PREFIX_LENGTH)) + 1 if start > PREFIX_LENGTH else 0
        found.append(
            Position(
                file.package,
                file.path,
                file.seen,
                file.text[first:start],
                line[:column],
                line[column:],
                first_lines(file.text, start + len(line), SUFFIX_LENGTH),
            )
        )
    return found


class Completer:
    """Greedy completion of lines with one loaded model."""

    def __init__(self, model: GgufModel) -> None:
        self._model = model
        self._pieces = model.pieces()
        self._special = {text: model.special(text) for text in SPECIALS}

    def prompt(self, position: Position) -> list[int]:
        """Ids up to and including `<|fim_middle|>`."""
        ids: list[int] = []
        cut = Cut(position.prefix, "", position.suffix)
        for piece in infill_pieces(position.repo, position.path, cut)[:-1]:
            ids += [self._special[piece.text]] if piece.special else self._model.encode(piece.text)
        return ids

    def complete(self, position: Position) -> Completion:
        """The rest of the line, up to its end or `MAX_TOKENS`."""
        typed = self._model.encode(position.typed)
        held = self._pieces[typed.pop()] if typed else b""
        ids = self.prompt(position) + typed
        self._model.forget()
        logits = self._model.evaluate(ids, last_only=True)[0]
        cumulative, steps = 1.0, []
        for used in range(len(ids), len(ids) + MAX_TOKENS):
            probabilities = np.exp(logits - logits.max())
            if held:
                fits = [piece.startswith(held) or (piece != b"" and held.startswith(piece)) for piece in self._pieces]
                probabilities *= np.array(fits)
            token_id = int(probabilities.argmax())
            cumulative *= float(probabilities[token_id] / probabilities.sum())
            piece = self._pieces[token_id]
            if not piece:
                return Completion(tuple(steps), True, cumulative)
            new = piece[len(held) :]
            held = held[len(piece) :]
            text = new.decode("utf-8", "replace")
            line, newline, _ = text.partition("\n")
            if line:
                steps.append(Step(line, cumulative))
            if newline:
                return Completion(tuple(steps), True, cumulative)
            logits = self._model.evaluate([token_id], used, last_only=True)[0]
        return Completion(tuple(steps), False, cumulative)
