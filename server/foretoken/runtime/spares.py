"""Sequences that hold states which are likely to be needed again, ready on the device.

Copying a sequence costs microseconds: attention cells are shared, and the recurrent part is copied by the next decode
call. Each one costs its recurrent state's memory, so there are few.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from foretoken.runtime.mtp import MtpMark
from foretoken.runtime.token_ids import common_prefix

# Two prompts are one place in one file when they differ in their last tokens only.
SAME_PLACE = 64
NOTHING = np.zeros(0, np.int32)


@dataclass(slots=True, eq=False)
class Spare:
    """Sequence ``sequence`` holds the state after ``token_ids``; empty = free.

    logits, shape (n_vocab,): those after the last token, where they are known.
    """

    sequence: int
    token_ids: np.ndarray = field(default_factory=lambda: NOTHING)
    logits: np.ndarray | None = None
    mtp: MtpMark | None = None
    used: int = 0

    @property
    def n_tokens(self) -> int:
        return len(self.token_ids)


class Spares:
    """For one thread."""

    def __init__(self, sequences: Sequence[int]) -> None:
        self._spares = [Spare(sequence) for sequence in sequences]
        self._clock = 0

    def held(self) -> list[Spare]:
        return [spare for spare in self._spares if spare.n_tokens]

    def free(self) -> list[Spare]:
        return [spare for spare in self._spares if not spare.n_tokens]

    def touch(self, spare: Spare) -> None:
        self._clock += 1
        spare.used = self._clock

    def find(self, token_ids: np.ndarray) -> Spare | None:
        """The one for exactly these tokens."""
        return next((spare for spare in self.held() if np.array_equal(spare.token_ids, token_ids)), None)

    def newest(self, token_ids: np.ndarray) -> Spare | None:
        """The longest one from which ``token_ids`` can go on: a beginning of them, or all with the logits known."""
        longest = None
        for spare in self.held():
            n_tokens = spare.n_tokens
            usable = n_tokens < len(token_ids) or (n_tokens == len(token_ids) and spare.logits is not None)
            if usable and (longest is None or n_tokens > longest.n_tokens):
                if np.array_equal(spare.token_ids, token_ids[:n_tokens]):
                    longest = spare
        return longest

    def victim(self, token_ids: np.ndarray, needed: int | None = None) -> Spare | None:
        """Whose place a state after ``token_ids`` takes; None when there is none but the ``needed`` sequence.

        A free one; else, when all but one belong to this place, the oldest of these; else the one that was used longest ago
        of all, so that what was left behind elsewhere stays as long as there is room.
        """
        if free := self.free():
            return free[0]
        choice = [spare for spare in self._spares if spare.sequence != needed]
        here = [s for s in choice if common_prefix(s.token_ids, token_ids) >= s.n_tokens - SAME_PLACE]
        crowded = len(here) >= max(1, len(choice) - 1)
        return min(here if crowded else choice, key=lambda spare: spare.used, default=None)

    def oldest(self) -> Spare | None:
        return min(self.held(), key=lambda spare: spare.used, default=None)

    def release(self, spare: Spare) -> None:
        spare.token_ids, spare.mtp, spare.logits = NOTHING, None, None

    def clear(self) -> None:
        for spare in self._spares:
            self.release(spare)
