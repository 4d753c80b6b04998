"""What the sequences hold, and how much of it a new prompt can use again.

Every reuse must equal a fresh evaluation. A dense model's cache is cut at the end of the common prefix. A recurrent
state cannot be cut: it goes on from where it is, from a spare sequence, or from a checkpoint in host memory together
with the attention cells of any sequence that holds the same tokens. Whenever a call fails, what is held is unknown and
everything is forgotten before the next prompt, so that no answer comes from a wrong state.
"""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from foretoken.runtime.checkpoints import Checkpoint, Kind
from foretoken.runtime.context import WHOLE, CacheFull, Context, DecodeError
from foretoken.runtime.cost import DecodeCost
from foretoken.runtime.counters import Counters
from foretoken.runtime.kept import LIVE, SCRATCH, Kept
from foretoken.runtime.mtp import Mtp, MtpMark
from foretoken.runtime.state_files import StoredState
from foretoken.runtime.token_ids import TokenIds, common_prefix
from foretoken.text.cancel import CancelToken

RESTORED_NOTHING = ""
RESTORED_CELLS = "prefix"
RESTORED_LIVE = "live"
# A copy from host memory costs more than evaluating a few tokens beside those that are evaluated anyway.
HOST_COPY_WORTH = 8


class Preempted(Exception):
    """More urgent work waits. What was evaluated is held, and is used again when the same prompt comes back."""


