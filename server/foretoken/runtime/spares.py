"""Sequences that hold states which are likely to be needed again, ready on the device.

Copying a sequence costs microseconds: attention cells are shared, and the recurrent part is copied by the next decode
call. Each one costs its recurrent state's memory, so there are few.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from foretoken.runtime.mtp import MtpMark
from foretoken.runtime.token_ids import common_prefix

# With so many spares the one that was used last is not given up: going back a token or two is common.
ENOUGH = 3
NOTHING = np.zeros(0, np.int32)


@dataclass(slots=True, eq=False)
class Spare:
    """Sequence ``sequence`` holds the state after ``token_ids``; empty = free.

    logits, shape (n_vocab,): those after the last token, where they are known. base: see Spares. owner: the workspace
    that used it last.
    """

    sequence: int
    token_ids: np.ndarray = field(default_factory=lambda: NOTHING)
    logits: np.ndarray | None = None
    mtp: MtpMark | None = None
    used: int = 0
    base: int = 0
    owner: str = ""

    @property
    def n_tokens(self) -> int:
        return len(self.token_ids)


class Spares:
    """For one thread.

    What is given up first is what costs least to make again: the tokens that no other state shares. So the states of
    one place, which differ in a few tokens, take each other's room, and places that were left stay. Their worth fades:
    it counts from the worth of what had been given up when they were used last (GreedyDual: Young 1994, "The k-server
    dual and loose competitiveness for paging"). No workspace crowds out another: one that holds more than its share gives
    up its own.
    """

    def __init__(self, sequences: Sequence[int]) -> None:
        self._spares = [Spare(sequence) for sequence in sequences]
        self._clock = 0
        self._given_up = 0

    def held(self) -> list[Spare]:
        return [spare for spare in self._spares if spare.n_tokens]

    def free(self) -> list[Spare]:
        return [spare for spare in self._spares if not spare.n_tokens]

    def touch(self, spare: Spare, owner: str = "") -> None:
        self._clock += 1
        spare.used = self._clock
        spare.base = self._given_up
        spare.owner = owner

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

    def victim(self, token_ids: np.ndarray, needed: int | None = None, owner: str = "") -> Spare | None:
        """Whose place a state after ``token_ids`` takes; None when there is none but the ``needed`` sequence."""
        if free := self.free():
            return free[0]
        choice = [spare for spare in self._spares if spare.sequence != needed]
        if len(choice) >= ENOUGH:
            choice.remove(max(choice, key=lambda spare: spare.used))
        held = Counter(spare.owner for spare in self._spares)
        held[owner] += 1
        return self._give_up(_above_share(choice, held, len(self._spares)), token_ids)

    def least(self) -> Spare | None:
        """The one to give up when the attention cache is full; None when there is none."""
        held = self.held()
        tokens: Counter[str] = Counter()
        for spare in held:
            tokens[spare.owner] += spare.n_tokens
        return self._give_up(_above_share(held, tokens, tokens.total()), NOTHING)

    def _give_up(self, choice: list[Spare], token_ids: np.ndarray) -> Spare | None:
        worth = {spare.sequence: spare.base + self._own(spare, token_ids) for spare in choice}
        found = min(choice, key=lambda spare: (worth[spare.sequence], spare.used), default=None)
        if found is not None:
            self._given_up = max(self._given_up, worth[found.sequence])
        return found

    def _own(self, spare: Spare, token_ids: np.ndarray) -> int:
        """How many of its tokens neither another spare nor ``token_ids`` begins with."""
        others = [other.token_ids for other in self.held() if other is not spare]
        return spare.n_tokens - max(common_prefix(spare.token_ids, other) for other in (*others, token_ids))

    def release(self, spare: Spare) -> None:
        spare.token_ids, spare.mtp, spare.logits = NOTHING, None, None

    def clear(self) -> None:
        for spare in self._spares:
            self.release(spare)


def _above_share(choice: list[Spare], held: "Counter[str]", total: int) -> list[Spare]:
    """Those of ``choice`` whose owners hold at least their part of ``total``; all of them when there are none."""
    share = total / max(1, len(held))
    above = [spare for spare in choice if held[spare.owner] > share]
    return above or choice
