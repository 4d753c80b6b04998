"""Inline completion: Snapshot -> prompt -> engine -> postprocess -> suggestion or refusal."""

import itertools
import time
from dataclasses import dataclass, replace

from foretoken.engine.engine import Engine, EngineUnavailable
from foretoken.features.gates import gate
from foretoken.postprocess.pipeline import postprocess
from foretoken.postprocess.suggestion import Reason, Refusal, Suggestion
from foretoken.prompt.infill import fits, infill
from foretoken.session.anchor import fix_anchor
from foretoken.session.snapshot import Snapshot
from foretoken.text.cancel import Cancelled, CancelToken
from foretoken.text.generation import Finish, FinishReason, GeneratedToken, GenerateRequest, ModelInfo, Stop, Timings
from foretoken.text.pieces import Prompt
from foretoken.text.stop import indent_columns

_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class InlineAnswer:
    """outcome, the runtime's timings (None when no model was asked), and the whole time in milliseconds."""

    outcome: Suggestion | Refusal
    timings: Timings | None
    total_ms: float


async def inline_completion(snapshot: Snapshot, engine: Engine, cancel: CancelToken) -> InlineAnswer:
    """One suggestion at the snapshot's cursor, or the reason why there is none.

    Never raises for an expected condition: cancellation and a missing model are refusals too.
    """
    started = time.perf_counter()
    timings: Timings | None = None
    outcome: Suggestion | Refusal | None = gate(snapshot, engine.info)
    if outcome is None:
        try:
            outcome, timings = await _ask(snapshot, engine, cancel)
        except EngineUnavailable as error:
            outcome = Refusal(Reason.ENGINE_UNAVAILABLE, str(error))
        except Cancelled:
            outcome = _cancelled(cancel)
    return InlineAnswer(outcome, timings, (time.perf_counter() - started) * 1000)


async def _ask(snapshot: Snapshot, engine: Engine, cancel: CancelToken) -> tuple[Suggestion | Refusal, Timings | None]:
    model = await engine.ready()
    refusal = gate(snapshot, model)
    if refusal is not None:
        return refusal, None
    cancel.check()
    inline, stop = snapshot.settings.inline, stop_rule(snapshot)
    prompt = infill_prompt(snapshot, model)
    if prompt is None:
        return Refusal(Reason.LINE_TOO_LONG), None
    request = GenerateRequest(
        prompt=prompt,
        n_predict=max_tokens(snapshot, model),
        cancel_id=f"inline-{next(_serial)}",
        stop=stop,
        min_probability=inline.min_probability,
    )
    tokens: list[GeneratedToken] = []
    finish: Finish | None = None
    async for item in engine.generate(request, cancel):
        if isinstance(item, Finish):
            finish = item
        else:
            tokens.append(item)
    if cancel.cancelled or finish is None or finish.reason is FinishReason.CANCELLED:
        return _cancelled(cancel), finish.timings if finish else None
    outcome = postprocess(
        tokens,
        finish.reason,
        text=snapshot.document.text,
        offset=snapshot.offset,
        stop=stop,
        min_probability=inline.min_probability,
    )
    return outcome, finish.timings


def max_tokens(snapshot: Snapshot, model: ModelInfo) -> int:
    """``inline.max_tokens``, but never so many that less than half of the window is left to the prompt."""
    return min(snapshot.settings.inline.max_tokens, model.n_ctx // 2)


def prompt_tokens(snapshot: Snapshot, model: ModelInfo) -> int:
    """How many tokens the prompt may have."""
    return min(model.n_ctx - max_tokens(snapshot, model), model.n_prompt or model.n_ctx)


def infill_prompt(snapshot: Snapshot, model: ModelInfo) -> Prompt | None:
    """The prompt for the snapshot, as long as the model answers best; None when the cursor's line alone is too long.

    An anchor that lies too far back for this model is fixed anew at the cursor's line.
    """
    n_prompt = prompt_tokens(snapshot, model)
    if not fits(snapshot, n_prompt):
        snapshot = replace(snapshot, anchor=fix_anchor(snapshot.document.text, snapshot.offset, snapshot.anchor.room))
        if not fits(snapshot, n_prompt):
            return None
    return infill(snapshot, n_prompt)


def stop_rule(snapshot: Snapshot) -> Stop:
    """How far a suggestion may go.

    Inside a line: to its end. At the end of a started line: into the block that the line opens. On a blank line: to
    the end of the block that the cursor stands in.
    """
    text, offset = snapshot.document.text, snapshot.offset
    line_start = text.rfind("\n", 0, offset) + 1
    line_end = text.find("\n", offset)
    before, after = text[line_start:offset], text[offset : line_end if line_end >= 0 else len(text)]
    if after.strip():
        return Stop(max_lines=1)
    started = bool(before.strip())
    return Stop(max_lines=snapshot.settings.inline.max_lines, min_indent=indent_columns(before) + started)


def _cancelled(cancel: CancelToken) -> Refusal:
    return Refusal(Reason.SUPERSEDED if cancel.reason == "superseded" else Reason.CANCELLED)
