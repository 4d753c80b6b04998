"""One call of the model, for the rows of one state or of several."""

import time
from collections.abc import Sequence

from foretoken.runtime.context import CacheFull, Context, DecodeError
from foretoken.runtime.cost import DecodeCost
from foretoken.runtime.counters import Counters
from foretoken.runtime.kept import SCRATCH, Kept
from foretoken.runtime.rows import How, Rows, Steps


class Evaluator:
    """For one thread."""

    def __init__(self, context: Context, kept: Kept, counters: Counters) -> None:
        self._context = context
        self._kept = kept
        self._counters = counters
        self.cost = DecodeCost()
        self._scratch = False  # it holds a state for ``fall_back``

    def fits(self, together: Sequence[Rows], more: Rows) -> bool:
        """Whether ``more`` can be part of the same call: there is one scratch sequence, and there are limits."""
        rows = sum(len(rows.token_ids) for rows in together) + len(more.token_ids)
        outputs = sum(rows.n_outputs for rows in together) + more.n_outputs
        scratch = sum(rows.how is not How.EXTEND for rows in (*together, more))
        if len(together) >= self._context.n_together or scratch > 1:
            return False
        return rows <= self._context.n_ubatch and outputs <= self._context.n_outputs_max

    def run(self, together: Sequence[Rows]) -> None:
        """Evaluate them all. Raises CacheFull when no spare state is left to give up, and DecodeError.

        After a CacheFull nothing has changed but for the spares; after a DecodeError the states are unknown.
        """
        if self._scratch:  # of the last call, after which it was needed or not
            self._context.cut(SCRATCH, 0)
            self._scratch = False
        parts = [self._part(rows) for rows in together]
        n_rows = sum(len(rows.token_ids) for rows in together)
        began = time.perf_counter()
        while True:
            try:
                self._context.decode_parts(parts)
                break
            except CacheFull:
                if not self._kept.make_room():
                    raise
            except DecodeError:
                self._kept.forget([rows.state for rows in together])
                raise
        self.cost.observe(n_rows, time.perf_counter() - began)
        self._counters.decode_calls += 1
        self._counters.shared_calls += len(together) > 1
        self._counters.tokens_evaluated += n_rows
        self._hand_out(together, n_rows)

    def alone(self, steps: Steps) -> Steps:
        """Drive the steps of one request; yields what they yield beside Rows, and returns what they return."""
        error: Exception | None = None
        while True:
            try:
                item = steps.throw(error) if error else next(steps)
            except StopIteration as stop:
                return stop.value
            error = None
            if isinstance(item, Rows):
                try:
                    self.run((item,))
                except CacheFull as full:
                    error = DecodeError(f"the context window is full: {full}")
                except DecodeError as failed:
                    error = failed
            else:
                yield item

    def _part(self, rows: Rows) -> tuple[Sequence[int], int, int, int]:
        state = rows.state
        assert state.sequence is not None
        sequence = state.sequence
        if rows.how is not How.EXTEND:
            self._context.copy(sequence, SCRATCH)
            self._scratch = True
            if rows.how is How.BRANCH:
                sequence = SCRATCH
        return rows.token_ids, len(state.token_ids), rows.n_outputs, sequence

    def _hand_out(self, together: Sequence[Rows], n_rows: int) -> None:
        n_outputs = sum(rows.n_outputs for rows in together)
        logits = self._context.logits(n_outputs) if n_outputs else None
        hidden = self._context.hidden(n_rows)
        row = output = 0
        for rows in together:
            if logits is not None:
                rows.logits = logits[output : output + rows.n_outputs]
            if hidden is not None:
                rows.hidden = hidden[row : row + len(rows.token_ids)]
            output += rows.n_outputs
            row += len(rows.token_ids)
