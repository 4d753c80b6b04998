"""One model process at hand: got, followed, got again when it ends, left alone while nobody needs it, and let go of."""

import asyncio
import contextlib
import importlib
import logging
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foretoken.engine.engine import EngineState, EngineStatus, EngineUnavailable, StatusListener
from foretoken.engine.launch import RuntimeProcess, start_runtime
from foretoken.engine.life import Life
from foretoken.engine.obtain import Hold, Launch, NoProcess, Terms, obtain
from foretoken.engine.options import GatewayOptions, RuntimeOptions
from foretoken.engine.process_end import DEATH_SECONDS, ended_soon, exit_code, obituary, runs, when_ended
from foretoken.engine.restarts import LOADING_DEATHS, LifeEnd, Restarts
from foretoken.engine.runtime_folder import FolderUnusable
from foretoken.engine.shrinking import KILLED, Shrinking, oom_kills
from foretoken.engine.telling import Telling
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import ModelInfo
from foretoken.text.wire import info_from_wire

if TYPE_CHECKING:
    from foretoken.engine.client import RuntimeClient

log = logging.getLogger(__name__)

READY_SECONDS = 10.0  # how long a request waits for a model that is being loaded
LOG_NAMED_FROM = 3  # the attempt from which on the message says where the log is
LET_GO = "let go"  # by this window, for other settings or at its end
JITTER = 0.1  # of a pause, so that windows do not come all at the same instant
ASLEEP = {
    "idle": "The model was not used for {minutes:.0f} minutes and was unloaded. It is loaded again at the next request.",
    "stopped": "The model process was stopped on request. It is started again at the next request.",
    "alone": "The model process has left. It is started again at the next request.",
}


class ModelRefused(Exception):
    """The runtime cannot use the model; starting it again would not help."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What an engine runs, and how. name: what the user knows this window by, asked anew each time.

    folder: where windows find each other's processes; None = a process of our own.
    """

    options: RuntimeOptions
    log_dir: Path | None = None
    log_level: str = "info"
    folder: Path | None = None
    life: Life = Life()
    gateway: GatewayOptions = GatewayOptions()
    name: Callable[[], str] = lambda: ""
    launch: Launch = start_runtime


