"""SupervisedEngine: one model process of our own, started, followed, started again when it dies, and ended."""

import asyncio
import contextlib
import importlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foretoken.engine.engine import EngineState, EngineStatus, EngineUnavailable, StatusListener
from foretoken.engine.launch import RuntimeProcess, log_name, start_runtime
from foretoken.engine.options import RuntimeOptions
from foretoken.engine.poison import Poison, fingerprint
from foretoken.engine.process_end import DEATH_SECONDS, end, ended_soon, obituary, when_ended
from foretoken.engine.restarts import LOADING_DEATHS, LifeEnd, Restarts
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
from foretoken.text.wire import RemoteError, WireError, info_from_wire

if TYPE_CHECKING:
    from foretoken.engine.client import RuntimeClient

log = logging.getLogger(__name__)

CONNECT_SECONDS = 60.0  # until a started process says where it listens
READY_SECONDS = 10.0  # how long a request waits for a model that is being loaded
LOG_NAMED_FROM = 3  # the attempt from which on the message says where the log is


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
        self._supervision: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()  # all that have not ended, cancelled ones too
        self._level_lock = asyncio.Lock()
        self._poison = Poison(time.monotonic)
        self._counts = TokenCounts()
        self.prefill_rate = 0.0

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
        self._supervise_by(self._supervise())

    def reload(self, options: RuntimeOptions) -> None:
        """Use another model, or other numbers, from now on: a new process takes the present one's place."""
        if options == self._options:
            return
        self._options = options
        if self._supervision is not None:
            # At once: what is asked in the same turn of the loop must not meet the old model's state.
            self._cancel_tasks()
            self._forget_model()
            self._supervise_by(self._replace(set(self._tasks)))

    def set_log_level(self, level: str) -> None:
        """One of ``log.level``'s values, for this model process and the next ones."""
        self._log_level = level
        if self._client is not None:
            self._spawn(self._tell_log_level(self._client))

    async def ready(self) -> ModelInfo:
        """Wait until the model is loaded; at most ten seconds. Raises EngineUnavailable."""
        await self._ready_client()
        if self._info is None:
            raise EngineUnavailable(self._status.message)
        return self._info

    async def generate(self, request: GenerateRequest, cancel: CancelToken) -> AsyncIterator[GeneratedToken | Finish]:
        """See Engine. When the process dies in the middle this raises, and the next request finds a new one."""
        try:
            async with (
                self._served(request, cancel) as client,
                contextlib.aclosing(client.generate(request, cancel)) as items,
            ):
                async for item in items:
                    if isinstance(item, Finish) and item.timings.prefill_rate:
                        self.prefill_rate = item.timings.prefill_rate
                    yield item
        except Cancelled:
            yield Finish(FinishReason.CANCELLED, Timings())

    async def score(self, request: ScoreRequest, cancel: CancelToken) -> tuple[Score, ...]:
        """See Engine."""
        async with self._served(request, cancel) as client:
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

        client = await self._ready_client()
        try:
            return await client.metrics()
        except RuntimeGone as error:
            raise EngineUnavailable(f"The model process is gone: {error}") from error

    async def close(self) -> None:
        """End the process: asked first, then told. Safe to call twice."""
        self._supervision = None  # from here on a reload starts nothing
        self._cancel_tasks()
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        await self._bury()
        self._set(EngineState.STOPPED, "The model process was stopped.")

    async def _count(self, texts: list[str]) -> list[int]:
        from foretoken.engine.client import RuntimeGone, RuntimeRefused

        client = await self._ready_client()
        known = self._counts  # this model's: a reload meanwhile puts another in its place
        try:
            counts = await client.count_tokens(texts)
        except (RuntimeGone, RuntimeRefused) as error:
            raise EngineUnavailable(f"The model process did not count tokens: {error}") from error
        for text, count in zip(texts, counts, strict=True):
            known.put(text, count)
        return counts

    @contextlib.asynccontextmanager
    async def _served(
        self, request: GenerateRequest | ScoreRequest, cancel: CancelToken
    ) -> AsyncIterator["RuntimeClient"]:
        """A client for one request, once the model is ready. What befalls it is raised as EngineUnavailable, or Cancelled;
        a request during which the process died is remembered."""
        from foretoken.engine.client import RuntimeGone, RuntimeRefused

        key = fingerprint(request)
        if self._poison.refuses(key):
            raise EngineUnavailable(
                "This prompt ended the model process twice; it is refused for ten minutes. "
                "The runtime's log says why it ended."
            )
        client = await self._ready_client(cancel)
        process = self._process
        try:
            yield client
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
        except (RuntimeRefused, RemoteError, WireError) as error:
            raise EngineUnavailable(str(error)) from error

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

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _cancel_tasks(self) -> None:
        """Each once: a second cancel would break off the first one's cleaning up."""
        for task in self._tasks:
            if not task.cancelling():
                task.cancel()

    def _supervise_by(self, work: Coroutine[Any, Any, None]) -> None:
        self._supervision = self._spawn(work)
        self._supervision.add_done_callback(self._supervision_ended)

    async def _replace(self, earlier: set[asyncio.Task[Any]]) -> None:
        """earlier: cancelled tasks; while one of them lives, the process may still be its."""
        if earlier:
            await asyncio.wait(earlier)
        await self._bury()
        await self._supervise()

    def _forget_model(self) -> None:
        self._info = None
        self.prefill_rate = 0.0
        self._counts = TokenCounts()
        self._poison = Poison(time.monotonic)  # another model, or a smaller window, may well answer it
        self._set(EngineState.RESTARTING, "The model is loaded again with the new settings.")

    async def _supervise(self) -> None:
        restarts = Restarts()
        while True:
            began = time.monotonic()
            try:
                end_of_life = await self._one_life()
            except ModelRefused as error:
                await self._give_up(str(error))
                return
            reason = end_of_life.reason
            delay = restarts.delay(end_of_life, time.monotonic() - began)
            if delay is None:
                await self._give_up(
                    f"{reason} It ended {LOADING_DEATHS} times in a row before the model "
                    f"{self._options.model} was ready. Choose another model (model.path) or a smaller model.n_ctx."
                    f"{self._where_the_log_is()}"
                )
                return
            message = f"{reason} It is started again in {delay:g} s (attempt {restarts.attempt})."
            log.warning("%s", message)
            if restarts.attempt >= LOG_NAMED_FROM:
                message += self._where_the_log_is()
            self._set(EngineState.RESTARTING, message, attempt=restarts.attempt)
            await self._bury()
            await asyncio.sleep(delay)

    async def _give_up(self, message: str) -> None:
        log.error("%s", message)
        self._set(EngineState.FAILED, message)
        await self._bury()

    def _where_the_log_is(self) -> str:
        return f" The log is {self._log_dir / log_name()}." if self._log_dir else ""

    def _supervision_ended(self, task: asyncio.Task[None]) -> None:
        """A defect in here must not leave requests waiting without a word."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("the supervision of the model process failed", exc_info=error)
            if task is self._supervision:
                self._set(EngineState.FAILED, f"The supervision of the model process failed: {error!r}.")

    async def _one_life(self) -> LifeEnd:
        """From a process' start to its end, or until it does not do its part. Raises ModelRefused."""
        try:
            if self._process is None:
                # Not in a thread: given up in the middle, it would leave a process that nobody knows.
                self._process = self._launch(self._log_dir, self._log_level)
        except OSError as error:
            return LifeEnd(f"The model process cannot be started: {error}.")
        process = self._process
        ended = when_ended(process)
        follow = self._spawn(self._follow(process))
        try:
            await asyncio.wait({ended, follow}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done() and (stuck := follow.result()):
                # Of a process that dies, the connection may be lost first; its end says more.
                await asyncio.wait({ended}, timeout=DEATH_SECONDS)
                if not ended.done():
                    return LifeEnd(stuck)
            code = await ended
        finally:
            if not follow.cancelling():
                follow.cancel()
            await asyncio.wait({follow})
            if not follow.cancelled():
                follow.exception()  # looked at, so that asyncio does not complain
        return LifeEnd(obituary(process, code), died=True, served=self._status.state is EngineState.READY)

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
        await self._tell_log_level(client)
        try:
            await client.load(options.to_wire())
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

    async def _tell_log_level(self, client: "RuntimeClient") -> None:
        from foretoken.engine.client import RuntimeGone, RuntimeRefused

        # One after the other, so that the newest level is the last one sent; a process that is gone needs none.
        with contextlib.suppress(RuntimeGone, RuntimeRefused):
            async with self._level_lock:
                await client.set_log_level(self._log_level)

    async def _bury(self) -> None:
        """Given up in the middle, client and process are still known, and ``close`` does it again."""
        if self._client is not None:
            await self._client.close()
            self._client = None
        if self._process is not None:
            await asyncio.to_thread(end, self._process)
            self._process = None

    def _set(self, state: EngineState, message: str, progress: float | None = None, attempt: int = 0) -> None:
        status = EngineStatus(state, message, progress, attempt)
        if status == self._status:
            return
        self._status = status
        self._wake()
        for listener in tuple(self._listeners):
            listener(status)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
