"""How fast the other server evaluates prompts, by its own timings."""

from foretoken.text.generation import Timings

LEAST_TOKENS = 32  # a few tokens take as long as one batch, and say nothing
FADING = 0.8  # what earlier requests weigh beside the newest


class PrefillRate:
    """value: tokens a second over the last requests; 0 = not known yet."""

    def __init__(self) -> None:
        self._tokens = self._seconds = 0.0

    @property
    def value(self) -> float:
        return self._tokens / self._seconds if self._seconds > 0 else 0.0

    def add(self, timings: Timings) -> None:
        if timings.prompt_n >= LEAST_TOKENS and timings.prompt_ms > 0:
            self._tokens = self._tokens * FADING + timings.prompt_n
            self._seconds = self._seconds * FADING + timings.prompt_ms / 1000
