"""One request's work: prompt to state, then draft, verify, choose and judge, until the answer is complete."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from foretoken.runtime.answer import Answer
from foretoken.runtime.context import Context, DecodeError
from foretoken.runtime.counters import Counters
from foretoken.runtime.drafting import Drafter
from foretoken.runtime.evaluator import Evaluator
from foretoken.runtime.kept import Kept
from foretoken.runtime.live_state import LiveState
from foretoken.runtime.model import Model
from foretoken.runtime.mtp import Mtp, MtpCache
from foretoken.runtime.original import line_end_ids
from foretoken.runtime.predict import Predictor, Progress
from foretoken.runtime.prepare import Preparation, Prepared
from foretoken.runtime.rows import Steps
from foretoken.runtime.sampling import Sampler
from foretoken.runtime.score import log_share, score
from foretoken.runtime.tuning import Tuning
from foretoken.runtime.warm import WarmStart
from foretoken.text.cancel import Cancelled, CancelToken
from foretoken.text.generation import (
    Finish,
    FinishReason,
    GenerateRequest,
    Priority,
    Sampling,
    Score,
    ScoreRequest,
    Timings,
)

if TYPE_CHECKING:
    from foretoken.runtime.constraints import Matcher

# How long one call of the model may take about while a prompt is evaluated: a cancel is looked at between calls, and
# whatever is less urgent than a keystroke must let one in soon.
FOREGROUND_CALL, BACKGROUND_CALL = 0.1, 0.05
RATE_LEARN = 0.2


@dataclass(slots=True)
class Shared:
    """What all lanes of a model have in common."""

    model: Model
    context: Context
    counters: Counters
    tuning: Tuning
    preparation: Preparation
    kept: Kept
    evaluator: Evaluator
    mtp: MtpCache | None
    warm: WarmStart


class Lane:
    """Answers one request at a time, in steps, on a state of its own. For one thread.

    crowded: others as urgent are at work, too. paused: seconds that its requests had to wait for others between steps.
    """

    def __init__(self, shared: Shared) -> None:
        model, context = shared.model, shared.context
        self._shared = shared
        self._vocabulary = model.vocabulary
        mtp = Mtp(shared.mtp) if shared.mtp else None
        self.state = LiveState(context, mtp, model.hybrid, shared.kept, shared.counters)
        line_ends = line_end_ids(model.vocabulary.pieces)
        self.drafter = Drafter(
            mtp, shared.tuning, shared.evaluator.cost, context.n_rollback, line_ends, shared.counters
        )
        healing = shared.preparation.healing
        self.predictor = Predictor(model.vocabulary, healing, context, self.state, self.drafter, shared.counters)
        n_vocab = model.vocabulary.n_tokens
        self._greedy = {wanted: Sampler(n_vocab, Sampling(), wanted) for wanted in (True, False)}
        self.crowded = False
        self.paused = 0.0
        self.answering = False

    def prefill_rows(self, priority: Priority) -> int:
        """How many rows the next call may have that evaluates a prompt."""
        foreground = priority is Priority.INLINE
        seconds = FOREGROUND_CALL if foreground and not self.crowded else BACKGROUND_CALL
        cost, n_ubatch = self._shared.evaluator.cost, self._shared.context.n_ubatch
        return cost.rows_within(seconds, n_ubatch) if foreground else cost.rows_within(seconds, n_ubatch, 1)

    def generate(
        self, request: GenerateRequest, prepared: Prepared, matcher: "Matcher | None", cancel: CancelToken
    ) -> Steps[None]:
        """Yields Rows, tokens, and at last one Finish. Raises DecodeError; Cancelled may be thrown in at Rows.

        After either the next answer is right again.
        """
        self._begin()
        timings, clock = Timings(), self._clock()
        progress: Progress | None = None
        reason = FinishReason.LENGTH
        try:
            timings = self._rewind(prepared, request.owner)
            yield from self.state.evaluate(
                prepared.prompt, prepared.marks, cancel, lambda: self.prefill_rows(request.priority)
            )
            self._shared.counters.prefill_rate = self._prefill_rate()
            timings, clock = self._prompt_timings(timings, self._clock() - clock), self._clock()
            self.answering = True
            if request.n_predict > 0:
                progress = Progress(Answer(request), prepared.healing, self._sampler(request), matcher)
                self._start_drafts(request)
                reason = yield from self.predictor.run(request, progress, cancel, self._decode_rows(request.priority))
        except Cancelled:
            reason = FinishReason.CANCELLED
            if not self.answering:
                timings = self._prompt_timings(timings, self._clock() - clock)
        finally:
            self._end()
        yield Finish(reason, self._final_timings(timings, progress, self._clock() - clock))

    def score(self, request: ScoreRequest, prepared: Prepared, cancel: CancelToken) -> Steps[list[Score]]:
        """Yields Rows; returns the candidates' scores, in their order. Raises as ``generate`` does, and Cancelled."""
        self._begin()
        try:
            return (yield from self._score(request, prepared, cancel))
        except DecodeError:
            self.state.doubt()
            raise
        finally:
            self._end()

    def _score(self, request: ScoreRequest, prepared: Prepared, cancel: CancelToken) -> Steps[list[Score]]:
        shared = self._shared
        most = shared.context.n_outputs_max
        typed = b"" if prepared.healing is None else prepared.healing.remaining
        try:
            beginning = typed.decode()
        except UnicodeDecodeError:  # a character's bytes in two tokens
            prepared = shared.preparation.prepare(request.prompt, min(request.max_rows, most), False)
            beginning = ""
        self._rewind(prepared, request.owner)
        yield from self.state.evaluate(
            prepared.prompt, prepared.marks, cancel, lambda: self.prefill_rows(request.priority)
        )
        shared.counters.prefill_rate = self._prefill_rate()
        self.answering = True
        tokenize = self._vocabulary.tokenize
        candidates = [tokenize(beginning + candidate) for candidate in request.candidates]
        share = 0.0
        if beginning and prepared.healing is not None:
            share = log_share(self.state.logits()[0], shared.preparation.healing.allowed(prepared.healing))
        shared.counters.candidates_scored += len(candidates)
        return (yield from score(self.state, candidates, share, request.max_rows, most, cancel))

    def _begin(self) -> None:
        self.state.busy, self.answering = True, False

    def _end(self) -> None:
        self.state.busy = False

    def _clock(self) -> float:
        """Seconds that count: those in which it had to wait for others do not."""
        return time.perf_counter() - self.paused

    def _rewind(self, prepared: Prepared, owner: str) -> Timings:
        restored = self._shared.warm.rewind(self.state, prepared.prompt, prepared.n_context, owner)
        cached = len(self.state.token_ids)
        self._shared.counters.tokens_reused += cached
        return Timings(dropped_n=prepared.dropped_n, cache_n=cached, restored=restored)

    def _decode_rows(self, priority: Priority) -> Callable[[], int]:
        """How many rows the next call may have that goes on with an answer; a long draft is no reason to wait."""
        cost, n_ubatch = self._shared.evaluator.cost, self._shared.context.n_ubatch
        if priority is Priority.INLINE:
            return lambda: n_ubatch
        least = 1 + self._shared.tuning.n_draft
        return lambda: cost.rows_within(BACKGROUND_CALL, n_ubatch, least)

    def _sampler(self, request: GenerateRequest) -> Sampler:
        if request.sampling.temperature > 0:
            return Sampler(self._vocabulary.n_tokens, request.sampling)
        return self._greedy[request.probabilities or request.min_probability > 0]

    def _start_drafts(self, request: GenerateRequest) -> None:
        if not self.drafter.wanted and not request.original:
            return
        tokenize = self._vocabulary.tokenize
        texts = [tokenize(request.lookup)] if request.lookup else []
        self.drafter.start(self.state.token_ids, tokenize(request.original) if request.original else (), texts)

    def _prompt_timings(self, timings: Timings, seconds: float) -> Timings:
        prompt_n = max(0, len(self.state.token_ids) - timings.cache_n)
        return replace(timings, prompt_n=prompt_n, prompt_ms=seconds * 1000)

    def _final_timings(self, timings: Timings, progress: Progress | None, seconds: float) -> Timings:
        counters = self._shared.counters
        if progress is None:
            return replace(timings, prefill_rate=counters.prefill_rate, decode_rate=counters.decode_rate)
        predicted = progress.answer.predicted_n
        counters.tokens_predicted += predicted
        if progress.decode_n and seconds > 0:
            rate = predicted / seconds
            before = counters.decode_rate or rate
            counters.decode_rate = before + RATE_LEARN * (rate - before)
        return replace(
            timings,
            predicted_n=predicted,
            predicted_ms=seconds * 1000,
            draft_n=progress.draft_n,
            draft_n_accepted=progress.draft_n_accepted,
            decode_n=progress.decode_n,
            prefill_rate=counters.prefill_rate,
            decode_rate=counters.decode_rate,
        )

    def _prefill_rate(self) -> float:
        n_ubatch = self._shared.context.n_ubatch
        seconds = self._shared.evaluator.cost.seconds(n_ubatch)
        return n_ubatch / seconds if seconds > 0 else 0.0
