"""SupervisedEngine: one model process of our own, started, followed, started again when it dies, and ended."""

import asyncio
import contextlib
import importlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from foretoken.engine.engine import EngineState, EngineStatus, EngineUnavailable, StatusListener
from foretoken.engine.launch import RuntimeProcess, start_runtime
from foretoken.engine.process_end import end, ended_soon, obituary, when_ended
from foretoken.engine.poison import Poison, fingerprint
from foretoken.engine.token_counts import TokenCounts
from foretoken.text.cancel import CancelToken, Cancelled
from foretoken.text.generation import Finish, FinishReason, GenerateRequest, ModelInfo, Timings, Token
from foretoken.text.wire import RemoteError, info_from_wire

if TYPE_CHECKING:
    from foretoken.engine.client import RuntimeClient

log = logging.getLogger(__name__)

BACK_OFF = (0.2, 1.0, 5.0, 30.0)  # seconds before the first, second, ... start after a death; then the last
STEADY_SECONDS = 60.0  # a process that served so long starts the back-off from the beginning
CONNECT_SECONDS = 60.0  # until a started process says where it listens
READY_SECONDS = 10.0  # how long a request waits for a model that is being loaded


@dataclass(frozen=True, slots=True)
class RuntimeOptions:
    """The model and how it is run; the meaning of the numbers is that of the settings ``model.*``."""

    model: Path
    n_ctx: int = 8192
    threads: int = 0
    gpu_layers: int = -1


class ModelRefused(Exception):
    """The runtime cannot use the model; starting it again would not help."""


