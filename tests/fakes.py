"""Engines without a model. An answer is decided by the test: its text, its probabilities and, if gated, its moment."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from foretoken.engine.engine import EngineState, EngineStatus, EngineUnavailable, StatusListener
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import (
    Finish,
    FinishReason,
    GeneratedToken,
    GenerateRequest,
    ModelInfo,
    Score,
    ScoreRequest,
    Timings,
)

MODEL = ModelInfo(
    name="fake",
    architecture="fake",
    n_ctx=8192,
    n_params=1,
    size_bytes=1,
    hybrid=False,
    fim=True,
    n_layer_nextn=0,
    languages=(),
)


class FakeEngine:
    """Answers every request with ``reply``, one token for each piece.

    reply: the text, split into tokens of one character; or the tokens' texts. probabilities: of each token; a single
    number stands for all. error: raised instead of an answer.
    """

    def __init__(
        self,
        reply: str | Sequence[str] = "",
        probabilities: float | Sequence[float] = 0.99,
        *,
        finish: FinishReason = FinishReason.STOP,
        info: ModelInfo = MODEL,
        error: str = "",
        listener: StatusListener | None = None,
    ) -> None:
        self.reply: Sequence[str] = reply
        self.probabilities = probabilities
        self.finish = finish
        self.error = error
        self.prefill_rate = 0.0
        self.requests: list[GenerateRequest] = []
        self.cancels: list[CancelToken] = []
        self.closed = False
        self.on_ready: Callable[[], None] = lambda: None
        self._info = info
        self._listener = listener
        self._status = EngineStatus(EngineState.READY)

    @property
    def status(self) -> EngineStatus:
        return self._status

    @property
    def info(self) -> ModelInfo | None:
        return self._info

    def set_status(self, status: EngineStatus) -> None:
        self._status = status
        if self._listener is not None:
            self._listener(status)

    async def ready(self) -> ModelInfo:
        if self.error:
            raise EngineUnavailable(self.error)
        self.on_ready()
        return self._info

    async def generate(self, request: GenerateRequest, cancel: CancelToken) -> AsyncIterator[GeneratedToken | Finish]:
        self.requests.append(request)
        self.cancels.append(cancel)
        if self.error:
            raise EngineUnavailable(self.error)
        await self.before_answer(cancel)
        sent = 0
        for number, text in enumerate(self.reply):
            if cancel.cancelled:
                break
            p = self.probabilities
            yield GeneratedToken(text, p if isinstance(p, float | int) else p[number])
            sent += 1
        reason = FinishReason.CANCELLED if cancel.cancelled else self.finish
        yield Finish(reason, Timings(prompt_n=1, predicted_n=sent))

    async def before_answer(self, cancel: CancelToken) -> None:
        """Nothing to wait for."""

    async def score(self, request: ScoreRequest, cancel: CancelToken) -> tuple[Score, ...]:
        return tuple(Score(-float(len(candidate)), True) for candidate in request.candidates)

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    async def close(self) -> None:
        self.closed = True
        self.set_status(EngineStatus(EngineState.STOPPED))


class GatedEngine(FakeEngine):
    """Holds each answer back until ``release()``, or until its request is cancelled.

    stubborn: does not look at the CancelToken, as a broken engine might.
    """

    def __init__(self, *args: Any, stubborn: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stubborn = stubborn
        self._released = asyncio.Event()
        self._arrived = asyncio.Event()

    def release(self) -> None:
        """Let every waiting and every later request be answered."""
        self._released.set()

    async def arrived(self, count: int = 1) -> None:
        """Wait until this many requests have come."""
        while len(self.requests) < count:
            self._arrived.clear()
            await self._arrived.wait()

    async def before_answer(self, cancel: CancelToken) -> None:
        self._arrived.set()
        gate = asyncio.ensure_future(self._released.wait())
        if not self.stubborn:
            cancel.on_cancel(gate.cancel)
        await asyncio.wait((gate,))
