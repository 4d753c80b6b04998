"""The decode loop: choose, draft, verify, judge, and take back what was guessed wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from foretoken.runtime.answer import Answer
from foretoken.runtime.context import Context, DecodeError
from foretoken.runtime.counters import Counters
from foretoken.runtime.drafting import NO_DRAFT, Draft, Drafter
from foretoken.runtime.healing import Healing, HealingIndex
from foretoken.runtime.live_state import LiveState
from foretoken.runtime.rows import Steps
from foretoken.runtime.sampling import Choice, Sampler
from foretoken.runtime.vocabulary import Vocabulary
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import FinishReason, GeneratedToken, GenerateRequest

if TYPE_CHECKING:
    from foretoken.runtime.constraints import Matcher


@dataclass(slots=True)
class Progress:
    """How far one request is."""

    answer: Answer
    healing: Healing | None
    sampler: Sampler
    matcher: "Matcher | None"
    replay: list[int] = field(default_factory=list)
    decode_n: int = 0
    draft_n: int = 0
    draft_n_accepted: int = 0


class Predictor:
    """For one model, and one thread. The state stands at the prompt's end, with its logits, when ``run`` begins."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        healing: HealingIndex,
        context: Context,
        state: LiveState,
        drafter: Drafter,
        counters: Counters,
    ) -> None:
        self._vocabulary = vocabulary
        self._healing = healing
        self._context = context
        self._state = state
        self.drafter = drafter
        self._counters = counters

    def run(
        self, request: GenerateRequest, progress: Progress, cancel: CancelToken, most_rows: Callable[[], int]
    ) -> Steps[FinishReason]:
        """Yields what is to be sent; returns why it ends. most_rows: how many the next call may have."""
        state = self._state
        token_id, _, shown, reason = self._judge(state.logits()[0], progress, NO_DRAFT, 0)
        while True:
            if shown is not None:
                yield shown
            if reason is not None:
                return reason
            if cancel.cancelled:
                return FinishReason.CANCELLED
            draft = self._propose(token_id, request, progress, most_rows())
            rows = [*progress.replay, token_id, *draft.token_ids]
            n_drafted = len(draft.token_ids)
            held = n_drafted > self._context.n_rollback
            yield from state.extend(rows, 1 + n_drafted, held)
            progress.decode_n += 1
            progress.replay = []
            logits = state.logits(1 + n_drafted)
            token_id, right, shown, reason = self._judge(logits[0], progress, draft, 0)
            accepted = int(right)
            while right and reason is None:
                if shown is not None:
                    yield shown
                token_id, right, shown, reason = self._judge(logits[accepted], progress, draft, accepted)
                accepted += right
            if n_drafted:
                self._settle(draft, accepted, held, rows, progress)

    def _judge(
        self, logits: np.ndarray, progress: Progress, draft: Draft, row: int
    ) -> tuple[int, bool, GeneratedToken | None, FinishReason | None]:
        """Choose the next token: its id, whether the draft has it in this row, what to send, and why it is the last."""
        choice = self.choose(logits, progress)
        token_id = choice.token_id
        right = row < len(draft.token_ids) and draft.token_ids[row] == token_id
        if token_id in self._vocabulary.ends:
            return token_id, right, None, FinishReason.END
        copied = self.drafter.in_original(token_id)
        self.drafter.follow(token_id)
        healing = progress.healing
        if healing is None:
            data = self._vocabulary.pieces[token_id]
        else:
            data = self._healing.advance(healing, token_id)
            if not healing.remaining:
                progress.healing = None
            if not data:
                progress.answer.take_typed(choice.probability)
                self._counters.tokens_healed += 1
                return token_id, right, None, None
        shown, reason = progress.answer.take(token_id, data, choice.probability, choice.forced, copied)
        if progress.matcher is not None:
            progress.matcher.advance(token_id)
            if reason is None and progress.matcher.finished:
                reason = FinishReason.END
        return token_id, right, shown, reason

    def choose(self, logits: np.ndarray, progress: Progress) -> Choice:
        allowed = self._healing.allowed(progress.healing) if progress.healing else None
        if allowed is not None and not len(allowed):  # no token of the vocabulary goes on like that
            progress.healing = allowed = None
        try:
            choice = progress.sampler.choose(logits, progress.matcher, allowed)
        except DecodeError:
            self._state.doubt()  # a state that gave these gives no right answer to the next prompt either
            raise
        self._counters.tokens_forced += choice.forced
        return choice

    def _propose(self, token_id: int, request: GenerateRequest, progress: Progress, most_rows: int) -> Draft:
        if progress.healing is not None or not self.drafter.wanted:
            return NO_DRAFT
        room = min(
            request.n_predict - progress.answer.predicted_n - 1,
            self._context.n_ctx - len(self._state.token_ids) - len(progress.replay) - 1,
            self._context.n_outputs_max - 1,
            most_rows - len(progress.replay) - 1,
        )
        forced = progress.matcher.forced() if progress.matcher is not None else ()
        whole = not progress.replay
        return self.drafter.propose(token_id, room, self._state.can_hold and whole, whole, forced)

    def _settle(self, draft: Draft, accepted: int, held: bool, rows: list[int], progress: Progress) -> None:
        """After the rows were judged: take back those that were guessed wrong."""
        n_drafted = len(draft.token_ids)
        self.drafter.learn(draft, accepted)
        progress.draft_n += n_drafted
        progress.draft_n_accepted += accepted
        if accepted == n_drafted:
            return
        right = len(rows) - n_drafted + accepted
        if held:
            self._state.fall_back()
            progress.replay = rows[:right]
        else:
            self._state.roll_back(len(self._state.token_ids) - n_drafted + accepted)
