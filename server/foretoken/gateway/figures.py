"""The figures of an answer, as OpenAI (usage) and llama.cpp (timings) name them."""

from foretoken.text.generation import Timings


def usage(prompt_tokens: int, timings: list[Timings], completion_tokens: int) -> dict[str, object]:
    """timings: one for each prompt, of the first answer to it."""
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "prompt_tokens_details": {"cached_tokens": sum(each.cache_n for each in timings)},
    }


def timings_object(timings: Timings) -> dict[str, object]:
    """llama.cpp's ``timings`` (tools/server/README.md)."""
    figures: dict[str, object] = {
        "cache_n": timings.cache_n,
        "prompt_n": timings.prompt_n,
        "prompt_ms": timings.prompt_ms,
        "prompt_per_token_ms": _ratio(timings.prompt_ms, timings.prompt_n),
        "prompt_per_second": _ratio(timings.prompt_n * 1000, timings.prompt_ms),
        "predicted_n": timings.predicted_n,
        "predicted_ms": timings.predicted_ms,
        "predicted_per_token_ms": _ratio(timings.predicted_ms, timings.predicted_n),
        "predicted_per_second": _ratio(timings.predicted_n * 1000, timings.predicted_ms),
    }
    if timings.draft_n:
        figures |= {"draft_n": timings.draft_n, "draft_n_accepted": timings.draft_n_accepted}
    return figures


def _ratio(dividend: float, divisor: float) -> float:
    return dividend / divisor if divisor > 0 else 0.0
