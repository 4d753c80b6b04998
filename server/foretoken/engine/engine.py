"""The Engine interface: who answers a prompt, wherever the model lives."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GeneratedToken, GenerateRequest, ModelInfo, Score, ScoreRequest


class EngineUnavailable(Exception):
    """No answer can be had now. The message says what happened and what to do about it."""


class EngineState(StrEnum):
    STARTING = "starting"
    LOADING = "loading"
    READY = "ready"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"
    ASLEEP = "asleep"  # no model is loaded because nobody needed one; the next request loads it


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """message: a sentence for the user. progress: while LOADING, how much is done (0 to 1).

    attempt: while RESTARTING after an end that nobody asked for, which restart in a row this is, from 1; else 0.
    """

    state: EngineState
    message: str = ""
    progress: float | None = None
    attempt: int = 0


StatusListener = Callable[[EngineStatus], None]


class Engine(Protocol):
    """Implemented by the supervised runtime's client; tests use a gated fake (tests/fakes.py)."""

    @property
    def status(self) -> EngineStatus: ...

    @property
    def info(self) -> ModelInfo | None:
        """What the model says of itself; None until it is loaded."""
        ...

    @property
    def prefill_rate(self) -> float:
        """Prompt tokens a second, as measured over the last requests; 0 = not known yet."""
        ...

    async def ready(self) -> ModelInfo:
        """Wait until the model is loaded. Raises EngineUnavailable when it cannot be, or not in a short time."""
        ...

    def generate(self, request: GenerateRequest, cancel: CancelToken) -> AsyncIterator[GeneratedToken | Finish]:
        """Stream tokens, then exactly one Finish. Raises EngineUnavailable; cancelling ends the stream early."""
        ...

    async def score(self, request: ScoreRequest, cancel: CancelToken) -> tuple[Score, ...]:
        """How probable each candidate is, in their order. Raises EngineUnavailable or Cancelled."""
        ...

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of model tokens of each text, special parsing off. Raises EngineUnavailable."""
        ...

    async def close(self) -> None: ...
