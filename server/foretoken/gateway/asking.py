"""From the fields that all ways of asking share to what the worker is asked."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace

from foretoken.gateway.answering import Asked
from foretoken.gateway.errors import ApiError
from foretoken.gateway.readiness import Ready
from foretoken.gateway.schemas import Sampled
from foretoken.gateway.stopping import Rules
from foretoken.text.generation import Constraint, GenerateRequest, Priority, Sampling, Stop
from foretoken.text.pieces import Prompt, Special
from foretoken.text.wire import MAX_SEED

# All tools together: a client that could name itself could have as many names, and shares, as it likes.
OWNER = "gateway"
# Where nothing says how long the answer may be it has the window, less this: the runtime keeps some tokens free.
SPARE = 8
# Below it the most probable token is as good as certain, and dividing by it leaves the range of the numbers.
COLDEST = 1e-3
_NO_RULE = Stop(max_lines=1 << 20)


def sampling(body: Sampled, usual: Sampling) -> Sampling:
    """usual: what stands for the fields that were left out."""

    def given(value: float | None, default: float) -> float:
        return default if value is None else value

    temperature = given(body.temperature, usual.temperature)
    return Sampling(
        temperature=temperature if temperature >= COLDEST else 0.0,
        top_k=max(0, int(given(body.top_k, usual.top_k))),
        top_p=given(body.top_p, usual.top_p),
        min_p=given(body.min_p, usual.min_p),
        seed=None if body.seed in (None, -1) else body.seed & MAX_SEED,
    )


def stops(body: Sampled) -> Sequence[str]:
    """Some clients send an empty one where they mean none."""
    given = [body.stop] if isinstance(body.stop, str) else body.stop or []
    return [stop for stop in given if stop]


def first(*values: int | None) -> int | None:
    """The first one that was given."""
    return next((value for value in values if value is not None), None)


def room(ready: Ready, prompt: Prompt, wanted: int | None) -> tuple[int, int]:
    """How many tokens the prompt has, and how many may be generated.

    That is ``wanted`` (None or below 0 = all that fit), or what the window has room for.

    Raises ApiError 400 when the prompt alone is too long.
    """
    check_fits(ready, (piece.text for piece in prompt if not isinstance(piece, Special)))
    n_prompt = ready.texts.count(prompt)
    left = ready.info.n_ctx - n_prompt - SPARE
    if left < (0 if wanted == 0 else 1):
        raise _too_long(f"{n_prompt}", ready)
    return n_prompt, left if wanted is None or wanted < 0 else min(wanted, left)


def most_characters(ready: Ready, n_tokens: int) -> int:
    """No text with more characters has so few tokens."""
    return max(0, n_tokens) * ready.texts.longest


def check_fits(ready: Ready, texts: Iterable[str]) -> None:
    """Raises ApiError 400 when nothing but the texts' length tells that they are too long. Counts no tokens."""
    n_characters = sum(len(text) for text in texts)
    if n_characters > most_characters(ready, ready.info.n_ctx):
        raise _too_long(f"more than {n_characters // ready.texts.longest}", ready)


def _too_long(n_tokens: str, ready: Ready) -> ApiError:
    return ApiError(
        400,
        f"The prompt has {n_tokens} tokens, but the window holds {ready.info.n_ctx}. "
        "Send less, or raise the setting model.n_ctx.",
        code="context_length_exceeded",
    )


def asked(
    prompt: Prompt,
    n_predict: int,
    priority: Priority,
    chosen: Sampling,
    rules: Rules,
    *,
    heal: bool = True,
    constraint: Constraint | None = None,
    original: str = "",
    probabilities: bool = False,
    n_reserve: int = 0,
) -> Asked:
    request = GenerateRequest(
        prompt=prompt,
        n_predict=n_predict,
        cancel_id=uuid.uuid4().hex,
        stop=_NO_RULE,
        heal=heal,
        priority=priority,
        sampling=chosen,
        constraint=constraint,
        original=original,
        probabilities=probabilities,
        n_reserve=n_reserve,
        owner=OWNER,
    )
    return Asked(request, rules)


def choice_sampling(chosen: Sampling, number: int) -> Sampling:
    """The sampling of the ``number``-th answer to one prompt: with a seed, each has one of its own."""
    return chosen if chosen.seed is None else replace(chosen, seed=(chosen.seed + number) & MAX_SEED)
