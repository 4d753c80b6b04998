"""One worker process at hand: started, started again when it ends, and given up when it keeps ending."""

import asyncio
import contextlib
import logging
import subprocess
import time
from collections.abc import Callable
from typing import IO, Any

from foretoken.index.process import WorkerProcess
from foretoken.index.status import IndexState

log = logging.getLogger(__name__)

PAUSES = (0.2, 1.0, 5.0, 30.0)  # seconds before the first, second, ... start after an end
STEADY_SECONDS = 60.0  # a worker that lived so long starts the pauses from the beginning
MOST_ENDS = 5  # a worker that ends so often in a row is not started again

Spawn = Callable[[], tuple[subprocess.Popen[bytes], IO[bytes]]]


class Supervision:
    """For one event loop. heard: told of every object that the worker sends. began: called when a worker is there, before
    anything else is sent to it. lost: called when there is none any more. cured: asked after a worker's own end whether what
    it died of is kept from the next one; such an end does not count. changed: called when ``state`` or ``message`` changed.
    """

    def __init__(
        self,
        spawn: Spawn,
        heard: Callable[[dict[str, Any]], None],
        began: Callable[[WorkerProcess], None],
        lost: Callable[[], None],
        cured: Callable[[WorkerProcess], bool],
        changed: Callable[[], None],
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._spawn, self._heard, self._began, self._changed = spawn, heard, began, changed
        self._lost, self._cured = lost, cured
        self._pauses = pauses
        self.state, self.message = IndexState.OFF, ""
        self.process: WorkerProcess | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Again after it was given up, too. A worker that runs is left alone."""
        if self._task is None or self._task.done():
            self._set(IndexState.STARTING, "")
            self._task = asyncio.get_running_loop().create_task(self._supervise())
            self._task.add_done_callback(self._over)

    async def close(self) -> None:
        """End the worker and its processes. Safe to call twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        process, self.process = self.process, None
        if process is not None:
            self._lost()
            await asyncio.to_thread(process.end)
        self._set(IndexState.OFF, "")

    def ready(self) -> None:
        """The worker has answered for the first time."""
        self._set(IndexState.READY, "")

    async def _supervise(self) -> None:
        ends = 0
        while True:
            began = time.monotonic()
            reason, cured = await self._one_life()
            if time.monotonic() - began > STEADY_SECONDS:
                ends = 0
            ends += not cured
            if ends >= MOST_ENDS:
                log.error("the index worker is given up: it ended %s", reason)
                self._set(
                    IndexState.FAILED,
                    f"The process that indexes the workspace ended {ends} times in a row ({reason}). "
                    "The command foretoken.index starts it again.",
                )
                return
            pause = self._pauses[min(max(ends, 1), len(self._pauses)) - 1]
            log.warning("the index worker ended %s; the next one is started in %g s", reason, pause)
            self._set(
                IndexState.RESTARTING, f"The process that indexes the workspace ended {reason}; it is started again."
            )
            await asyncio.sleep(pause)

    async def _one_life(self) -> tuple[str, bool]:
        """From its start to its end; how it ended, and whether that is cured."""
        try:
            popen, stderr = await asyncio.shield(spawning := asyncio.ensure_future(asyncio.to_thread(self._spawn)))
        except OSError as error:
            return f"before it began: {error}", False
        except asyncio.CancelledError:
            with contextlib.suppress(OSError):
                popen, stderr = await spawning
                popen.kill()
            raise
        self.process = process = WorkerProcess(popen, stderr, self._heard)
        self._began(process)
        await process.ended.wait()
        self.process = None
        self._lost()
        process.outbox.close()
        cured = self._cured(process)
        return await asyncio.to_thread(process.obituary), cured

    def _over(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("the supervision of the index worker failed", exc_info=error)
            self._set(IndexState.FAILED, f"The supervision of the index worker failed: {error!r}.")

    def _set(self, state: IndexState, message: str) -> None:
        if (state, message) != (self.state, self.message):
            self.state, self.message = state, message
            self._changed()
