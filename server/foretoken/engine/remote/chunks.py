"""One event of a streamed answer, in llama-server's form or OpenAI's, as one value."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from foretoken.engine.remote.connection import ServerRefused
from foretoken.text.generation import FinishReason, GeneratedToken, Timings


@dataclass(frozen=True, slots=True)
class Chunk:
    """tokens: each with its text; a probability of None = the server gave none. token_ids: where the server gives them.
    likeliest: the likeliest tokens in the place of the last of ``tokens``, as far as they were asked for.

    reason: on the last one, why the answer ends. timings: as far as it is known now. model: which one answers.
    """

    tokens: tuple[tuple[str, float | None], ...] = ()
    token_ids: tuple[int, ...] = ()
    reason: FinishReason | None = None
    timings: Timings | None = None
    model: str = ""
    likeliest: tuple[tuple[str, float], ...] = ()

    def generated(self) -> list[GeneratedToken]:
        return [GeneratedToken(text, 1.0 if p is None else p) for text, p in self.tokens]


def chunk_of(event: Mapping[str, Any], earlier: Timings) -> Chunk:
    """earlier: what was known of the timings before. Raises ServerRefused for what neither form has."""
    try:
        if "choices" in event:
            return _openai(event, earlier)
        return _native(event, earlier)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise ServerRefused(502, f"it sent what is no part of an answer ({error!r})") from error


def _native(event: Mapping[str, Any], earlier: Timings) -> Chunk:
    reason = _NATIVE_REASONS.get(event.get("stop_type", ""), FinishReason.END) if event.get("stop") else None
    probabilities = event.get("completion_probabilities") or ()
    token_ids = tuple(int(token_id) for token_id in event.get("tokens") or ())
    # Tokens that only together are a character come at once, with the last one's probability.
    probability = math.exp(min(probabilities[-1]["logprob"], 0.0)) if probabilities else None
    text = str(event["content"])
    tokens = ((text, probability),) if text or probabilities else ()
    given = event.get("timings")
    timings = _native_timings(given) if isinstance(given, dict) else None
    likeliest = tuple(
        (str(top["token"]), math.exp(min(top["logprob"], 0.0)))
        for top in (probabilities[-1].get("top_logprobs") or () if probabilities else ())
    )
    return Chunk(tokens, token_ids, reason, timings or earlier, str(event.get("model", "")), likeliest)


def _native_timings(given: Mapping[str, Any]) -> Timings:
    names = ("cache_n", "prompt_n", "prompt_ms", "predicted_n", "predicted_ms", "draft_n", "draft_n_accepted")
    return Timings(**{name: given[name] for name in names if isinstance(given.get(name), int | float)})


def _openai(event: Mapping[str, Any], earlier: Timings) -> Chunk:
    timings = earlier
    usage = event.get("usage")
    if isinstance(usage, dict):
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        prompt_n = int(usage.get("prompt_tokens") or 0) - int(cached)
        timings = replace(
            earlier, cache_n=int(cached), prompt_n=prompt_n, predicted_n=int(usage.get("completion_tokens") or 0)
        )
    model = str(event.get("model", ""))
    if not event["choices"]:
        return Chunk(timings=timings, model=model)
    choice = event["choices"][0]
    word = choice.get("finish_reason")
    if word in ("abort", "error"):
        raise ServerRefused(500, "it gave the request up")
    reason = None if word is None else _OPENAI_REASONS.get(word, FinishReason.END)
    if reason is FinishReason.END and choice.get("stop_reason") == "\n":
        reason = FinishReason.STOP
    text = str(choice.get("text") or "")
    return Chunk(_with_probabilities(text, choice.get("logprobs")), (), reason, timings, model)


def _with_probabilities(text: str, logprobs: object) -> tuple[tuple[str, float | None], ...]:
    """The chunk's text by its tokens where both agree; else as one token, as probable as all of them together."""
    if not isinstance(logprobs, dict):
        return ((text, None),) if text else ()
    if isinstance(logprobs.get("content"), list):  # llama-server's /v1/completions
        values = [entry["logprob"] for entry in logprobs["content"]]
        texts: Sequence[str] = [entry.get("token", "") for entry in logprobs["content"]]
    else:
        values, texts = logprobs.get("token_logprobs") or [], logprobs.get("tokens") or []
    probabilities = [math.exp(min(value, 0.0)) for value in values if value is not None]
    if probabilities and len(texts) == len(probabilities) and "".join(texts) == text:
        return tuple(zip(texts, probabilities, strict=True))
    if not text and not probabilities:
        return ()
    return ((text, math.prod(probabilities) if probabilities else None),)


_NATIVE_REASONS = {"eos": FinishReason.END, "limit": FinishReason.LENGTH, "word": FinishReason.STOP}
_OPENAI_REASONS = {
    "stop": FinishReason.END,
    "length": FinishReason.LENGTH,
    "repetition": FinishReason.REPETITION,
}
