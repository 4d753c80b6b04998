"""What is kept beside the live states: states in spare sequences, and checkpoints in host memory."""

import ctypes
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from foretoken.runtime.checkpoints import Checkpoint, Checkpoints, Kind
from foretoken.runtime.context import WHOLE, Context
from foretoken.runtime.counters import Counters
from foretoken.runtime.mtp import MtpCache
from foretoken.runtime.spares import Spare, Spares
from foretoken.runtime.state_files import StoredState
from foretoken.runtime.token_ids import common_prefix

if TYPE_CHECKING:
    from foretoken.runtime.live_state import LiveState

# llama.cpp's sequences: the first live state's, one for the time of a call, the spare ones, and those of further live
# states behind them.
LIVE, SCRATCH, FIRST_SPARE = 0, 1, 2
# A prompt that gives up more evaluated tokens than this has left for another place; the old one is kept.
LEFT_BEHIND = 32
NOTED_CONTEXTS = 4


class Kept:
    """For all live states of a context. Copies of one are made when no rollback waits; the caller sees to that."""

    def __init__(
        self, context: Context, mtp: MtpCache | None, hybrid: bool, checkpoint_bytes: int, counters: Counters
    ) -> None:
        self._context = context
        self._mtp = mtp
        self.lives: list[LiveState] = []
        self.checkpoints = Checkpoints(checkpoint_bytes)
        self.spares = Spares(range(FIRST_SPARE, context.n_seq - context.n_lanes + 1))
        self._counters = counters
        self._hybrid = hybrid
        self._contexts: deque[np.ndarray] = deque(maxlen=NOTED_CONTEXTS)
        self.doubtful = False  # ``forget`` is due

    def others(self, live: "LiveState") -> "list[LiveState]":
        """The other live states whose cells can be copied now."""
        return [other for other in self.lives if other is not live and other.can_give]

    def best(self, live: "LiveState", token_ids: np.ndarray) -> tuple[Checkpoint, int] | None:
        """The longest checkpoint from which ``token_ids`` can go on and that a sequence has the cells for, and that one."""
        for checkpoint in self.checkpoints.usable(token_ids):
            donor = self.donor(checkpoint.token_ids, live)
            if donor is not None:
                return checkpoint, donor
        return None

    def donor(self, token_ids: np.ndarray, first: "LiveState | None" = None) -> int | None:
        """A sequence whose attention cells hold ``token_ids`` from its beginning; that of ``first``, if it does."""
        if first is not None and first.sequence is not None and _holds(first.token_ids, token_ids):
            return first.sequence
        for live in self.lives:
            if live.can_give and _holds(live.token_ids, token_ids):
                return live.sequence
        for spare in self.spares.held():
            if _holds(spare.token_ids, token_ids):
                return spare.sequence
        return None

    def leave(self, live: "LiveState", prompt: np.ndarray, needed: int | None) -> None:
        """A live state is about to become another: keep what no other holds, when it may be wanted again.

        needed: the sequence that ``prompt`` will be restored from.
        """
        evaluated = live.token_ids[: live.n_prompt]
        lost = live.n_prompt - common_prefix(evaluated, prompt)
        if lost <= LEFT_BEHIND:
            return
        if any(_holds(spare.token_ids, evaluated[:-LEFT_BEHIND]) for spare in self.spares.held()):
            return
        victim = self.spares.victim(evaluated, needed, live.owner)
        if victim is not None:
            self._place(victim, live, live.token_ids.copy(), None)

    def set_aside(self, live: "LiveState") -> None:
        """The whole of a live state that will be wanted again."""
        token_ids = live.token_ids.copy()
        spare = self.spares.find(token_ids) or self.spares.victim(token_ids, owner=live.owner)
        if spare is not None:
            self._place(spare, live, token_ids, None)

    def keep_tail(self, live: "LiveState", prompt: np.ndarray, logits: np.ndarray) -> None:
        """The state at the prompt's end and its logits: the next key's prompt is often the same, or a token longer."""
        found = self.spares.find(prompt) or self.spares.victim(prompt, owner=live.owner)
        if found is None:
            self.save(live, Kind.TAIL, prompt, logits.copy())
        else:
            self._place(found, live, prompt, logits)

    def save(self, live: "LiveState", kind: Kind, token_ids: np.ndarray, logits: np.ndarray | None = None) -> None:
        """A checkpoint in host memory. Failing is no harm: the next prompt goes back further."""
        if found := self.checkpoints.find(token_ids):
            self.checkpoints.touch(found)
            return
        assert live.sequence is not None
        size = self._context.state_size(live.sequence)
        checkpoint = self.checkpoints.reserve(token_ids, kind, size, self._reachable, live.owner)
        if checkpoint is None:
            return
        if self._context.save(live.sequence, checkpoint.buffer, checkpoint.size):
            checkpoint.logits = logits
            checkpoint.mtp = live.mtp.mark() if live.mtp else None
            self.checkpoints.keep(checkpoint)
            self._counters.checkpoints_made += 1
        else:
            self.checkpoints.give_back(checkpoint)

    def make_room(self) -> bool:
        """Give up a spare sequence, or else what a state holds on which nobody is at work. False when there is none."""
        spare = self.spares.least()
        if spare is not None:
            self._drop(spare)
        else:
            resting = (live for live in self.lives if not live.busy and live.sequence is not None)
            found = next((live for live in resting if len(live.token_ids)), None)
            if found is None or found.sequence is None:
                return False
            self._context.cut(found.sequence, 0)
            found.empty()
        self._counters.sequences_evicted += 1
        return True

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

    def forget(self, unknown: "Sequence[LiveState]" = ()) -> None:
        """Hold nothing. States at work, but for the ``unknown`` ones, still know by their tokens what they held."""
        self.doubtful = False
        self._context.clear()
        if self._mtp:
            self._mtp.clear()
        self.checkpoints.clear()
        self.spares.clear()
        self._contexts.clear()
        for live in self.lives:
            if live.busy and live not in unknown:
                live.stand_up()
            elif live.sequence is not None:
                live.empty()

    def _place(self, spare: Spare, live: "LiveState", token_ids: np.ndarray, logits: np.ndarray | None) -> None:
        """``spare`` becomes a copy of a live state."""
        assert live.sequence is not None
        kept = spare.logits
        self._context.copy(live.sequence, spare.sequence)
        spare.token_ids = token_ids
        if live.mtp and self._mtp:
            spare.mtp = live.mtp.mark()
            self._mtp.copy(live.sequence, spare.sequence)
        if logits is None:
            spare.logits = None
        elif kept is None:
            spare.logits = logits.copy()
        else:
            np.copyto(kept, logits)
        self.spares.touch(spare, live.owner)

    def _drop(self, spare: Spare) -> None:
        self._context.cut(spare.sequence, 0)
        if self._mtp:
            self._mtp.drop(spare.sequence)
        self.spares.release(spare)

    def _reachable(self, token_ids: np.ndarray) -> bool:
        return self.donor(token_ids) is not None


def _holds(token_ids: np.ndarray, beginning: np.ndarray) -> bool:
    return np.array_equal(token_ids[: len(beginning)], beginning)