class SupervisedEngine:
    """An Engine over a process of its own. For one event loop; ``start`` first, ``close`` at the end.

    early: a process that ``launch.start_runtime`` started before, to save the time until it listens.
    """

    def __init__(
        self,
        options: RuntimeOptions,
        log_dir: Path | None = None,
        log_level: str = "info",
        early: RuntimeProcess | None = None,
        launch: Callable[[Path | None, str], RuntimeProcess] = start_runtime,
    ) -> None:
        self._options = options
        self._log_dir = log_dir
        self._log_level = log_level
        self._launch = launch
        self._process = early
        self._client: RuntimeClient | None = None
        self._info: ModelInfo | None = None
        self._status = EngineStatus(EngineState.STARTING, "The model process is starting.")
        self._listeners: list[StatusListener] = []
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._poison = Poison(time.monotonic)
        self._counts = TokenCounts()

    @property
    def status(self) -> EngineStatus:
        return self._status

    @property
    def info(self) -> ModelInfo | None:
        return self._info

    @property
    def pid(self) -> int | None:
        """The process id of the present model process."""
        return self._process.popen.pid if self._process else None

    def subscribe(self, listener: StatusListener) -> Callable[[], None]:
        """``listener`` is called with every new status; the answer ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def start(self) -> None:
        """Start the process and follow it, in the background."""
        self._run(self._supervise())

    def reload(self, options: RuntimeOptions) -> None:
        """Use another model, or other numbers, from now on: a new process takes the present one's place."""
        if options == self._options:
            return
        self._options = options
        if self._task is not None:
            # At once: what is asked in the same turn of the loop must not meet the old model's state.
            self._forget_model()
            self._run(self._replace(self._task))

    async def ready(self) -> ModelInfo:
        """Wait until the model is loaded; at most ten seconds. Raises EngineUnavailable."""
        await self._ready_client()
        if self._info is None:
            raise EngineUnavailable(self._status.message)
        return self._info

    async def generate(self, request: GenerateRequest, cancel: CancelToken) -> AsyncIterator[Token | Finish]:
        """See Engine. When the process dies in the middle this raises, and the next request finds a new one."""
        from foretoken.engine.client import RuntimeGone, RuntimeRefused

        key = fingerprint(request)
        if self._poison.refuses(key):
            raise EngineUnavailable(
                "This prompt ended the model process twice; it is refused for ten minutes. "
                "The runtime's log says why it ended."
            )
        try:
            client = await self._ready_client(cancel)
        except Cancelled:
            yield Finish(FinishReason.CANCELLED, Timings())
            return
        process = self._process
        try:
            async with contextlib.aclosing(client.generate(request, cancel)) as items:
                async for item in items:
                    yield item
        except RuntimeGone as error:
            code = await ended_soon(process)
            if code is None:
                raise EngineUnavailable(f"The connection to the model process was lost: {error}") from error
            if code == 0:  # it was asked to leave: for other settings, or because the server ends
                raise EngineUnavailable("The model process was stopped while it was answering.") from error
            self._poison.died(key)
            raise EngineUnavailable(
                "The model process ended while it was answering; it is being started again."
            ) from error
        except (RuntimeRefused, RemoteError) as error:
            raise EngineUnavailable(str(error)) from error

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See Engine. Counted once for each content."""
        counts = {text: self._counts.get(text) for text in texts}
        unknown = [text for text, count in counts.items() if count is None]
        if unknown:
            counts.update(zip(unknown, await self._count(unknown), strict=True))
        return [counts[text] or 0 for text in texts]

    async def metrics(self) -> dict[str, int]:
        """The runtime's counters. Raises EngineUnavailable."""
        from foretoken.engine.client import RuntimeGone

        client = await self._ready_client()
        try:
            return await client.metrics()
        except RuntimeGone as error:
            raise EngineUnavailable(f"The model process is gone: {error}") from error

    async def close(self) -> None:
        """End the process: asked first, then told. Safe to call twice."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._bury()
        self._set(EngineState.STOPPED, "The model process was stopped.")

    async def _count(self, texts: list[str]) -> list[int]:
        from foretoken.engine.client import RuntimeGone, RuntimeRefused

        client = await self._ready_client()
        try:
            counts = await client.count_tokens(texts)
        except (RuntimeGone, RuntimeRefused) as error:
            raise EngineUnavailable(f"The model process did not count tokens: {error}") from error
        for text, count in zip(texts, counts, strict=True):
            self._counts.put(text, count)
        return counts

    async def _ready_client(self, cancel: CancelToken | None = None) -> "RuntimeClient":
        """The client once the model is ready. Raises Cancelled, or EngineUnavailable after a while."""
        if cancel is not None:
            loop = asyncio.get_running_loop()
            cancel.on_cancel(lambda: loop.call_soon_threadsafe(self._wake))
        deadline = time.monotonic() + READY_SECONDS
        while (client := self._client) is None or not self._serving:
            if cancel is not None:
                cancel.check()
            left = deadline - time.monotonic()
            if self._status.state in (EngineState.FAILED, EngineState.STOPPED) or left <= 0:
                raise EngineUnavailable(self._status.message)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)
        return client

    @property
    def _serving(self) -> bool:
        """Asks the process too: it may be dead already while its end has not been noticed yet."""
        alive = self._process is not None and self._process.popen.poll() is None
        return alive and self._status.state is EngineState.READY

    def _run(self, supervision: Coroutine[None, None, None]) -> None:
        self._task = asyncio.get_running_loop().create_task(supervision)
        self._task.add_done_callback(self._supervision_ended)

    async def _replace(self, supervision: asyncio.Task[None]) -> None:
        supervision.cancel()
        await asyncio.wait({supervision})
        self._forget_model()
        await self._bury()
        await self._supervise()

    def _forget_model(self) -> None:
        self._info = None
        self._counts = TokenCounts()
        self._set(EngineState.RESTARTING, "The model is loaded again with the new settings.")

    async def _supervise(self) -> None:
        deaths = 0
        while True:
            began = time.monotonic()
            try:
                reason = await self._one_life()
            except ModelRefused as error:
                log.error("%s", error)
                self._set(EngineState.FAILED, str(error))
                await self._bury()
                return
            if time.monotonic() - began > STEADY_SECONDS:
                deaths = 0
            delay = BACK_OFF[min(deaths, len(BACK_OFF) - 1)]
            deaths += 1
            log.warning("%s Starting it again in %g s (attempt %d).", reason, delay, deaths)
            self._set(EngineState.RESTARTING, f"{reason} It is started again in {delay:g} s (attempt {deaths}).")
            await self._bury()
            await asyncio.sleep(delay)

    def _supervision_ended(self, task: asyncio.Task[None]) -> None:
        """A defect in here must not leave requests waiting without a word."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("the supervision of the model process failed", exc_info=error)
            self._set(EngineState.FAILED, f"The supervision of the model process failed: {error!r}.")

    async def _one_life(self) -> str:
        """From a process' start to its end; returns a sentence about why it ended. Raises ModelRefused."""
        try:
            if self._process is None:
                # Not in a thread: given up in the middle, it would leave a process that nobody knows.
                self._process = self._launch(self._log_dir, self._log_level)
        except OSError as error:
            return f"The model process cannot be started: {error}."
        process = self._process
        ended = when_ended(process)
        follow = asyncio.ensure_future(self._follow(process))
        try:
            await asyncio.wait({ended, follow}, return_when=asyncio.FIRST_COMPLETED)
            if follow.done() and not ended.done():
                stuck = follow.result()
                if stuck:
                    return stuck
                await ended
            elif follow.done():
                follow.exception()
        finally:
            follow.cancel()
            self._client, client = None, self._client
            if client is not None:
                await client.close()
        return obituary(process, ended.result())

    async def _follow(self, process: RuntimeProcess) -> str:
        """Until the model is ready; then "", or a sentence when the process does not do its part."""
        # A quarter of a second of imports: not before the editor's first answer, and off the event loop.
        module = await asyncio.to_thread(importlib.import_module, "foretoken.engine.client")
        deadline = time.monotonic() + CONNECT_SECONDS
        while (port := process.port()) is None:
            if time.monotonic() > deadline:
                return "The model process does not answer."
            await asyncio.sleep(0.01)
        client = self._client = module.RuntimeClient(port, process.token)
        options = self._options
        try:
            await client.load(options.model, options.n_ctx, options.threads, options.gpu_layers)
            serial = -1
            while True:
                health = await client.health(serial)
                serial = health["serial"]
                if health["status"] == "failed":
                    raise ModelRefused(health["message"])
                if health["status"] == "ready":
                    self._info = info_from_wire(health["info"])
                    self._set(EngineState.READY, f"{self._info.name} is ready.")
                    return ""
                self._set(EngineState.LOADING, f"Loading {options.model.name}.", health["progress"])
        except (module.RuntimeGone, module.RuntimeRefused) as error:
            return f"The model process cannot be reached: {error}."

    async def _bury(self) -> None:
        """Given up in the middle, the process is still known, and ``close`` does it again."""
        if self._process is not None:
            await asyncio.to_thread(end, self._process)
            self._process = None

    def _set(self, state: EngineState, message: str, progress: float | None = None) -> None:
        status = EngineStatus(state, message, progress)
        if status == self._status:
            return
        self._status = status
        self._wake()
        for listener in tuple(self._listeners):
            listener(status)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
