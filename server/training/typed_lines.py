"""Complete a line that somebody is typing, greedily, the way the server does it.

What is typed stands behind `<|fim_middle|>`; the last typed tokens are taken back and
generation is held to their bytes ("healed", by the server's own code), because a half-typed
word is rarely a token of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foretoken.postprocess.confidence import confident_part
from foretoken.postprocess.suggestion import Refusal
from foretoken.runtime.healing import Healing, HealingIndex
from foretoken.text.generation import GeneratedToken
from training.gguf_model import GgufModel
from training.segments import END, FILE_SEP, FIM_MIDDLE, FIM_PREFIX, FIM_SUFFIX, REPO_NAME, Piece

PROMPT_TOKENS = (END, REPO_NAME, FILE_SEP, FIM_PREFIX, FIM_SUFFIX, FIM_MIDDLE)
"""The special tokens that stand in prompts and answers."""

MAX_TOKENS = 40


@dataclass(frozen=True)
class Step:
    """One generated token: the text it adds to the line, the probability of everything up to it,
    and whether it ends the line."""

    text: str
    cumulative: float
    ends: bool = False


@dataclass(frozen=True)
class Completion:
    """The greedy tokens of the rest of a line."""

    steps: tuple[Step, ...]

    @property
    def ended(self) -> bool:
        """Whether the model itself ended the line."""
        return bool(self.steps) and self.steps[-1].ends

    def whole(self) -> str:
        """All of the text."""
        return "".join(step.text for step in self.steps)

    def partial(self, threshold: float) -> tuple[str, float]:
        """As much of the text as is at least this likely, and how likely it is."""
        kept = [step for step in self.steps if step.cumulative >= threshold and step.text]
        return "".join(step.text for step in kept), kept[-1].cumulative if kept else 1.0

    def words(self, threshold: float) -> tuple[str, float]:
        """The same cut back to whole words, by the server's own rule."""
        tokens, before = [], 1.0
        for step in self.steps:
            tokens.append(GeneratedToken(step.text + "\n" * step.ends, step.cumulative / before))
            before = step.cumulative
        part = confident_part(tokens, threshold)
        return ("", 1.0) if isinstance(part, Refusal) else (part[0].text.rstrip("\n"), part[0].probability)

    def judged(self, rest: str) -> list[tuple[float, bool]]:
        """(probability, was it right) of each token up to the first wrong one: what the model was
        asked was true that far."""
        found, text, before = [], "", 1.0
        for step in self.steps:
            text += step.text
            right = text == rest if step.ends else rest.startswith(text)
            found.append((step.cumulative / before, right))
            if not right:
                break
            before = step.cumulative
        return found


class Completer:
    """Greedy completion of lines with one loaded model."""

    def __init__(self, model: GgufModel) -> None:
        self._model = model
        self._pieces = model.pieces()
        self._healing = HealingIndex(self._pieces)
        self._special = {text: model.special(text) for text in PROMPT_TOKENS}

    def ids(self, pieces: Sequence[Piece]) -> list[int]:
        """Ids of an example's pieces."""
        ids: list[int] = []
        for piece in pieces:
            ids += [self._special[piece.text]] if piece.special else self._model.encode(piece.text)
        return ids

    def text(self, ids: Sequence[int]) -> str:
        """The text of tokens."""
        return self._healing.bytes_of(ids).decode("utf-8", "replace")

    def taken_back(self, pieces: Sequence[Piece]) -> tuple[list[int], Healing | None]:
        """The prompt without its last tokens, and what generation has to begin with."""
        ids = self.ids(pieces)
        if pieces[-1].special:
            return ids, None
        count = self._healing.removable(self._model.encode(pieces[-1].text))
        return ids[:-count], self._healing.start(ids[-count:])

    def choose(self, logits: np.ndarray, healing: Healing | None) -> tuple[int, float]:
        """The best token, and its probability among those that healing allows."""
        allowed = self._healing.allowed(healing) if healing and healing.remaining else np.arange(len(logits))
        chosen = logits[allowed]
        best = int(chosen.argmax())
        return int(allowed[best]), float(1 / np.exp(chosen - chosen[best]).sum())

    def complete(self, pieces: Sequence[Piece]) -> Completion:
        """The rest of the line, up to its end or `MAX_TOKENS`."""
        ids, healing = self.taken_back(pieces)
        self._model.forget()
        logits = self._model.evaluate(ids, last_only=True)[0]
        cumulative, steps = 1.0, []
        for used in range(len(ids), len(ids) + MAX_TOKENS):
            token_id, probability = self.choose(logits, healing)
            cumulative *= probability
            piece = self._pieces[token_id]
            if not piece:
                steps.append(Step("", cumulative, True))
                break
            new = self._healing.advance(healing, token_id) if healing else piece
            line, newline, _ = new.decode("utf-8", "replace").partition("\n")
            if line or newline:
                steps.append(Step(line, cumulative, bool(newline)))
            if newline:
                break
            logits = self._model.evaluate([token_id], used, last_only=True)[0]
        return Completion(tuple(steps))
