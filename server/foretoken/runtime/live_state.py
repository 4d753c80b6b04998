"""What one sequence holds, and how much of it and of what is kept beside it a new prompt can use again.

Every reuse must equal a fresh evaluation. A dense model's cache is cut at the end of the common prefix. A recurrent
state cannot be cut: it goes on from where it is, from a spare sequence, or from a checkpoint in host memory together
with the attention cells of any sequence that holds the same tokens. Whenever a call fails, what is held is unknown and
everything is forgotten before the next prompt, so that no answer comes from a wrong state.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from foretoken.runtime.checkpoints import Checkpoint, Kind
from foretoken.runtime.context import WHOLE, Context, DecodeError
from foretoken.runtime.counters import Counters
from foretoken.runtime.kept import SCRATCH, Kept
from foretoken.runtime.mtp import Mtp, MtpMark
from foretoken.runtime.rows import How, Rows, Steps
from foretoken.runtime.spares import Spare
from foretoken.runtime.state_files import StoredState
from foretoken.runtime.token_ids import TokenIds, common_prefix
from foretoken.text.cancel import CancelToken

RESTORED_NOTHING = ""
RESTORED_CELLS = "prefix"
RESTORED_LIVE = "live"
# A copy from host memory costs more than evaluating a few tokens beside those that are evaluated anyway.
HOST_COPY_WORTH = 8


class LiveState:
    """One answer's state, in a llama.cpp sequence of its own while it has one. For one thread.

    sequence: None = set back: its tokens are known, and ``come_back`` evaluates what of them is not kept elsewhere.
    owner: the workspace that it works for. busy: a request is at work on it.
    """

    def __init__(self, context: Context, mtp: Mtp | None, hybrid: bool, kept: Kept, counters: Counters) -> None:
        self._context = context
        self.mtp = mtp
        self._hybrid = hybrid
        self._counters = counters
        self._live = TokenIds(context.n_ctx + context.n_ubatch)
        self.kept = kept
        kept.lives.append(self)
        self.sequence: int | None = None
        self.owner = ""
        self.busy = False
        self.n_prompt = 0  # tokens that came from a prompt
        self._row: np.ndarray | None = None  # the logits of a restored state
        self._rows: np.ndarray | None = None  # those of the last call
        self.pending = False  # a rollback waits for the next call; a copy would be of the state before it
        self._held = 0
        self._known = True
        self._returning: tuple[np.ndarray, int] | None = None  # tokens and n_prompt of what is coming back

    @property
    def token_ids(self) -> np.ndarray:
        """The tokens that it holds, int32. A view: good until the next call."""
        return self._live.view

    @property
    def can_give(self) -> bool:
        """Whether other states may take its attention cells."""
        return self.sequence is not None and self._known and not self.pending

    @property
    def can_hold(self) -> bool:
        """Whether the live state may be copied now, as ``hold`` and ``branch`` do: no rollback waits."""
        return not self.pending and self._context.n_seq > SCRATCH

    def rewind(self, prompt: np.ndarray, owner: str = "") -> str:
        """Keep as much of ``prompt`` as can be used again, for ``owner``. Returns what ``Timings.restored`` says."""
        if not self._known:
            self.forget()
        self._row = self._returning = None
        self._known = False
        restored = self._rewind_recurrent(prompt) if self._hybrid else self._rewind_cells(prompt)
        self._known = True
        self.owner = owner
        self.n_prompt = len(self._live)
        if restored:
            self._counters.restored[restored] += 1
        return restored

    def evaluate(
        self, prompt: np.ndarray, marks: Mapping[int, Kind], cancel: CancelToken, most_rows: Callable[[], int]
    ) -> Steps[None]:
        """Evaluate what of ``prompt`` is not held yet; the last token has logits.

        marks: numbers of tokens after which a checkpoint is kept. most_rows: how many the next call may have. Raises
        Cancelled between calls, which leaves a state that is right, and DecodeError.
        """
        end = len(prompt)
        if len(self._live) == end:
            return
        borders = sorted(mark for mark in marks if len(self._live) < mark < end) + [end] if self._hybrid else [end]
        for border in borders:
            while (start := len(self._live)) < border:
                cancel.check()
                stop = min(border, start + most_rows())
                yield from self._decode(prompt[start:stop], int(stop == end))
                self.n_prompt = stop
            if border in marks and self._hybrid:
                self.kept.save(self, marks[border], prompt[:border])
        if self._hybrid:
            self.kept.keep_tail(self, prompt, self.logits()[0])
        else:
            for mark, kind in marks.items():
                if kind is Kind.CONTEXT:
                    self.kept.note_context(prompt[:mark])

    def extend(self, token_ids: Sequence[int], n_outputs: int, hold: bool = False) -> Steps[None]:
        """Evaluate generated tokens, and drafted ones; the last ``n_outputs`` have logits.

        hold: until the next call, ``fall_back`` comes back to the state as it is now.
        """
        if hold:
            self._held = len(self._live)
            if self.mtp:
                self.mtp.make_room(len(token_ids))
        yield from self._decode(token_ids, n_outputs, How.HOLD if hold else How.EXTEND)

    def logits(self, count: int = 1) -> np.ndarray:
        """Shape (count, n_vocab): of the last tokens. A view, good until the next call."""
        if self._row is not None:
            return self._row[None]
        if self._rows is None:
            raise DecodeError("the last call of the model had no output")
        return self._rows[:count]

    def roll_back(self, n_tokens: int) -> None:
        """Keep ``n_tokens``: at most ``Context.n_rollback`` fewer, all of which the last call evaluated."""
        if n_tokens == len(self._live):
            return
        self._known = False
        if not self._context.cut(self.sequence, n_tokens):
            raise DecodeError("the last tokens could not be taken back")
        self._live.cut(n_tokens)
        self.pending = self._hybrid
        if self.mtp:
            self.mtp.cut(n_tokens)
        self._known = True

    def fall_back(self) -> None:
        """Back to before the last call, which was to ``hold``. The logits are gone."""
        assert self.sequence is not None
        self._context.copy(SCRATCH, self.sequence)
        self.pending = False
        self._live.cut(self._held)
        if self.mtp:
            self.mtp.cut(self._held)
        self._counters.replays += 1

    def branch(self, token_ids: Sequence[int]) -> Steps[np.ndarray]:
        """Logits after each of ``token_ids``, shape (count, n_vocab), had they followed; nothing changes by it.

        The caller makes sure that ``can_hold``.
        """
        rows = Rows(self, token_ids, len(token_ids), How.BRANCH)
        yield rows
        assert rows.logits is not None
        return rows.logits

    def set_back(self, keep: bool = True) -> None:
        """Give up the sequence. keep: what it holds stays in a spare one where that is possible."""
        if self.sequence is None:
            return
        if keep and not self.pending and len(self._live) and self._returning is None:
            self.kept.set_aside(self)
        self._context.cut(self.sequence, 0)
        self.stand_up()

    def stand_up(self) -> None:
        """The sequence is another's from now on; what was held is known by its tokens."""
        if self.mtp:
            self.mtp.sit(None)
        self.sequence = None
        self._row = self._rows = None
        self.pending = False
        if self._returning is not None:
            token_ids, self.n_prompt = self._returning
            self._live.replace(token_ids)
            self._returning = None

    def sit(self, sequence: int) -> None:
        """Take a sequence, which is empty, without what was held before."""
        self.sequence = sequence
        if self.mtp:
            self.mtp.sit(sequence)
        self.empty()

    def come_back(self, sequence: int, most_rows: Callable[[], int]) -> Steps[None]:
        """Take a sequence, and hold again what was held when this state was set back."""
        token_ids, n_prompt = self._live.view.copy(), self.n_prompt
        self.sit(sequence)
        self._returning = token_ids, n_prompt
        spare = self.kept.spares.find(token_ids)
        if spare is not None:
            self._take(spare)
        elif len(token_ids):
            self._rewind_recurrent(token_ids) if self._hybrid else self._rewind_cells(token_ids)
        while (start := len(self._live)) < len(token_ids):
            yield from self._decode(token_ids[start : start + most_rows()], 0)
        self.n_prompt = n_prompt
        self._returning = None

    def adopt(self, stored: StoredState) -> bool:
        """The live sequence becomes a state that ``export`` gave, maybe in another process."""
        assert self.sequence is not None
        n_tokens = len(stored.token_ids)
        self._leave(stored.token_ids, None)
        self._start_anew()
        if not self._context.load(self.sequence, stored.data, len(stored.data), WHOLE):
            self._start_anew()
            return False
        self._live.replace(stored.token_ids)
        self.n_prompt = n_tokens
        if self.mtp and stored.last.size:
            nothing = np.zeros(0, np.int32)
            self.mtp.go_back(self.sequence, n_tokens, MtpMark(n_tokens, nothing, stored.last[None][:0], stored.last))
        elif self.mtp:
            self.mtp.go_back(self.sequence, n_tokens, None)
        if self._hybrid:
            self.kept.save(self, Kind.CONTEXT, stored.token_ids)
        return True

    def forget(self) -> None:
        """Hold nothing; and of all other states only those at work know what they held."""
        self.kept.forget([self])

    def doubt(self) -> None:
        """What is held may be wrong, here and in all that is kept: it is to be forgotten before it is used again.

        Not at once: others may be about to look at what the same call gave them.
        """
        self._known = False
        self.kept.doubtful = True

    def empty(self) -> None:
        """The sequence, if there is one, holds nothing any more."""
        self._live.cut(0)
        self.n_prompt = 0
        self._row = self._rows = self._returning = None
        self.pending = False
        self._known = True
        if self.mtp:
            self.mtp.forget()

    def _decode(self, token_ids: Sequence[int] | np.ndarray, n_outputs: int, how: How = How.EXTEND) -> Steps[None]:
        rows = Rows(self, token_ids, n_outputs, how)
        yield rows
        position = len(self._live)
        self._row, self._rows = None, rows.logits
        self.pending = False
        self._live.extend(token_ids)
        if self.mtp and rows.hidden is not None:
            self.mtp.observe(position, token_ids, rows.hidden)

    def _rewind_recurrent(self, prompt: np.ndarray) -> str:
        spare = self.kept.spares.newest(prompt)
        best = self.kept.best(self, prompt)
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
        self._take(spare)
        if spare.n_tokens == len(prompt):
            self._row = spare.logits
        return Kind.TAIL.value

    def _take(self, spare: Spare) -> None:
        """Go on from a spare sequence's state, which stays."""
        assert self.sequence is not None
        self.kept.spares.touch(spare, self.owner)
        self._context.copy(spare.sequence, self.sequence)
        self.pending = False
        self._live.replace(spare.token_ids)
        if self.mtp:
            self.mtp.go_back(spare.sequence, spare.n_tokens, spare.mtp)

    def _rewind_cells(self, prompt: np.ndarray) -> str:
        wanted = prompt[:-1]
        here = self.sequence
        assert here is not None
        n_tokens, donor = common_prefix(self._live.view, wanted), here
        for other in self.kept.others(self):
            if (common := common_prefix(other.token_ids, wanted)) > n_tokens:
                n_tokens, donor = common, other.sequence
        for spare in self.kept.spares.held():
            if (common := common_prefix(spare.token_ids, wanted)) > n_tokens:
                n_tokens, donor = common, spare.sequence
                self.kept.spares.touch(spare, self.owner)
        if donor != here or n_tokens < len(self._live):
            self._leave(prompt, donor)
            if donor != here:
                self._context.copy(donor, here, n_tokens)
            elif not n_tokens or not self._context.cut(here, n_tokens):
                self._start_anew()
                return RESTORED_NOTHING
            self._live.replace(prompt[:n_tokens])
            if self.mtp:
                self.mtp.go_back(donor, n_tokens, None)
        return RESTORED_CELLS if n_tokens else RESTORED_NOTHING

    def _restore(self, checkpoint: Checkpoint, donor: int, n_prompt: int) -> str:
        assert self.sequence is not None
        n_tokens = checkpoint.n_tokens
        if donor != self.sequence:
            self._context.copy(donor, self.sequence, n_tokens)
        if not self._context.restore(self.sequence, checkpoint.buffer, checkpoint.size, n_tokens):
            self._start_anew()
            return RESTORED_NOTHING
        self.pending = False
        self._live.replace(checkpoint.token_ids)
        if self.mtp:
            self.mtp.go_back(donor, n_tokens, checkpoint.mtp)
        self.kept.checkpoints.touch(checkpoint)
        if n_tokens == n_prompt:
            self._row = checkpoint.logits
        self._counters.checkpoints_restored += 1
        return checkpoint.kind.value

    def _leave(self, prompt: np.ndarray, needed: int | None) -> None:
        if not self.pending:
            self.kept.leave(self, prompt, needed)

    def _start_anew(self) -> None:
        """This sequence holds nothing; the others stay."""
        assert self.sequence is not None
        self._context.cut(self.sequence, 0)
        self._live.cut(0)
        self.pending = False
        if self.mtp:
            self.mtp.go_back(self.sequence, 0, None)
