"""What is kept beside the live sequence: states in spare sequences, and checkpoints in host memory."""

import ctypes
from collections import deque
from collections.abc import Callable

import numpy as np

from foretoken.runtime.checkpoints import Checkpoint, Checkpoints, Kind
from foretoken.runtime.context import WHOLE, CacheFull, Context, DecodeError
from foretoken.runtime.counters import Counters
from foretoken.runtime.mtp import Mtp
from foretoken.runtime.spares import Spare, Spares
from foretoken.runtime.state_files import StoredState
from foretoken.runtime.token_ids import TokenIds, common_prefix

LIVE, SCRATCH, FIRST_SPARE = 0, 1, 2
# A prompt that gives up more evaluated tokens than this has left for another place; the old one is kept.
LEFT_BEHIND = 32
NOTED_CONTEXTS = 4


class Kept:
    """For the live sequence that holds ``live``. Copies of it are made when no rollback waits; the caller sees to that."""

    def __init__(
        self,
        context: Context,
        mtp: Mtp | None,
        hybrid: bool,
        live: TokenIds,
        checkpoint_bytes: int,
        counters: Counters,
    ) -> None:
        self._context = context
        self._mtp = mtp
        self._live = live
        self.checkpoints = Checkpoints(checkpoint_bytes)
        self.spares = Spares(range(FIRST_SPARE, context.n_seq))
        self._counters = counters
        self._hybrid = hybrid
        self._contexts: deque[np.ndarray] = deque(maxlen=NOTED_CONTEXTS)

    def best(self, token_ids: np.ndarray) -> tuple[Checkpoint, int] | None:
        """The longest checkpoint from which ``token_ids`` can go on and that a sequence has the cells for, and that one."""
        for checkpoint in self.checkpoints.usable(token_ids):
            donor = self.donor(checkpoint.token_ids)
            if donor is not None:
                return checkpoint, donor
        return None

    def donor(self, token_ids: np.ndarray) -> int | None:
        """A sequence whose attention cells hold ``token_ids`` from its beginning."""
        if _holds(self._live.view, token_ids):
            return LIVE
        for spare in self.spares.held():
            if _holds(spare.token_ids, token_ids):
                return spare.sequence
        return None

    def leave(self, prompt: np.ndarray, n_prompt: int, needed: int | None) -> None:
        """The live sequence is about to become another: keep what no other holds, when it may be wanted again.

        n_prompt: how many of its tokens came from a prompt. needed: the sequence that ``prompt`` will be restored from.
        """
        evaluated = self._live.view[:n_prompt]
        lost = n_prompt - common_prefix(evaluated, prompt)
        if lost <= LEFT_BEHIND:
            return
        if any(_holds(spare.token_ids, evaluated[:-LEFT_BEHIND]) for spare in self.spares.held()):
            return
        victim = self.spares.victim(evaluated, needed)
        if victim is not None:
            self._place(victim, self._live.view.copy(), None)

    def keep_tail(self, prompt: np.ndarray) -> None:
        """The state at the prompt's end and its logits: the next key's prompt is often the same, or a token longer."""
        logits = self._context.logits()[0]
        found = self.spares.find(prompt) or self.spares.victim(prompt)
        if found is None:
            self.save(Kind.TAIL, prompt, logits.copy())
        else:
            self._place(found, prompt, logits)

    def save(self, kind: Kind, token_ids: np.ndarray, logits: np.ndarray | None = None) -> None:
        """A checkpoint in host memory. Failing is no harm: the next prompt goes back further."""
        if found := self.checkpoints.find(token_ids):
            self.checkpoints.touch(found)
            return
        checkpoint = self.checkpoints.reserve(token_ids, kind, self._context.state_size(LIVE), self._reachable)
        if checkpoint is None:
            return
        if self._context.save(LIVE, checkpoint.buffer, checkpoint.size):
            checkpoint.logits = logits
            checkpoint.mtp = self._mtp.mark() if self._mtp else None
            self.checkpoints.keep(checkpoint)
            self._counters.checkpoints_made += 1
        else:
            self.checkpoints.give_back(checkpoint)

    def make_room(self, error: CacheFull) -> None:
        """Give up a spare sequence. Raises DecodeError when there is none."""
        spare = self.spares.least()
        if spare is None:
            raise DecodeError(f"the context window is full: {error}") from error
        self._drop(spare)
        self._counters.sequences_evicted += 1

    def note_context(self, token_ids: np.ndarray) -> None:
        """A repository's context that a dense model has evaluated; a recurrent one has a checkpoint there."""
        if not any(np.array_equal(token_ids, other) for other in self._contexts):
            self._contexts.append(token_ids)

    def contexts(self) -> list[np.ndarray]:
        """The token ids of the repository contexts whose states are held."""
        return [*self._contexts, *(checkpoint.token_ids for checkpoint in self.checkpoints.of_kind(Kind.CONTEXT))]

    def export(self, token_ids: np.ndarray, fits: Callable[[int], bool]) -> StoredState | None:
        """The whole state after ``token_ids``, as ``contexts`` has them; None when it cannot be had, or its size is none
        that ``fits``."""
        checkpoint = self.checkpoints.find(token_ids)
        donor = self.donor(token_ids)
        if donor is None or (self._hybrid and checkpoint is None) or self._context.n_seq <= SCRATCH:
            return None
        self._context.copy(donor, SCRATCH, len(token_ids))
        try:
            if checkpoint and not self._context.restore(SCRATCH, checkpoint.buffer, checkpoint.size, len(token_ids)):
                return None
            size = self._context.state_size(SCRATCH, WHOLE)
            if not fits(size):
                return None
            data = (ctypes.c_uint8 * size)()
            if not self._context.save(SCRATCH, data, size, WHOLE):
                return None
        finally:
            self._context.cut(SCRATCH, 0)
        last = checkpoint.mtp.last if checkpoint and checkpoint.mtp else np.zeros(0, np.float32)
        return StoredState(token_ids, last, data)

    def clear(self) -> None:
        self.checkpoints.clear()
        self.spares.clear()
        self._contexts.clear()

    def _place(self, spare: Spare, token_ids: np.ndarray, logits: np.ndarray | None) -> None:
        """``spare`` becomes a copy of the live sequence."""
        kept = spare.logits
        self._context.copy(LIVE, spare.sequence)
        spare.token_ids = token_ids
        if self._mtp:
            spare.mtp = self._mtp.mark()
            self._mtp.copy(LIVE, spare.sequence)
        if logits is None:
            spare.logits = None
        elif kept is None:
            spare.logits = logits.copy()
        else:
            np.copyto(kept, logits)
        self.spares.touch(spare)

    def _drop(self, spare: Spare) -> None:
        self._context.cut(spare.sequence, 0)
        if self._mtp:
            self._mtp.drop(spare.sequence)
        self.spares.release(spare)

    def _reachable(self, token_ids: np.ndarray) -> bool:
        return self.donor(token_ids) is not None


def _holds(token_ids: np.ndarray, beginning: np.ndarray) -> bool:
    return np.array_equal(token_ids[: len(beginning)], beginning)
