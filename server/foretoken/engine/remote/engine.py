"""RemoteEngine: another server that answers in place of a model process of our own."""

import asyncio
import contextlib
import importlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from foretoken.engine.engine import EngineState, EngineStatus, EngineUnavailable, StatusListener
from foretoken.engine.remote.capabilities import Capabilities, Way
from foretoken.engine.remote.options import RemoteOptions
from foretoken.engine.remote.rate import PrefillRate
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

if TYPE_CHECKING:
    from foretoken.engine.remote.link import Link

log = logging.getLogger(__name__)

READY_SECONDS = 10.0  # how long a request waits for a server that is being asked what it can do
# Seconds before a server that was not reached is tried again; then the last.
BACK_OFF = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
AWAY = 2  # looks in vain after which nobody waits for the next one
LOADING_SECONDS = 1.0  # between two looks at a server that loads its model
WRONG_SECONDS = 60.0  # between two looks at a server that answers wrongly: somebody may put it right


class RemoteEngine:
    """An Engine over HTTP. For one event loop; ``start`` first, ``close`` at the end. Sends nothing before ``start``."""

    def __init__(self, options: RemoteOptions) -> None:
        self._options = options
        self._link: Link | None = None
        self._status = EngineStatus(EngineState.STARTING, "The other server is asked what it can do.")
        self._listeners: list[StatusListener] = []
        self._changed = asyncio.Event()
        self._again = asyncio.Event()  # look at the server anew
        self._supervision: asyncio.Task[None] | None = None
        self._closings: set[asyncio.Task[None]] = set()
        self._rate = PrefillRate()

    @property
    def status(self) -> EngineStatus:
        return self._status

    @property
    def info(self) -> ModelInfo | None:
        return self._link.info if self._link is not None else None

    @property
    def prefill_rate(self) -> float:
        return self._rate.value

    @property
    def capabilities(self) -> Capabilities | None:
        """What was found; None until the server has answered."""
        return self._link.capabilities if self._link is not None else None

    def subscribe(self, listener: StatusListener) -> Callable[[], None]:
        """``listener`` is called with every new status; the answer ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def start(self) -> None:
        """Ask the server what it can do, in the background."""
        self._supervision = asyncio.get_running_loop().create_task(self._supervise())

    def reload(self, options: RemoteOptions) -> None:
        """Ask another server, or in another way, from now on."""
        if options == self._options:
            return
        self._options = options
        if self._supervision is not None:
            self._supervision.cancel()
            self._drop()
            self._rate = PrefillRate()
            self._set(EngineState.RESTARTING, "The other server is asked with the new settings.")
            self.start()

    def set_log_level(self, level: str) -> None:
        """The other server keeps its own log."""

    async def ready(self) -> ModelInfo:
        """Wait until the server is known; at most ten seconds. Raises EngineUnavailable."""
        return (await self._ready_link()).info

    async def generate(self, request: GenerateRequest, cancel: CancelToken) -> AsyncIterator[GeneratedToken | Finish]:
        """See Engine. Healing is left out: the last typed token is sent as it is."""
        try:
            cancel.check()
            link = await self._ready_link(cancel)
            async with self._served(link, cancel), contextlib.aclosing(link.generate(request, cancel)) as items:
                async for item in items:
                    if isinstance(item, Finish):
                        if link.capabilities.way is Way.COMPLETION:  # others do not say how long the prompt took
                            self._rate.add(item.timings)
                        item = replace(item, timings=replace(item.timings, prefill_rate=self._rate.value))
                    yield item
        except Cancelled:
            yield Finish(FinishReason.CANCELLED, Timings())

    async def score(self, request: ScoreRequest, cancel: CancelToken) -> tuple[Score, ...]:
        """Raises EngineUnavailable: neither llama-server nor vLLM scores many candidates without reading the whole
        prompt again for each."""
        raise EngineUnavailable(
            "Another server cannot rank candidates. The built-in engine does it (an empty engine.url)."
        )

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See Engine. Raises EngineUnavailable where the server does not tokenize."""
        link = await self._ready_link()
        async with self._served(link, CancelToken()):
            return await link.count_tokens(texts)

    async def metrics(self) -> dict[str, float]:
        """The server's own counters, by their own names. Raises EngineUnavailable."""
        link = await self._ready_link()
        async with self._served(link, CancelToken()):
            return await link.metrics()

    async def close(self) -> None:
        """Safe to call twice."""
        if self._supervision is not None:
            self._supervision.cancel()
            await asyncio.wait({self._supervision})
            self._supervision = None
        self._drop()
        while self._closings:
            await asyncio.wait(set(self._closings))
        self._set(EngineState.STOPPED, "The connection to the other server is closed.")

    @contextlib.asynccontextmanager
    async def _served(self, link: "Link", cancel: CancelToken) -> AsyncIterator[None]:
        """What befalls one request is raised as EngineUnavailable, or Cancelled; a lost server is looked for again."""
        from foretoken.engine.remote.connection import ServerLost, ServerRefused
        from foretoken.engine.remote.link import OtherModel

        try:
            yield
        except (ServerLost, OtherModel) as error:
            cancel.check()
            self._lost(link, f"The server at {link.where} was lost: {_sentence(error)}")
            raise EngineUnavailable(
                f"The server at {link.where} was lost while it was answering: {_sentence(error)}"
            ) from error
        except ServerRefused as error:
            cancel.check()
            if error.status in (401, 403, 404, 503):  # not what was found when it was asked what it can do
                self._lost(link, f"The server at {link.where} changed: {_sentence(error)}")
            raise EngineUnavailable(f"The server at {link.where} refused the request: {_sentence(error)}") from error

    async def _ready_link(self, cancel: CancelToken | None = None) -> "Link":
        """The way to a server that is known. Raises Cancelled, or EngineUnavailable after a while."""
        if cancel is not None:
            loop = asyncio.get_running_loop()
            cancel.on_cancel(lambda: loop.call_soon_threadsafe(self._wake))
        if self._status.state is EngineState.RESTARTING:
            self._again.set()  # somebody waits: not only when the back-off is over
        deadline = time.monotonic() + READY_SECONDS
        while (link := self._link) is None:
            if cancel is not None:
                cancel.check()
            left = deadline - time.monotonic()
            away = self._status.state is EngineState.RESTARTING and self._status.attempt >= AWAY
            if away or self._status.state in (EngineState.FAILED, EngineState.STOPPED) or left <= 0:
                raise EngineUnavailable(self._status.message)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._changed.wait()
        return link

    async def _supervise(self) -> None:
        """Looks at the server until it is known, and again whenever it was lost."""
        attempt = 0
        while True:
            self._again.clear()
            began = time.monotonic()
            delay, attempt = await self._look(attempt)
            # Not wait_for: in Python 3.11 it swallows a cancel that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._again.wait()
            # However many requests ask for it: not more often than the shortest wait.
            await asyncio.sleep(max(0.0, began + min(BACK_OFF) - time.monotonic()) if self._link is None else 0.0)

    async def _look(self, attempt: int) -> tuple[float | None, int]:
        """One look; how long to wait before the next (None = until the server is lost), and the attempts so far."""
        # A quarter of a second of imports: not before the editor's first answer, and off the event loop.
        module = await asyncio.to_thread(importlib.import_module, "foretoken.engine.remote.link")
        from foretoken.engine.remote.connection import ServerLost
        from foretoken.engine.remote.probe import ServerLoading

        options = self._options
        try:
            where = options.where
            link = await module.connect(options)
        except ServerLoading as error:
            self._set(EngineState.LOADING, f"The server at {where} loads its model ({error}).")
            return LOADING_SECONDS, 0
        except ServerLost as error:
            delay = BACK_OFF[min(attempt, len(BACK_OFF) - 1)]
            message = f"The server at {where} cannot be reached: {_sentence(error)} It is tried again in {delay:g} s."
            if attempt >= 2:
                message += " Start it, or correct engine.url; an empty one brings back the built-in engine."
            log.warning("%s", message)
            self._set(EngineState.RESTARTING, message, attempt + 1)
            return delay, attempt + 1
        except EngineUnavailable as error:
            log.error("%s", error)
            self._set(EngineState.FAILED, str(error))
            return WRONG_SECONDS, 0
        self._link = link
        for sentence in link.capabilities.how:
            log.info("%s", sentence)
        self._set(EngineState.READY, link.greeting)
        return None, 0

    def _lost(self, link: "Link", message: str) -> None:
        if link is self._link:
            log.warning("%s", message)
            self._drop()
            self._set(EngineState.RESTARTING, f"{message} It is asked again.", 1)
            self._again.set()

    def _drop(self) -> None:
        if self._link is not None:
            task = asyncio.get_running_loop().create_task(self._link.close())
            self._closings.add(task)
            task.add_done_callback(self._closings.discard)
            self._link = None

    def _set(self, state: EngineState, message: str, attempt: int = 0) -> None:
        status = EngineStatus(state, message, None, attempt)
        if status == self._status:
            return
        self._status = status
        self._wake()
        for listener in tuple(self._listeners):
            listener(status)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _sentence(error: Exception) -> str:
    return f"{str(error).rstrip('. ')}."
