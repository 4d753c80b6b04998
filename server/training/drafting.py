"""Greedy generation with drafts of the MTP block, verified by the trunk: how many drafts it takes.

The trunk's recurrent state cannot be cut, so it is saved before each check and restored when a
draft was wrong. Drafts after the first feed the block's own output back as the hidden state.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from training.gguf_model import GgufModel


@dataclass
class Acceptance:
    """Of draft 1, 2, ... (given that those before were right, and up to the last token that was wanted): how many
    were made, and taken. `tokens` and `rounds`: what those rounds gave."""

    made: list[int] = field(default_factory=lambda: [0, 0, 0])
    taken: list[int] = field(default_factory=lambda: [0, 0, 0])
    rounds: int = 0
    tokens: int = 0
    sequences: int = 0
    equal: int = 0

    def report(self) -> dict[str, object]:
        """Shares, tokens per round, and how many outputs equal plain greedy ones."""
        shares = [round(taken / max(1, made), 4) for taken, made in zip(self.taken, self.made, strict=True)]
        return {
            "accepted": shares,
            "drafts made": self.made,
            "tokens per round": round(self.tokens / max(1, self.rounds), 3),
            "sequences": self.sequences,
            "equal to plain greedy": self.equal,
        }


def plain(model: GgufModel, ids: Sequence[int], first: int, count: int, end: int) -> list[int]:
    """`count` greedy tokens after `ids`, the first of them given, or fewer up to the `end` token."""
    out = [first]
    while len(out) < count and out[-1] != end:
        out.append(int(model.evaluate([out[-1]], len(ids) + len(out) - 1, last_only=True)[0].argmax()))
    return out


def drafted(
    model: GgufModel, ids: Sequence[int], hidden: np.ndarray, first: int, count: int, end: int, result: Acceptance
) -> list[int]:
    """The same with drafts. `hidden`: the trunk's states [n, d] at `ids`, which it has just evaluated."""
    depth = len(result.made)
    model.forget_drafts(0)
    out, length = [first], len(ids)
    tokens, states = [*ids[1:], first], hidden  # rows that the MTP block has not had yet
    while len(out) < count and end not in out:
        at = length + 1 - len(tokens)
        logits, own = model.draft_on(tokens, states, at)
        drafts = [int(logits[-1].argmax())]
        for number in range(1, depth):
            logits, own = model.draft_on(drafts[-1:], own[-1:], length + number)
            drafts.append(int(logits[-1].argmax()))
        saved = model.save()
        checked = model.evaluate([out[-1], *drafts], length).argmax(-1)
        right = next((i for i, draft in enumerate(drafts) if draft != checked[i]), depth)
        tokens = [*drafts[:right], int(checked[right])]
        wanted = _until(tokens, end)[: count - len(out)]
        for number in range(min(len(wanted), depth)):  # a draft of what is not wanted any more does not count
            result.made[number] += 1
            result.taken[number] += number < right
        kept = [out[-1], *drafts[:right]]
        if right < depth:
            model.restore(saved, length)
            model.evaluate(kept, length, last_only=True)
        states = model.hidden(len(kept))
        model.forget_drafts(length + 1)
        length += len(kept)
        out += wanted
        result.rounds += 1
        result.tokens += len(wanted)
    return out


def _until(tokens: list[int], end: int) -> list[int]:
    """The tokens up to and with the first `end`."""
    return tokens[: tokens.index(end) + 1] if end in tokens else tokens


def generate_both_ways(
    model: GgufModel, ids: Sequence[int], first: int, count: int, end: int, result: Acceptance
) -> None:
    """Plainly and with drafts, from `ids`, which the trunk evaluates here."""
    model.forget()
    model.evaluate(ids, last_only=True)
    hidden, saved = model.hidden(len(ids)), model.save()
    expected = plain(model, ids, first, count, end)
    model.restore(saved, len(ids))
    result.sequences += 1
    result.equal += drafted(model, ids, hidden, first, count, end, result) == expected
