"""A loaded model, ready to answer: its lanes, and what they share."""

import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.adapters import Adapter, AdapterError, Adapters
from foretoken.runtime.context import Context
from foretoken.runtime.counters import Counters
from foretoken.runtime.evaluator import Evaluator
from foretoken.runtime.kept import LIVE, Kept
from foretoken.runtime.lane import Lane, Shared
from foretoken.runtime.live_state import LiveState
from foretoken.runtime.model import Model
from foretoken.runtime.mtp import MtpCache
from foretoken.runtime.predict import Predictor
from foretoken.runtime.prepare import Preparation, Prepared
from foretoken.runtime.texts import texts_of
from foretoken.runtime.tuning import Speculation, Tuning
from foretoken.runtime.warm import WarmStart
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GeneratedToken, GenerateRequest, ModelInfo, Score, ScoreRequest

if TYPE_CHECKING:
    from foretoken.runtime.constraints import Constraints, Matcher

log = logging.getLogger(__name__)


class Generator:
    """``generate`` and ``score`` answer one request after the other; the scheduler lets several take turns on the lanes.
    For one thread."""

    def __init__(self, model: Model, context: Context, counters: Counters, tuning: Tuning | None = None) -> None:
        tuning = tuning or Tuning()
        self.context = context
        self._vocabulary = model.vocabulary
        self.mtp = open_mtp(model, context, tuning)
        self.kept = Kept(context, self.mtp, model.hybrid, tuning.checkpoint_bytes, counters)
        self.evaluator = Evaluator(context, self.kept, counters)
        self._preparation = Preparation(model.vocabulary, context.n_ctx)
        warm = WarmStart(self.kept, None, counters)
        self._shared = Shared(
            model, context, counters, tuning, self._preparation, self.kept, self.evaluator, self.mtp, warm
        )
        self.lanes = [Lane(self._shared)]
        self.lanes[0].state.sit(LIVE)
        self.count_tokens = model.vocabulary.count
        self.texts = texts_of(model)
        self._adapters = Adapters(model)
        self._constraints: "Constraints | None" = None
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
            # Half of the window, where the file does not say: so a keystroke has room beside a long answer.
            n_prompt=model.n_prompt or (context.n_ctx // 2 if context.n_lanes > 1 else 0),
            mtp=self.mtp is not None,
        )

    @property
    def state(self) -> LiveState:
        """The first lane's."""
        return self.lanes[0].state

    @property
    def predictor(self) -> Predictor:
        """The first lane's."""
        return self.lanes[0].predictor

    @property
    def warm(self) -> WarmStart:
        """Where states are read from and written to disk."""
        return self._shared.warm

    @warm.setter
    def warm(self, warm: WarmStart) -> None:
        self._shared.warm = warm

    def add_lane(self) -> Lane:
        """One more, without a sequence."""
        self.lanes.append(Lane(self._shared))
        return self.lanes[-1]

    def prepare(self, request: GenerateRequest | ScoreRequest) -> Prepared:
        """The prompt in token ids. Raises PromptTooLong or UnsupportedPrompt."""
        if isinstance(request, ScoreRequest):
            return self._preparation.prepare(request.prompt, min(request.max_rows, self.context.n_outputs_max), True)
        # A constraint speaks of the answer alone, so the answer must not begin inside a typed token.
        heal = request.heal and request.constraint is None
        return self._preparation.prepare(request.prompt, max(request.n_predict, request.n_reserve), heal)

    def matcher(self, request: GenerateRequest) -> "Matcher | None":
        """For the request's constraint. Raises InvalidConstraint."""
        if request.constraint is None:
            return None
        if self._constraints is None:
            # Only now: most processes never need a grammar, and the library takes a while to load.
            from foretoken.runtime.constraints import Constraints

            self._constraints = Constraints(self._vocabulary)
        return self._constraints.start(request.constraint)

    def generate(self, request: GenerateRequest, cancel: CancelToken) -> Iterator[GeneratedToken | Finish]:
        """Tokens, then one Finish. Raises PromptTooLong, UnsupportedPrompt, InvalidConstraint or DecodeError.

        After any of them, and after a cancel at any point, the next answer is right again.
        """
        matcher = self.matcher(request)
        yield from self.evaluator.alone(self.lanes[0].generate(request, self.prepare(request), matcher, cancel))

    def score(self, request: ScoreRequest, cancel: CancelToken) -> list[Score]:
        """The candidates' scores, in their order. Raises as ``generate`` does, and Cancelled."""
        steps = self.evaluator.alone(self.lanes[0].score(request, self.prepare(request), cancel))
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value
        raise AssertionError("scoring sends nothing before its end")

    def adapt(self, adapters: Sequence[Adapter]) -> None:
        """Use exactly these LoRA adapters from now on. Raises AdapterError, and nothing has changed then."""
        pointers = self._adapters.pointers(adapters)
        if not self.context.adapt(pointers) or (self.mtp and not self.mtp.adapt(pointers)):
            self.context.adapt(self._adapters.applied)
            raise AdapterError("llama.cpp refused the LoRA adapters for this context.")
        self._adapters.applied = pointers
        self.kept.forget()  # what was evaluated is another model's now, also what is on disk
        self.warm = WarmStart(self.kept, None, self._shared.counters)


def open_mtp(model: Model, context: Context, tuning: Tuning) -> MtpCache | None:
    """The draft context, where the model has an MTP block and it is wanted. Without one, generation is only slower."""
    if tuning.mtp is Speculation.OFF:
        return None
    if not model.mtp_loaded:
        level = logging.WARNING if tuning.mtp is Speculation.ON else logging.INFO
        log.log(level, "%s has no multi-token prediction (NextN) block that drafts: it generates without", model.name)
        return None
    try:
        return MtpCache(Context(model, context.n_ctx, context.n_threads, tuning, draft_context=True))
    except ModelUnavailable as error:
        log.warning("no MTP drafts: %s", error)
        return None
