"""Edits that a made model carries on, or does not."""

import random

import numpy as np
import pytest

from source_files import File
from training.carried_edits import BUDGET, carried_on, split
from training.context import Package
from training.edits import EditWindows, edit_pieces, random_edit
from training.segments import END
from training.typed_lines import PROMPT_TOKENS, Completer

TEXT = (
    "class Box:\n    def put(self, item):\n        self.items = item\n        print(item)\n        return self.items\n\n\n"
    * 8
)
FILES = [File("pkg", "pkg/a.py", TEXT)]


class Knowing:
    """Characters are tokens. Writes what it was told, whatever the prompt."""

    size = 128 + len(PROMPT_TOKENS)

    def __init__(self, answers: list[str]) -> None:
        self._answers, self._left = iter(answers), ""

    def pieces(self) -> list[bytes]:
        return [*(bytes([i]) for i in range(128)), *[b""] * len(PROMPT_TOKENS)]

    def special(self, text: str) -> int:
        return 128 + PROMPT_TOKENS.index(text)

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def forget(self) -> None:
        self._left = next(self._answers) + "\0"

    def evaluate(self, ids: list[int], start: int = 0, last_only: bool = False) -> np.ndarray:
        logits = np.zeros((1, self.size), np.float32)
        # Something else comes after the end: it must not be asked for.
        logits[0, self.special(END) if self._left == "\0" else ord(self._left[0])] = 1
        self._left = self._left[1:] or "x"
        return logits


def test_split() -> None:
    windows = EditWindows(["a\n"], ["b\n"], ["x\n", "f(a)\n"], ["x\n", "f(b)\n"])
    prompt, current, answer = split(edit_pieces("repo", "m.py", windows))
    assert (current, answer) == ("x\nf(a)\n", "x\nf(b)\n")
    assert prompt[-1].text == "m.py updated\n"


@pytest.mark.parametrize("kind", ["answer", "current"])
def test_right_is_only_the_whole_answer(kind: str) -> None:
    rng, drawn, package = random.Random(3), [], Package(FILES)
    while len(drawn) < 30:  # as `carried_on` does it
        pieces = random_edit(rng.choice([package]), rng, BUDGET)
        if pieces:
            drawn.append(split(pieces))
    model = Knowing([answer if kind == "answer" else current for _, current, answer in drawn])
    figures = carried_on(model, Completer(model), FILES, 30, 3)
    assert figures["examples"] == 30
    assert figures["nothing to change"]["value"] == 1
    assert figures["to be changed"]["value"] == (1 if kind == "answer" else 0)
