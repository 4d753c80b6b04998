"""SupervisedEngine: an Engine over a model process that is found or started, and started again when it dies."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from foretoken.engine.engine import EngineStatus, EngineUnavailable, StatusListener
from foretoken.engine.launch import RuntimeProcess, start_runtime
from foretoken.engine.life import Life
from foretoken.engine.obtain import Hold, Launch
from foretoken.engine.options import GatewayOptions, RuntimeOptions
from foretoken.engine.process_end import ended_soon, exit_code
from foretoken.engine.shared_process import ModelProcess
from foretoken.engine.supervision import Setup, Supervision
from foretoken.engine.token_counts import TokenCounts
from foretoken.text.cancel import Cancelled, CancelToken
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
from foretoken.text.wire import RemoteError, WireError

if TYPE_CHECKING:
    from foretoken.engine.client import RuntimeClient

Request = TypeVar("Request", GenerateRequest, ScoreRequest)


class SupervisedEngine:
    """For one event loop; ``start`` first, ``close`` at the end.

    early: a process that ``launch.start_runtime`` started before, to save the time until it listens. folder: where the
    windows of this user find each other's model processes; None = a process of our own, which ends with us. name: what
    the user knows this window by; it goes along with every request.
    """

    def __init__(
        self,
        options: RuntimeOptions,
        log_dir: Path | None = None,
        log_level: str = "info",
        early: RuntimeProcess | None = None,
        launch: Launch = start_runtime,
        *,
        folder: Path | None = None,
        life: Life | None = None,
        gateway: GatewayOptions | None = None,
        name: Callable[[], str] = lambda: "",
    ) -> None:
        setup = Setup(options, log_dir, log_level, folder, life or Life(), gateway or GatewayOptions(), name, launch)
        self._supervision = Supervision(setup, early, self._forget_model)
        self._counts = TokenCounts()
        self._id = secrets.token_hex(4)
        self.prefill_rate = 0.0

    @property
    def status(self) -> EngineStatus:
        return self._supervision.status

    @property
    def info(self) -> ModelInfo | None:
        return self._supervision.info

    @property
    def pid(self) -> int | None:
        """The process id of the present model process."""
        process = self._supervision.hold.process
        return process.pid if process else None

    def subscribe(self, listener: StatusListener) -> Callable[[], None]:
        """``listener`` is called with every new status; the answer ends that."""
        return self._supervision.subscribe(listener)

    def start(self) -> None:
        """Find or start the process and follow it, in the background."""
        self._supervision.start()

    def reload(self, options: RuntimeOptions) -> None:
        """Use another model, or other numbers, from now on: another process takes the present one's place."""
        self._supervision.reload(options)

    def set_log_level(self, level: str) -> None:
        """One of ``log.level``'s values, for this model process and the next ones."""
        self._supervision.set_log_level(level)

    def set_life(self, life: Life) -> None:
        """How long the process stays, for this one and the next ones; the model stays loaded."""
        self._supervision.set_life(life)

    def set_gateway(self, options: GatewayOptions) -> None:
        """Open, move or close the other tools' port; the model stays loaded."""
        self._supervision.set_gateway(options)

    async def open_gateway(self, options: GatewayOptions) -> dict[str, Any]:
        """The same, and where it is now: {"host", "port" or None, "without_token", "problem"}. It is ours until we
        close, and goes on for others that want the same. Raises EngineUnavailable."""
        async with self._served(CancelToken()) as client:
            self._supervision.setup = replace(self._supervision.setup, gateway=options)
            return await client.set_gateway(self._supervision.hold.window or 0, options)

    async def ready(self) -> ModelInfo:
        """Wait until the model is loaded; at most ten seconds. Raises EngineUnavailable."""
        await self._supervision.ready_client()
        if self.info is None:
            raise EngineUnavailable(self.status.message)
        return self.info

    async def generate(self, request: GenerateRequest, cancel: CancelToken) -> AsyncIterator[GeneratedToken | Finish]:
        """See Engine. When the process dies in the middle this raises, and the next request finds a new one."""
        request = self._ours(request)
        try:
            async with self._served(cancel) as client, contextlib.aclosing(client.generate(request, cancel)) as items:
                async for item in items:
                    if isinstance(item, Finish) and item.timings.prefill_rate:
                        self.prefill_rate = item.timings.prefill_rate
                    yield item
        except Cancelled:
            yield Finish(FinishReason.CANCELLED, Timings())

    async def score(self, request: ScoreRequest, cancel: CancelToken) -> tuple[Score, ...]:
        """See Engine."""
        request = self._ours(request)
        async with self._served(cancel) as client:
            return await client.score(request, cancel)

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See Engine. Counted once for each content."""
        counts = {text: self._counts.get(text) for text in texts}
        unknown = [text for text, count in counts.items() if count is None]
        if unknown:
            counts.update(zip(unknown, await self._count(unknown), strict=True))
        return [counts[text] or 0 for text in texts]

    async def metrics(self) -> dict[str, float]:
        """The runtime's counters and rates. Raises EngineUnavailable."""
        from foretoken.engine.client import RuntimeGone

        client = await self._supervision.ready_client()
        try:
            return await client.metrics()
        except RuntimeGone as error:
            raise EngineUnavailable(f"The model process is gone: {error}") from error

    async def close(self, linger: bool = True) -> None:
        """Let go of the process: one of our own ends, and so does a shared one after a while, or at once without
        ``linger``, when nobody else uses it. Safe to call twice."""
        await self._supervision.close(linger)

    async def _count(self, texts: list[str]) -> list[int]:
        from foretoken.engine.client import RuntimeGone, RuntimeRefused

        client = await self._supervision.ready_client()
        known = self._counts  # this model's: a reload meanwhile puts another in its place
        try:
            counts = await client.count_tokens(texts)
        except (RuntimeGone, RuntimeRefused) as error:
            raise EngineUnavailable(f"The model process did not count tokens: {error}") from error
        for text, count in zip(texts, counts, strict=True):
            known.put(text, count)
        return counts

    def _ours(self, request: Request) -> Request:
        """Other windows ask the same process: an id is ours alone, and the request says who asks."""
        self._supervision.tell_name()
        owner = request.owner or self._id
        return replace(request, cancel_id=f"{self._id}/{request.cancel_id}", owner=owner)

    @contextlib.asynccontextmanager
    async def _served(self, cancel: CancelToken) -> AsyncIterator["RuntimeClient"]:
        """A client for one request, once the model is ready. What befalls it is raised as EngineUnavailable, or
        Cancelled."""
        from foretoken.engine.client import RuntimeGone, RuntimeRefused

        client = await self._supervision.ready_client(cancel)
        hold = self._supervision.hold
        process = hold.process
        try:
            yield client
        except RuntimeGone as error:
            raise EngineUnavailable(await _what_happened(hold, process, str(error))) from error
        except (RuntimeRefused, RemoteError, WireError) as error:
            raise EngineUnavailable(str(error)) from error

    def _forget_model(self) -> None:
        self.prefill_rate = 0.0
        self._counts = TokenCounts()


async def _what_happened(hold: Hold, process: ModelProcess | None, error: str) -> str:
    """Why an answer ended in the middle."""
    gone = process is None or await ended_soon(process)
    if process is None or hold.leaving or exit_code(process) == 0:
        return "The model process was stopped while it was answering."
    if not gone:
        return f"The connection to the model process was lost: {error}"
    return "The model process ended while it was answering; it is being started again."