class Supervision:
    """For one event loop. on_new_model: called when what was known of the model no longer holds."""

    def __init__(self, setup: Setup, early: RuntimeProcess | None, on_new_model: Callable[[], None]) -> None:
        self.setup = setup
        self.hold = Hold(early)
        self._shrinking = Shrinking(setup.options)
        self.info: ModelInfo | None = None
        self.status = EngineStatus(EngineState.STARTING, "The model process is starting.")
        self._early = early
        self._on_new_model = on_new_model
        self._listeners: list[StatusListener] = []
        self._changed = asyncio.Event()
        self._wanted = asyncio.Event()
        self._loop_task: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()  # all that have not ended, cancelled ones too
        self._journal: Path | None = None
        self._telling = Telling(self._spawn, self._note_gateway)
        self._stops = 0  # how often the process was stopped on request
        self._ready = ""
        self._notes: dict[str, str] = {}  # by what they are about: sentences behind "... is ready."

    def subscribe(self, listener: StatusListener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def start(self) -> None:
        self._supervise_by(self._supervise())

    def reload(self, options: RuntimeOptions) -> None:
        """Use another model, or other numbers, from now on."""
        if options == self.setup.options:
            return
        self.setup = replace(self.setup, options=options)
        self._shrinking = Shrinking(options)
        if self._loop_task is not None:
            # At once: what is asked in the same turn of the loop must not meet the old model's state.
            self.hold.leaving = LET_GO
            self._cancel_tasks()
            self.info = None
            self._on_new_model()
            self._set(EngineState.RESTARTING, "The model is loaded again with the new settings.")
            self._supervise_by(self._replace(set(self._tasks)))

    def set_log_level(self, level: str) -> None:
        self.setup = replace(self.setup, log_level=level)
        self._telling.level(self.hold, lambda: self.setup.log_level)

    def set_life(self, life: Life) -> None:
        changed, self.setup = life != self.setup.life, replace(self.setup, life=life)
        if changed:
            self._telling.life(self.hold, life)

    def set_gateway(self, options: GatewayOptions) -> None:
        changed, self.setup = options != self.setup.gateway, replace(self.setup, gateway=options)
        if changed:
            self._telling.gateway(self.hold, options)

    def tell_name(self) -> None:
        """See ``Telling.name``."""
        self._telling.name(self.hold, self.setup.name())

    async def close(self, linger: bool = True) -> None:
        """Let go of the process. Safe to call twice."""
        self._loop_task = None  # from here on a reload starts nothing
        self.hold.leaving = LET_GO
        self._cancel_tasks()
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        await self.hold.release(linger)
        if self._journal is not None:
            shutil.rmtree(self._journal.parent, ignore_errors=True)
            self._journal = None
        self._set(EngineState.STOPPED, "The model process was stopped.")

    async def ready_client(self, cancel: CancelToken | None = None) -> "RuntimeClient":
        """The client once the model is ready. Raises Cancelled, or EngineUnavailable after a while, or when the process
        is stopped on request meanwhile: only who asks after that wakes it."""
        stops = self._stops
        if cancel is not None:
            loop = asyncio.get_running_loop()
            cancel.on_cancel(lambda: loop.call_soon_threadsafe(self._wake))
        deadline = time.monotonic() + READY_SECONDS
        while (client := self.hold.client) is None or not self.serving:
            if cancel is not None:
                cancel.check()
            if self._stops != stops:
                raise EngineUnavailable(ASLEEP["stopped"])
            if self.status.state is EngineState.ASLEEP:
                self._wanted.set()
            left = deadline - time.monotonic()
            if self.status.state in (EngineState.FAILED, EngineState.STOPPED) or left <= 0:
                raise EngineUnavailable(self.status.message)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._changed.wait()
        return client

    @property
    def serving(self) -> bool:
        """Asks the system too: the process may be dead already while its end has not been noticed yet."""
        process = self.hold.process
        return self.status.state is EngineState.READY and process is not None and runs(process)

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
        self._loop_task = self._spawn(work)
        self._loop_task.add_done_callback(self._supervision_ended)

    async def _replace(self, earlier: set[asyncio.Task[Any]]) -> None:
        """earlier: cancelled tasks; while one of them lives, the process may still be its."""
        if earlier:
            await asyncio.wait(earlier)
        # The old model's memory first: the new one may need it.
        await self.hold.release(linger=False)
        await self._supervise()

    async def _supervise(self) -> None:
        restarts = Restarts()
        while True:
            began = time.monotonic()
            try:
                end_of_life = await self._one_life()
            except ModelRefused as error:
                await self._give_up(str(error))
                return
            if self.hold.leaving in ASLEEP:
                self._stops += self.hold.leaving == "stopped"
                await self._sleep(ASLEEP[self.hold.leaving])
                restarts = Restarts()
                continue
            reason = end_of_life.reason
            delay = restarts.delay(end_of_life, time.monotonic() - began)
            where = self._where_the_log_is()
            if delay is None:
                await self._give_up(
                    f"{reason} It ended {LOADING_DEATHS} times in a row before the model "
                    f"{self.setup.options.model} was ready. Choose another model (model.path) or a smaller model.n_ctx."
                    f"{where}"
                )
                return
            message = f"{reason} It is started again in {delay:g} s (attempt {restarts.attempt})."
            log.warning("%s", message)
            if restarts.attempt >= LOG_NAMED_FROM:
                message += where
            self._set(EngineState.RESTARTING, message, attempt=restarts.attempt)
            await self.hold.release()
            await asyncio.sleep(delay + random.uniform(0, JITTER * delay))

    async def _sleep(self, sentence: str) -> None:
        """Until a request wants the model."""
        self._wanted.clear()
        await self.hold.release()
        self._set(EngineState.ASLEEP, sentence.format(minutes=self.setup.life.idle_seconds / 60))
        await self._wanted.wait()
        self._set(EngineState.STARTING, "The model is loaded again.")

    async def _give_up(self, message: str) -> None:
        log.error("%s", message)
        self._set(EngineState.FAILED, message)
        await self.hold.release(linger=False)

    def _where_the_log_is(self) -> str:
        process = self.hold.process
        return f" The log is {process.log}." if process is not None and process.log else ""

    def _supervision_ended(self, task: asyncio.Task[None]) -> None:
        """A defect in here must not leave requests waiting without a word."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("the supervision of the model process failed", exc_info=error)
            if task is self._loop_task:
                self._set(EngineState.FAILED, f"The supervision of the model process failed: {error!r}.")

    async def _one_life(self) -> LifeEnd:
        """From getting a process to its end, or until it does not do its part. Raises ModelRefused."""
        early, self._early = self._early, None
        self.hold = hold = Hold(early)
        try:
            await self._obtain(hold, early)
        except OSError as error:
            return LifeEnd(f"The model process cannot be started: {error}.")
        except NoProcess as error:
            return LifeEnd(str(error))
        process = hold.process
        assert process is not None
        ended = when_ended(process)
        follow = self._spawn(self._follow(hold))
        try:
            await asyncio.wait({ended, follow}, return_when=asyncio.FIRST_COMPLETED)
            if not follow.done():
                await asyncio.wait({follow}, timeout=DEATH_SECONDS)  # it may have said why it leaves
            lost = follow.result() if follow.done() else ""
            # Of a process that dies, the connection may be lost first; its end says more.
            if hold.leaving or not await ended_soon(process):
                return LifeEnd(lost or "The model process has left.", served=hold.served)
        finally:
            if not follow.cancelling():
                follow.cancel()
            await asyncio.wait({follow})
            if not follow.cancelled():
                follow.exception()  # looked at, so that asyncio does not complain
        said = "" if hold.served else self._shrinking.ended(_killed_or(exit_code(process)), oom_kills())
        return LifeEnd(f"{obituary(process)} {said}".rstrip(), died=True, served=hold.served)

    async def _obtain(self, hold: Hold, early: RuntimeProcess | None) -> None:
        setup = self.setup
        self._shrinking.begins(oom_kills())
        loaded = self._shrinking.options
        terms = Terms(
            setup.options, loaded, setup.life, setup.folder, None, setup.log_dir, setup.log_level, setup.launch
        )
        if setup.folder is not None:
            try:
                await obtain(hold, terms, early)
                full = "It is not shared with other windows: the disk is full, it seems."
                self._notes["sharing"] = full if hold.client is not None and not hold.sharing else ""
                return
            except FolderUnusable as error:
                self._notes["sharing"] = f"It is not shared with other windows: {error}"
                log.warning("the model process is not shared: %s", error)
                early = hold.process if isinstance(hold.process, RuntimeProcess) else None
        if self._journal is None:
            with contextlib.suppress(OSError):
                self._journal = Path(tempfile.mkdtemp(prefix="foretoken-")) / "private"
        await obtain(hold, replace(terms, folder=None, journal=self._journal), early)

    async def _follow(self, hold: Hold) -> str:
        """Attached to the process until it ends; the answer is a sentence, when it does not do its part."""
        client, options = hold.client, self.setup.options
        if client is None:
            return "The model process does not answer."
        module = importlib.import_module("foretoken.engine.client")
        await self._telling.tell_level(client, lambda: self.setup.log_level)
        name = self.setup.name()
        try:
            async for line in client.attach(name):
                if "leaving" in line:
                    hold.leaving = line["leaving"]
                    return ""
                if "window" in line:
                    hold.window = line["window"]
                    self._telling.attached(hold, name, self.setup.life, self.setup.gateway)
                else:
                    self._show(line, hold, options)
        except (module.RuntimeGone, module.RuntimeRefused) as error:
            return f"The model process cannot be reached: {error}."
        return "The connection to the model process was lost."

    def _show(self, health: dict[str, Any], hold: Hold, options: RuntimeOptions) -> None:
        if health["status"] == "failed":
            raise ModelRefused(health["message"])
        if health["status"] == "ready":
            hold.served = True
            info = info_from_wire(health["info"])
            self.info = replace(info, notice=" ".join(filter(None, (info.notice, self._shrinking.notice))))
            self._ready = health["message"] or f"{self.info.name} is ready."
            self._tell_ready()
        else:
            self._set(EngineState.LOADING, f"Loading {options.model.name}.", health["progress"])

    def _tell_ready(self) -> None:
        said = (self._ready, *self._notes.values())
        self._set(EngineState.READY, " ".join(filter(None, said)))

    def _note_gateway(self, problem: str) -> None:
        self._notes["gateway"] = problem
        if self.status.state is EngineState.READY:
            self._tell_ready()

    def _set(self, state: EngineState, message: str, progress: float | None = None, attempt: int = 0) -> None:
        status = EngineStatus(state, message, progress, attempt)
        if status == self.status:
            return
        self.status = status
        self._wake()
        for listener in tuple(self._listeners):
            listener(status)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _killed_or(code: int | None) -> int:
    """Another window's child tells us no exit code; where Linux counts those that memory ran out for, the count says."""
    if code is None:
        return KILLED if oom_kills() is not None else 0
    return code
