"""Checkpoints of a recurrent state in pooled host buffers.

A recurrent state cannot be trimmed, so going back means restoring a copy. A copy holds the recurrent part only
(150 MB at 27B); it is good as long as the attention cells before it hold the same tokens.
"""

import ctypes
from dataclasses import dataclass
from enum import StrEnum

Buffer = ctypes.Array[ctypes.c_uint8]


class Kind(StrEnum):
    """Where in the prompt a checkpoint stands; the value is what ``Timings.restored`` says."""

    PREFIX = "prefix_end"
    MIDDLE = "middle"
    TAIL = "tail"


@dataclass(slots=True)
class Checkpoint:
    """The state after ``n_tokens`` tokens; ``size`` bytes of ``buffer`` are used."""

    n_tokens: int
    kind: Kind
    buffer: Buffer
    size: int
    used: int


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

    def has(self, n_tokens: int) -> bool:
        return any(checkpoint.n_tokens == n_tokens for checkpoint in self._held)

    def newest(self, n_tokens: int) -> Checkpoint | None:
        """The one with the most tokens, at most ``n_tokens``."""
        found = max(
            (checkpoint for checkpoint in self._held if checkpoint.n_tokens <= n_tokens),
            key=lambda checkpoint: checkpoint.n_tokens,
            default=None,
        )
        if found:
            self._clock += 1
            found.used = self._clock
        return found

    def reserve(self, n_tokens: int, kind: Kind, size: int) -> Checkpoint | None:
        """Room for a new checkpoint, not yet held; None when ``size`` alone is above the limit."""
        while True:
            for number, buffer in enumerate(self._free):
                if len(buffer) >= size:
                    return Checkpoint(n_tokens, kind, self._free.pop(number), size, 0)
            if self._allocated + size <= self._byte_limit:
                self._allocated += size
                return Checkpoint(n_tokens, kind, (ctypes.c_uint8 * size)(), size, 0)
            if self._free:  # too small for today's state
                self._allocated -= len(self._free.pop())
            elif self._held:
                self._release(self._least_useful())
            else:
                return None

    def keep(self, checkpoint: Checkpoint) -> None:
        self._clock += 1
        checkpoint.used = self._clock
        self._held.append(checkpoint)

    def give_back(self, checkpoint: Checkpoint) -> None:
        """The reserved buffer was not filled."""
        self._free.append(checkpoint.buffer)

    def drop_after(self, n_tokens: int) -> None:
        """Forget those with more than ``n_tokens`` tokens: the cells that they need are going away."""
        for checkpoint in [c for c in self._held if c.n_tokens > n_tokens]:
            self._release(checkpoint)

    def clear(self) -> None:
        self.drop_after(-1)

    def _least_useful(self) -> Checkpoint:
        """Tails go first, they are remade at each key; among equals the one that was used longest ago."""
        return min(self._held, key=lambda checkpoint: (checkpoint.kind is not Kind.TAIL, checkpoint.used))

    def _release(self, checkpoint: Checkpoint) -> None:
        self._held.remove(checkpoint)
        self._free.append(checkpoint.buffer)
