"""Checkpoints of a recurrent state in pooled host buffers.

A recurrent state cannot be trimmed, so going back means restoring a copy. A copy holds the recurrent part only
(150 MB at 27B); it is good for a sequence whose attention cells hold the same tokens before it.
"""

import ctypes
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from foretoken.runtime.mtp import MtpMark

Buffer = ctypes.Array[ctypes.c_uint8]


class Kind(StrEnum):
    """Where in the prompt a state stands; the value is what ``Timings.restored`` says."""

    TAIL = "tail"  # the prompt's end
    LINE = "line"  # the end of a line that was typed since the anchor
    FILE = "file"  # every so many tokens of the file's prefix
    PREFIX = "prefix_end"
    MIDDLE = "middle"  # behind FIM_MIDDLE
    CONTEXT = "context"  # the end of the repository's context


# What is given up first when there is no more room. Tails are remade at each key.
WORTH = {kind: rank for rank, kind in enumerate(Kind)}


# All are looked through for each prompt; with small models the bytes alone would allow thousands.
MOST_HELD = 64


@dataclass(slots=True, eq=False)
class Checkpoint:
    """The state after ``token_ids``; ``size`` bytes of ``buffer`` are used.

    mtp: None when MTP is off. logits, shape (n_vocab,): those after the last token, where they are known. owner: the
    workspace that it was made for.
    """

    token_ids: np.ndarray
    kind: Kind
    buffer: Buffer
    size: int
    mtp: MtpMark | None = None
    logits: np.ndarray | None = None
    used: int = 0
    owner: str = ""

    @property
    def n_tokens(self) -> int:
        return len(self.token_ids)


class Checkpoints:
    """At most ``byte_limit`` bytes of buffers, kept and used again: a fresh buffer costs its page faults every time."""

    def __init__(self, byte_limit: int) -> None:
        self._byte_limit = byte_limit
        self._held: list[Checkpoint] = []
        self._free: list[Buffer] = []
        self._allocated = 0
        self._clock = 0

    def __len__(self) -> int:
        return len(self._held)

    @property
    def allocated(self) -> int:
        """Bytes of all buffers."""
        return self._allocated

    def find(self, token_ids: np.ndarray) -> Checkpoint | None:
        """The one for exactly these tokens."""
        return next((c for c in self._held if np.array_equal(c.token_ids, token_ids)), None)

    def usable(self, token_ids: np.ndarray) -> list[Checkpoint]:
        """Those from which ``token_ids`` can go on, longest first: beginnings of them, or all with the logits known."""
        found = [
            checkpoint
            for checkpoint in self._held
            if (checkpoint.n_tokens < len(token_ids) or checkpoint.logits is not None)
            and np.array_equal(checkpoint.token_ids, token_ids[: checkpoint.n_tokens])
        ]
        return sorted(found, key=lambda checkpoint: -checkpoint.n_tokens)

    def touch(self, checkpoint: Checkpoint) -> None:
        self._clock += 1
        checkpoint.used = self._clock

    def reserve(
        self, token_ids: np.ndarray, kind: Kind, size: int, reachable: Callable[[np.ndarray], bool], owner: str = ""
    ) -> Checkpoint | None:
        """Room for a new checkpoint, not yet held; None when ``size`` alone is above the limit.

        reachable: whether any sequence still holds such tokens. Those of which none does go first, then those of a
        workspace that holds more than its share.
        """
        while True:
            for number, buffer in enumerate(self._free):
                if len(buffer) >= size:
                    return Checkpoint(token_ids, kind, self._free.pop(number), size, owner=owner)
            if self._allocated + size <= self._byte_limit and len(self._held) < MOST_HELD:
                self._allocated += size
                return Checkpoint(token_ids, kind, (ctypes.c_uint8 * size)(), size, owner=owner)
            if self._free:  # too small for today's state
                self._allocated -= len(self._free.pop())
            elif self._held:
                self._release(self._least_useful(owner, reachable))
            else:
                return None

    def keep(self, checkpoint: Checkpoint) -> None:
        self.touch(checkpoint)
        self._held.append(checkpoint)

    def give_back(self, checkpoint: Checkpoint) -> None:
        """The reserved buffer was not filled."""
        self._free.append(checkpoint.buffer)

    def of_kind(self, kind: Kind) -> list[Checkpoint]:
        return [checkpoint for checkpoint in self._held if checkpoint.kind is kind]

    def clear(self) -> None:
        for checkpoint in list(self._held):
            self._release(checkpoint)

    def _least_useful(self, owner: str, reachable: Callable[[np.ndarray], bool]) -> Checkpoint:
        """One that no sequence can use, else of who holds most, by kind; among equals the one used longest ago."""
        for checkpoint in self._held:
            if not reachable(checkpoint.token_ids):
                return checkpoint
        held = Counter(checkpoint.owner for checkpoint in self._held)
        held[owner] += 1
        share = len(self._held) / len(held)
        choice = [checkpoint for checkpoint in self._held if held[checkpoint.owner] > share] or self._held
        return min(choice, key=lambda checkpoint: (WORTH[checkpoint.kind], checkpoint.used))

    def _release(self, checkpoint: Checkpoint) -> None:
        self._held.remove(checkpoint)
        self._free.append(checkpoint.buffer)