class Sequences:
    """The live sequence, and what is kept beside it. For one thread."""

    def __init__(
        self, context: Context, mtp: Mtp | None, hybrid: bool, checkpoint_bytes: int, counters: Counters
    ) -> None:
        self._context = context
        self._mtp = mtp
        self._hybrid = hybrid
        self._counters = counters
        self.cost = DecodeCost()
        self._live = TokenIds(context.n_ctx + context.n_ubatch)
        self.kept = Kept(context, mtp, hybrid, self._live, checkpoint_bytes, counters)
        self._n_prompt = 0  # tokens of the live sequence that came from a prompt
        self._row: np.ndarray | None = None  # the logits of a restored state
        self._pending = False  # a rollback waits for the next call; a copy would be of the state before it
        self._held: int | None = None
        self._known = True

    @property
    def token_ids(self) -> np.ndarray:
        """The tokens that the live sequence holds, int32. A view: good until the next call."""
        return self._live.view

    @property
    def can_hold(self) -> bool:
        """Whether the live state may be copied now, as ``hold`` and ``branch`` do: no rollback waits."""
        return not self._pending and self._context.n_seq > SCRATCH

    def rewind(self, prompt: np.ndarray) -> str:
        """Keep as much of ``prompt`` as can be used again. Returns what was restored, as ``Timings.restored`` has it."""
        if not self._known:
            self.forget()
        self._row = None
        self._known = False
        restored = self._rewind_recurrent(prompt) if self._hybrid else self._rewind_cells(prompt)
        self._known = True
        self._n_prompt = len(self._live)
        if restored:
            self._counters.restored[restored] += 1
        return restored

    def evaluate(
        self,
        prompt: np.ndarray,
        marks: Mapping[int, Kind],
        cancel: CancelToken,
        seconds: float,
        yield_now: Callable[[], bool] | None = None,
    ) -> None:
        """Evaluate what of ``prompt`` is not held yet; the last token has logits.

        marks: numbers of tokens after which a checkpoint is kept. seconds: how long one call may take about. Raises
        Cancelled or Preempted (when ``yield_now`` says so) between calls, which leaves a state that is right, and
        DecodeError.
        """
        end = len(prompt)
        if len(self._live) == end:
            return
        borders = sorted(mark for mark in marks if len(self._live) < mark < end) + [end] if self._hybrid else [end]
        for border in borders:
            while (start := len(self._live)) < border:
                cancel.check()
                if yield_now is not None and yield_now():
                    raise Preempted
                stop = min(border, start + self.cost.rows_within(seconds, self._context.n_ubatch))
                self._decode(prompt[start:stop], int(stop == end))
                self._n_prompt = stop
            if border in marks and self._hybrid:
                self.kept.save(marks[border], prompt[:border])
        if self._hybrid:
            self.kept.keep_tail(prompt)
        else:
            for mark, kind in marks.items():
                if kind is Kind.CONTEXT:
                    self.kept.note_context(prompt[:mark])

    def extend(self, token_ids: Sequence[int], n_outputs: int) -> None:
        """Evaluate generated tokens, and drafted ones; the last ``n_outputs`` have logits."""
        self._decode(token_ids, n_outputs)

    def logits(self, count: int = 1) -> np.ndarray:
        """Shape (count, n_vocab): of the last tokens. A view, good until the next call."""
        if self._row is not None:
            return self._row[None]
        return self._context.logits(count)

    def roll_back(self, n_tokens: int) -> None:
        """Keep ``n_tokens``: at most ``Context.n_rollback`` fewer, all of which the last call evaluated."""
        if n_tokens == len(self._live):
            return
        self._known = False
        if not self._context.cut(LIVE, n_tokens):
            raise DecodeError("the last tokens could not be taken back")
        self._live.cut(n_tokens)
        self._pending = self._hybrid
        if self._mtp:
            self._mtp.cut(n_tokens)
        self._known = True

    def hold(self, rows: int) -> None:
        """Be able to come back to this state after one call of ``rows`` rows, with ``fall_back``."""
        self._context.copy(LIVE, SCRATCH)
        self._held = len(self._live)
        if self._mtp:
            self._mtp.make_room(rows)

    def fall_back(self) -> None:
        """Back to where ``hold`` was called. The logits are gone."""
        assert self._held is not None
        self._context.copy(SCRATCH, LIVE)
        self._pending = False
        self._live.cut(self._held)
        if self._mtp:
            self._mtp.cut(self._held)
        self._counters.replays += 1

    def release(self) -> None:
        """The held state is not needed any more."""
        if self._held is not None:
            self._context.cut(SCRATCH, 0)
            self._held = None

    def branch(self, token_ids: Sequence[int]) -> np.ndarray:
        """Logits after each of ``token_ids``, shape (count, n_vocab), had they followed; nothing changes by it.

        The caller makes sure that ``can_hold``.
        """
        while True:
            self._context.copy(LIVE, SCRATCH)
            try:
                self._context.decode(token_ids, len(self._live), len(token_ids), SCRATCH)
                break
            except CacheFull as error:
                self.kept.make_room(error)
            finally:
                self._context.cut(SCRATCH, 0)
        self._counters.decode_calls += 1
        self._counters.tokens_evaluated += len(token_ids)
        return self._context.logits(len(token_ids))

    def adopt(self, stored: StoredState) -> bool:
        """The live sequence becomes a state that ``export`` gave, maybe in another process."""
        n_tokens = len(stored.token_ids)
        self._leave(stored.token_ids, None)
        self._start_anew()
        if not self._context.load(LIVE, stored.data, len(stored.data), WHOLE):
            self._start_anew()
            return False
        self._live.replace(stored.token_ids)
        self._n_prompt = n_tokens
        if self._mtp and stored.last.size:
            nothing = np.zeros(0, np.int32)
            self._mtp.go_back(LIVE, n_tokens, MtpMark(n_tokens, nothing, stored.last[None][:0], stored.last))
        elif self._mtp:
            self._mtp.go_back(LIVE, n_tokens, None)
        if self._hybrid:
            self.kept.save(Kind.CONTEXT, stored.token_ids)
        return True

    def forget(self) -> None:
        """Hold nothing."""
        self._context.clear()
        self.kept.clear()
        self._live.cut(0)
        if self._mtp:
            self._mtp.forget()
        self._row = self._held = None
        self._n_prompt = 0
        self._pending = False
        self._known = True

    def _decode(self, token_ids: Sequence[int] | np.ndarray, n_outputs: int) -> None:
        self._known = False
        self._row = None
        position = len(self._live)
        while True:
            began = time.perf_counter()
            try:
                self._context.decode(token_ids, position, n_outputs, LIVE)
                break
            except CacheFull as error:
                self.kept.make_room(error)
        self.cost.observe(len(token_ids), time.perf_counter() - began)
        self._pending = False
        self._live.extend(token_ids)
        if self._mtp:
            hidden = self._context.hidden(len(token_ids))
            if hidden is not None:
                self._mtp.observe(position, token_ids, hidden)
        self._known = True
        self._counters.decode_calls += 1
        self._counters.tokens_evaluated += len(token_ids)

    def _rewind_recurrent(self, prompt: np.ndarray) -> str:
        spare = self.kept.spares.newest(prompt)
        best = self.kept.best(prompt)
        n_live = len(self._live)
        here = 0 < n_live < len(prompt) and common_prefix(self._live.view, prompt) == n_live
        n_ready = max(n_live if here else 0, spare.n_tokens if spare else 0)
        if best is not None and best[0].n_tokens > n_ready + (HOST_COPY_WORTH if n_ready else 0):
            self._leave(prompt, best[1])
            return self._restore(*best, len(prompt))
        if here and n_live == n_ready:
            return RESTORED_LIVE
        self._leave(prompt, spare.sequence if spare else None)
        if spare is None:
            self._start_anew()
            return RESTORED_NOTHING
        self.kept.spares.touch(spare)
        self._context.copy(spare.sequence, LIVE)
        self._pending = False
        self._live.replace(spare.token_ids)
        if self._mtp:
            self._mtp.go_back(spare.sequence, spare.n_tokens, spare.mtp)
        if spare.n_tokens == len(prompt):
            self._row = spare.logits
        return Kind.TAIL.value

    def _rewind_cells(self, prompt: np.ndarray) -> str:
        wanted = prompt[:-1]
        n_tokens, donor = common_prefix(self._live.view, wanted), LIVE
        for spare in self.kept.spares.held():
            if (common := common_prefix(spare.token_ids, wanted)) > n_tokens:
                n_tokens, donor = common, spare.sequence
                self.kept.spares.touch(spare)
        if donor != LIVE or n_tokens < len(self._live):
            self._leave(prompt, donor)
            if donor != LIVE:
                self._context.copy(donor, LIVE, n_tokens)
            elif not n_tokens or not self._context.cut(LIVE, n_tokens):
                self._start_anew()
                return RESTORED_NOTHING
            self._live.replace(prompt[:n_tokens])
            if self._mtp:
                self._mtp.go_back(donor, n_tokens, None)
        return RESTORED_CELLS if n_tokens else RESTORED_NOTHING

    def _restore(self, checkpoint: Checkpoint, donor: int, n_prompt: int) -> str:
        n_tokens = checkpoint.n_tokens
        if donor != LIVE:
            self._context.copy(donor, LIVE, n_tokens)
        if not self._context.restore(LIVE, checkpoint.buffer, checkpoint.size, n_tokens):
            self._start_anew()
            return RESTORED_NOTHING
        self._pending = False
        self._live.replace(checkpoint.token_ids)
        if self._mtp:
            self._mtp.go_back(donor, n_tokens, checkpoint.mtp)
        self.kept.checkpoints.touch(checkpoint)
        if n_tokens == n_prompt:
            self._row = checkpoint.logits
        self._counters.checkpoints_restored += 1
        return checkpoint.kind.value

    def _leave(self, prompt: np.ndarray, needed: int | None) -> None:
        if not self._pending:
            self.kept.leave(prompt, self._n_prompt, needed)

    def _start_anew(self) -> None:
        """The live sequence holds nothing; the others stay."""
        self._context.cut(LIVE, 0)
        self._live.cut(0)
        self._pending = False
        if self._mtp:
            self._mtp.go_back(LIVE, 0, None)
