"""What the sequence holds, and how much of it a new prompt can use again.

Every reuse must equal a fresh evaluation. A dense model's cache is cut at the end of the common prefix. A recurrent
state cannot be cut: it goes on from where it is, or from a checkpoint. Whenever a call fails, what the sequence
holds is unknown and everything is forgotten before the next prompt, so that no answer comes from a wrong state.
"""

from collections.abc import Mapping, Sequence

from foretoken.runtime.checkpoints import Checkpoints, Kind
from foretoken.runtime.context import Context
from foretoken.runtime.counters import Counters
from foretoken.text.cancel import CancelToken

RESTORED_NOTHING = ""
RESTORED_PREFIX = "prefix"
RESTORED_LIVE = "live"
CHUNK = 256


class SequenceState:
    """The state of the one sequence. For one thread."""

    def __init__(self, context: Context, hybrid: bool, checkpoint_bytes: int, counters: Counters) -> None:
        self._context = context
        self._hybrid = hybrid
        self._checkpoints = Checkpoints(checkpoint_bytes)
        self._counters = counters
        self._token_ids: list[int] = []
        self._known = True

    @property
    def token_ids(self) -> Sequence[int]:
        """The tokens that the sequence holds."""
        return self._token_ids

    def rewind(self, prompt: Sequence[int]) -> str:
        """Keep as much of ``prompt`` as can be used again, at most all but its last token, whose logits are needed.

        Returns what was restored, as ``Timings.restored`` has it.
        """
        if not self._known:
            self.forget()
        common = common_prefix(self._token_ids, prompt[:-1])
        if common == 0:
            self.forget()
            return RESTORED_NOTHING
        if common == len(self._token_ids):
            return RESTORED_LIVE if self._hybrid else RESTORED_PREFIX
        self._known = False
        restored = self._restore(common) if self._hybrid else self._cut(common)
        if not restored:
            self.forget()
        self._known = True
        return restored

    def evaluate(self, prompt: Sequence[int], marks: Mapping[int, Kind], cancel: CancelToken) -> None:
        """Evaluate what of ``prompt`` is not held yet; the last token has logits.

        marks: numbers of tokens after which a checkpoint is kept. Raises Cancelled between decode calls, which
        leaves a state that is right, and DecodeError.
        """
        end = len(prompt)
        borders = sorted(mark for mark in marks if mark < end) + [end] if self._hybrid else [end]
        for border in borders:
            while (start := len(self._token_ids)) < border:
                cancel.check()
                stop = min(border, start + self._context.n_ubatch)
                self._decode(prompt[start:stop], output=stop == end)
            if self._hybrid and border == len(self._token_ids) and border in marks:
                self._save(border, marks[border])

    def append(self, token_id: int) -> None:
        """Evaluate one generated token, with logits."""
        self._decode((token_id,), output=True)

    def forget(self) -> None:
        """Hold nothing."""
        self._context.clear()
        self._checkpoints.clear()
        self._token_ids.clear()
        self._known = True

    def _decode(self, token_ids: Sequence[int], output: bool) -> None:
        self._known = False
        self._context.decode(token_ids, len(self._token_ids), output)
        self._token_ids.extend(token_ids)
        self._known = True
        self._counters.tokens_evaluated += len(token_ids)

    def _cut(self, n_tokens: int) -> str:
        if not self._context.trim(n_tokens):
            return RESTORED_NOTHING
        del self._token_ids[n_tokens:]
        return RESTORED_PREFIX

    def _restore(self, n_tokens: int) -> str:
        self._checkpoints.drop_after(n_tokens)
        checkpoint = self._checkpoints.newest(n_tokens)
        if checkpoint is None:
            return RESTORED_NOTHING
        if not self._context.restore_recurrent(checkpoint.buffer, checkpoint.size, checkpoint.n_tokens):
            return RESTORED_NOTHING
        del self._token_ids[checkpoint.n_tokens :]
        self._counters.checkpoints_restored += 1
        return checkpoint.kind.value

    def _save(self, n_tokens: int, kind: Kind) -> None:
        """Failing is no harm: the next prompt goes back further."""
        if self._checkpoints.has(n_tokens):
            return
        checkpoint = self._checkpoints.reserve(n_tokens, kind, self._context.recurrent_size())
        if checkpoint is None:
            return
        if self._context.save_recurrent(checkpoint.buffer, checkpoint.size):
            self._checkpoints.keep(checkpoint)
            self._counters.checkpoints_made += 1
        else:
            self._checkpoints.give_back(checkpoint)


def common_prefix(held: Sequence[int], prompt: Sequence[int]) -> int:
    """How many leading tokens are equal; whole chunks are compared at once."""
    limit = min(len(held), len(prompt))
    start = 0
    while start < limit and list(held[start : start + CHUNK]) == list(prompt[start : start + CHUNK]):
        start += CHUNK
    for offset in range(start, min(start + CHUNK, limit)):
        if held[offset] != prompt[offset]:
            return offset
    return min(limit, start + CHUNK)
