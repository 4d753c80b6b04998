"""ChosenEngine: a model process of our own, or another server, whichever the settings name now."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from foretoken.engine.engine import Engine, EngineStatus, StatusListener
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GeneratedToken, GenerateRequest, ModelInfo, Score, ScoreRequest

if TYPE_CHECKING:
    from foretoken.engine.remote.engine import RemoteEngine
    from foretoken.engine.remote.options import RemoteOptions


class StartedEngine(Engine, Protocol):
    """What both kinds have beside the Engine interface."""

    def subscribe(self, listener: StatusListener) -> Callable[[], None]: ...

    def start(self) -> None: ...

    def set_log_level(self, level: str) -> None: ...

    async def metrics(self) -> dict[str, float]: ...


class OwnEngine(StartedEngine, Protocol):
    """linger: leave the process to others, or to the next one who asks for it, for a while."""

    async def close(self, linger: bool = True) -> None: ...


Local = TypeVar("Local", bound=OwnEngine)


class ChosenEngine(Generic[Local]):
    """For one event loop. An editor's settings come after the start, so ``use`` may be called at any time.

    local: an engine that was not started; it is used as long as ``use`` names no other server.
    """

    def __init__(self, local: Local) -> None:
        self._local: Local | None = local
        self._remote: RemoteEngine | None = None
        self._listeners: list[StatusListener] = []
        self._unsubscribe = local.subscribe(self._tell)
        self._started = False
        self._closings: set[asyncio.Task[None]] = set()

    @property
    def local(self) -> Local | None:
        """The engine of our own; None while another server is used."""
        return self._local

    @property
    def remote(self) -> "RemoteEngine | None":
        """None while the engine of our own is used."""
        return self._remote

    @property
    def status(self) -> EngineStatus:
        return self._engine.status

    @property
    def info(self) -> ModelInfo | None:
        return self._engine.info

    @property
    def prefill_rate(self) -> float:
        return self._engine.prefill_rate

    def use(self, remote: "RemoteOptions | None", local: Callable[[], Local]) -> None:
        """Use the server that ``remote`` names, or, when it names none, the engine of our own.

        local: makes that engine anew, not started. What is in flight when one takes the other's place fails.
        """
        if remote is not None and self._remote is not None:
            self._remote.reload(remote)
            return
        if (remote is None) == (self._remote is None):
            return
        self._unsubscribe()
        # Nobody comes back to a model of our own while the settings name another server.
        given_up = self._engine.close() if self._local is None else self._local.close(linger=False)
        closing = asyncio.get_running_loop().create_task(given_up)
        self._closings.add(closing)
        closing.add_done_callback(self._closings.discard)
        if remote is None:
            self._local, self._remote = local(), None
        else:
            from foretoken.engine.remote.engine import RemoteEngine  # most users never need it

            self._local, self._remote = None, RemoteEngine(remote)
        self._unsubscribe = self._engine.subscribe(self._tell)
        self._tell(self._engine.status)
        if self._started:
            self._engine.start()

    def start(self) -> None:
        """Nothing is started, and nothing sent anywhere, before this."""
        self._started = True
        self._engine.start()

    def subscribe(self, listener: StatusListener) -> Callable[[], None]:
        """``listener`` is called with every new status; the answer ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def set_log_level(self, level: str) -> None:
        """One of ``log.level``'s values."""
        self._engine.set_log_level(level)

    async def ready(self) -> ModelInfo:
        """See Engine."""
        return await self._engine.ready()

    def generate(self, request: GenerateRequest, cancel: CancelToken) -> AsyncIterator[GeneratedToken | Finish]:
        """See Engine."""
        return self._engine.generate(request, cancel)

    async def score(self, request: ScoreRequest, cancel: CancelToken) -> tuple[Score, ...]:
        """See Engine."""
        return await self._engine.score(request, cancel)

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See Engine."""
        return await self._engine.count_tokens(texts)

    async def metrics(self) -> dict[str, float]:
        """The counters and rates of whichever answers. Raises EngineUnavailable."""
        return await self._engine.metrics()

    async def close(self, linger: bool = True) -> None:
        """Close what is in use, and wait for what was closed before. Safe to call twice. linger: see OwnEngine."""
        await (self._engine.close() if self._local is None else self._local.close(linger))
        while self._closings:
            await asyncio.wait(set(self._closings))

    @property
    def _engine(self) -> StartedEngine:
        engine = self._remote or self._local
        assert engine is not None, "one of the two is always there"
        return engine

    def _tell(self, status: EngineStatus) -> None:
        for listener in tuple(self._listeners):
            listener(status)
