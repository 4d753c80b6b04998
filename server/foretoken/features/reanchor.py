"""Re-anchoring: what a fresh anchor's prompt says is evaluated in the background, before a key has to wait for it.

Making a new anchor costs everything behind the first character that differs, hundreds of model tokens. So a key goes on
with the old anchor, and the fresh one's prompt is evaluated with the lowest priority after the key was answered.
"""

import itertools
import logging
from dataclasses import replace

from foretoken.engine.engine import Engine, EngineUnavailable
from foretoken.features.gates import gate, secret_file
from foretoken.features.inline_completion import infill_prompt, max_tokens, prompt_tokens
from foretoken.prompt.infill import room_for_typed, shortened, without_typed
from foretoken.session.anchor import Anchor, Cause, fix_anchor, outlived
from foretoken.session.snapshot import Snapshot
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, FinishReason, GenerateRequest, ModelInfo, Priority, Timings

# The window around the anchor shrinks, and all of it is evaluated again, when what was typed fills its room.
MOST_TYPED = 0.6

logger = logging.getLogger(__name__)

_serial = itertools.count(1)


def fresh_anchor(snapshot: Snapshot, model: ModelInfo) -> tuple[Anchor, Cause] | None:
    """The anchor to prepare after a request that saw ``snapshot``, and why; None while there is no need.

    None too where nothing is suggested while typing. Pure.
    """
    if gate(replace(snapshot, automatic=True), model) is not None:
        return None
    text, offset = snapshot.document.text, snapshot.offset
    n_prompt = prompt_tokens(snapshot, model)
    most_typed = int(room_for_typed(n_prompt) * MOST_TYPED)
    quick = Cause.QUICK if shortened(snapshot, n_prompt) else None
    cause = quick or outlived(snapshot.anchor, text, offset, most_typed)
    return None if cause is None else (fix_anchor(text, offset), cause)


def prefill_request(snapshot: Snapshot, fresh: Anchor, model: ModelInfo) -> GenerateRequest | None:
    """What evaluates all that the requests of ``fresh`` have in common; None when the cursor's line is too long, or the
    file holds secrets, as its name says.

    It ends right behind ``Special.FIM_MIDDLE``, where the runtime keeps a checkpoint. Pure but for its number.
    """
    prompt = None if secret_file(snapshot) else infill_prompt(replace(snapshot, anchor=fresh), model)
    if prompt is None:
        return None
    return GenerateRequest(
        prompt=without_typed(prompt),
        n_predict=0,
        cancel_id=f"anchor-{next(_serial)}",
        heal=False,
        priority=Priority.PREFILL,
        n_reserve=max_tokens(snapshot, model),
    )


async def prefill(snapshot: Snapshot, fresh: Anchor, engine: Engine, cancel: CancelToken) -> Timings | None:
    """Evaluate it; the runtime's timings once it is done, None when it was cancelled or could not be done."""
    request = prefill_request(snapshot, fresh, engine.info) if engine.info is not None else None
    if request is None:
        return None
    timings: Timings | None = None
    try:
        async for item in engine.generate(request, cancel):
            if isinstance(item, Finish) and item.reason is not FinishReason.CANCELLED:
                timings = item.timings
    except EngineUnavailable as error:
        logger.info("a fresh anchor was not prepared: %s", error)
    return timings
