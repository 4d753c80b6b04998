"""How far the runtime is: read by the HTTP application, written by the worker's thread."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from foretoken.text.generation import ModelInfo
from foretoken.text.wire import info_to_wire


class RuntimeState(StrEnum):
    WAITING = "waiting"  # for a model to be named
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RuntimeStatus:
    """message: a sentence when FAILED, and when READY if the model runs otherwise than was asked (``info.notice``).

    progress: 0 to 1 while LOADING. serial: grows with every change.
    """

    state: RuntimeState
    serial: int = 0
    message: str = ""
    progress: float = 0.0
    info: ModelInfo | None = None

    def to_wire(self) -> dict[str, object]:
        return {
            "status": self.state.value,
            "serial": self.serial,
            "message": self.message,
            "progress": self.progress,
            "info": info_to_wire(self.info) if self.info else None,
        }


class StatusBoard:
    """The present status, and a way to wait for the next one. Lives on the event loop; ``post`` from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._changed = asyncio.Event()
        self.status = RuntimeStatus(RuntimeState.WAITING)

    def post(
        self, state: RuntimeState, message: str = "", progress: float = 0.0, info: ModelInfo | None = None
    ) -> None:
        self._loop.call_soon_threadsafe(self._set, state, message, progress, info)

    async def newer_than(self, serial: int, timeout: float) -> RuntimeStatus:
        """The status once its serial is above ``serial``, or the present one after ``timeout`` seconds."""
        deadline = self._loop.time() + timeout
        while self.status.serial <= serial and (left := deadline - self._loop.time()) > 0:
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                break
        return self.status

    def _set(self, state: RuntimeState, message: str, progress: float, info: ModelInfo | None) -> None:
        if state is RuntimeState.READY and info is not None and info.notice and not message:
            message = f"{info.name} is ready. {info.notice}"
        self.status = RuntimeStatus(state, self.status.serial + 1, message, progress, info)
        self._changed.set()
        self._changed = asyncio.Event()
