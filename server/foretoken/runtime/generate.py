"""One generation: prompt to state, then draft, verify, choose and judge, until the answer is complete."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.adapters import Adapter, AdapterError, Adapters
from foretoken.runtime.answer import Answer
from foretoken.runtime.context import Context, DecodeError
from foretoken.runtime.counters import Counters
from foretoken.runtime.drafting import Drafter
from foretoken.runtime.kept import LIVE
from foretoken.runtime.model import Model
from foretoken.runtime.mtp import Mtp
from foretoken.runtime.original import line_end_ids
from foretoken.runtime.predict import Predictor, Progress
from foretoken.runtime.prepare import Preparation, Prepared
from foretoken.runtime.sampling import Sampler
from foretoken.runtime.score import log_share, score
from foretoken.runtime.sequences import Sequences
from foretoken.runtime.tuning import Speculation, Tuning
from foretoken.runtime.warm import WarmStart
from foretoken.text.cancel import Cancelled, CancelToken
from foretoken.text.generation import (
    Constraint,
    Finish,
    FinishReason,
    GeneratedToken,
    GenerateRequest,
    ModelInfo,
    Priority,
    Sampling,
    Score,
    ScoreRequest,
    Timings,
)

# How long one call of the model may take about while a prompt is evaluated: a cancel is looked at between calls, and
# work that nobody waits for must let a keystroke in soon.
FOREGROUND_CALL, BACKGROUND_CALL = 0.25, 0.05
RATE_LEARN = 0.2

if TYPE_CHECKING:
    from foretoken.runtime.constraints import Constraints, Matcher

log = logging.getLogger(__name__)


class Generator:
    """Answers requests with one model, one after the other. For one thread."""

    def __init__(
        self,
        model: Model,
        context: Context,
        counters: Counters,
        tuning: Tuning | None = None,
    ) -> None:
        tuning = tuning or Tuning()
        self._vocabulary = model.vocabulary
        self._context = context
        self._counters = counters
        self.mtp = open_mtp(model, context, tuning)
        self.state = Sequences(context, self.mtp, model.hybrid, tuning.checkpoint_bytes, counters)
        self.count_tokens = model.vocabulary.count
        self.warm = WarmStart(self.state, None, counters)
        self._adapters = Adapters(model)
        self._preparation = Preparation(model.vocabulary, context.n_ctx)
        n_vocab = model.vocabulary.n_tokens
        self._greedy = {wanted: Sampler(n_vocab, Sampling(), wanted) for wanted in (True, False)}
        self._constraints: "Constraints | None" = None
        line_ends = line_end_ids(model.vocabulary.pieces)
        self._drafter = Drafter(self.mtp, tuning, self.state.cost, context.n_rollback, line_ends, counters)
        self.predictor = Predictor(
            model.vocabulary, self._preparation.healing, context, self.state, self._drafter, counters
        )
        self.info = ModelInfo(
            name=model.name,
            architecture=model.architecture,
            n_ctx=context.n_ctx,
            n_params=model.n_params,
            size_bytes=model.size_bytes,
            hybrid=model.hybrid,
            fim=model.vocabulary.fim,
            n_layer_nextn=model.n_layer_nextn,
            languages=model.languages,
            n_prompt=model.n_prompt,
            mtp=self.mtp is not None,
        )

    def generate(
        self, request: GenerateRequest, cancel: CancelToken, yield_now: Callable[[], bool] | None = None
    ) -> Iterator[GeneratedToken | Finish]:
        """Tokens, then one Finish. Raises PromptTooLong, UnsupportedPrompt, InvalidConstraint or DecodeError.

        After any of them, and after a cancel at any point, the next answer is right again. yield_now: asked between
        the calls that evaluate the prompt of anything less urgent than an inline suggestion; raises Preempted when it says
        so, before any token was sent.
        """
        started = time.perf_counter()
        matcher = self._matcher(request.constraint) if request.constraint else None
        # A constraint speaks of the answer alone, so the answer must not begin inside a typed token.
        prepared = self._preparation.prepare(
            request.prompt, max(request.n_predict, request.n_reserve), request.heal and matcher is None
        )
        timings = self._rewind(prepared)
        try:
            self._evaluate(prepared, request.priority, cancel, yield_now)
        except Cancelled:
            yield Finish(FinishReason.CANCELLED, self._prompt_timings(timings, started))
            return
        timings = self._prompt_timings(timings, started)
        started = time.perf_counter()
        progress = Progress(
            Answer(request),
            prepared.healing,
            self._sampler(request),
            matcher,
        )
        reason = FinishReason.LENGTH
        try:
            if request.n_predict > 0:
                self._start_drafts(request)
                reason = yield from self.predictor.run(request, progress, cancel)
        finally:
            self.state.release()
        yield Finish(reason, self._final_timings(timings, progress, time.perf_counter() - started))

    def score(
        self, request: ScoreRequest, cancel: CancelToken, yield_now: Callable[[], bool] | None = None
    ) -> list[Score]:
        """The candidates' scores, in their order. Raises as ``generate`` does, and Cancelled."""
        rows = min(request.max_rows, self._context.n_outputs_max)  # of the largest branch
        prepared = self._preparation.prepare(request.prompt, rows, True)
        typed = b"" if prepared.healing is None else prepared.healing.remaining
        try:
            beginning = typed.decode()
        except UnicodeDecodeError:  # a character's bytes in two tokens
            prepared = self._preparation.prepare(request.prompt, rows, False)
            beginning = ""
        self._rewind(prepared)
        self._evaluate(prepared, request.priority, cancel, yield_now)
        tokenize = self._vocabulary.tokenize
        candidates = [tokenize(beginning + candidate) for candidate in request.candidates]
        share = 0.0
        if beginning and prepared.healing is not None:
            share = log_share(self.state.logits()[0], self._preparation.healing.allowed(prepared.healing))
        self._counters.candidates_scored += len(candidates)
        try:
            return score(self.state, candidates, share, request.max_rows, self._context.n_outputs_max, cancel)
        except DecodeError:
            self.state.forget()
            raise

    def adapt(self, adapters: Sequence[Adapter]) -> None:
        """Use exactly these LoRA adapters from now on. Raises AdapterError, and nothing has changed then."""
        pointers = self._adapters.pointers(adapters)
        if not self._context.adapt(pointers) or (self.mtp and not self.mtp.adapt(pointers)):
            self._context.adapt(self._adapters.applied)
            raise AdapterError("llama.cpp refused the LoRA adapters for this context.")
        self._adapters.applied = pointers
        self.state.forget()  # what was evaluated is another model's now, also what is on disk
        self.warm = WarmStart(self.state, None, self._counters)

    def _rewind(self, prepared: Prepared) -> Timings:
        restored = self.warm.rewind(prepared.prompt, prepared.n_context)
        cached = len(self.state.token_ids)
        self._counters.tokens_reused += cached
        return Timings(dropped_n=prepared.dropped_n, cache_n=cached, restored=restored)

    def _evaluate(
        self, prepared: Prepared, priority: Priority, cancel: CancelToken, yield_now: Callable[[], bool] | None
    ) -> None:
        background = priority > Priority.INLINE
        self.state.evaluate(
            prepared.prompt,
            prepared.marks,
            cancel,
            BACKGROUND_CALL if background else FOREGROUND_CALL,
            yield_now if background else None,
        )
        self._counters.prefill_rate = self._prefill_rate()

    def _matcher(self, constraint: Constraint) -> "Matcher":
        if self._constraints is None:
            # Only now: most processes never need a grammar, and the library takes a while to load.
            from foretoken.runtime.constraints import Constraints

            self._constraints = Constraints(self._vocabulary)
        return self._constraints.start(constraint)

    def _sampler(self, request: GenerateRequest) -> Sampler:
        if request.sampling.temperature > 0:
            return Sampler(self._vocabulary.n_tokens, request.sampling)
        return self._greedy[request.probabilities or request.min_probability > 0]

    def _start_drafts(self, request: GenerateRequest) -> None:
        if not self._drafter.wanted and not request.original:
            return
        tokenize = self._vocabulary.tokenize
        texts = [tokenize(request.lookup)] if request.lookup else []
        self._drafter.start(self.state.token_ids, tokenize(request.original) if request.original else (), texts)

    def _prompt_timings(self, timings: Timings, started: float) -> Timings:
        return replace(
            timings,
            prompt_n=len(self.state.token_ids) - timings.cache_n,
            prompt_ms=(time.perf_counter() - started) * 1000,
        )

    def _final_timings(self, timings: Timings, progress: Progress, seconds: float) -> Timings:
        predicted = progress.answer.predicted_n
        self._counters.tokens_predicted += predicted
        if progress.decode_n and seconds > 0:
            rate = predicted / seconds
            before = self._counters.decode_rate or rate
            self._counters.decode_rate = before + RATE_LEARN * (rate - before)
        return replace(
            timings,
            predicted_n=predicted,
            predicted_ms=seconds * 1000,
            draft_n=progress.draft_n,
            draft_n_accepted=progress.draft_n_accepted,
            decode_n=progress.decode_n,
            prefill_rate=self._counters.prefill_rate,
            decode_rate=self._counters.decode_rate,
        )

    def _prefill_rate(self) -> float:
        seconds = self.state.cost.seconds(self._context.n_ubatch)
        return self._context.n_ubatch / seconds if seconds > 0 else 0.0


def open_mtp(model: Model, context: Context, tuning: Tuning) -> Mtp | None:
    """The draft context, where the model has an MTP block and it is wanted. Without one, generation is only slower."""
    if tuning.mtp is Speculation.OFF:
        return None
    if not model.mtp_loaded:
        level = logging.WARNING if tuning.mtp is Speculation.ON else logging.INFO
        log.log(level, "%s has no multi-token prediction (NextN) block that drafts: it generates without", model.name)
        return None
    try:
        return Mtp(Context(model, context.n_ctx, context.n_threads, tuning, draft_context=True), LIVE)
    except ModelUnavailable as error:
        log.warning("no MTP drafts: %s", error)
        return None
