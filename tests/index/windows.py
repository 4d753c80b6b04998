"""An editor window on the workspace worker: a client with a real worker process, and all that it tells."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from foretoken.index.client import IndexClient
from foretoken.index.events import Event
from foretoken.index.process import spawn
from foretoken.index.status import IndexState

PATIENCE = 60.0


class Window:
    """One client with its worker. ``events``: all that it told."""

    def __init__(self, **options: Any) -> None:
        self.events: list[tuple[str, Event | None]] = []
        self._arrived = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        fast = {"start": lambda: spawn(None, "info"), "pauses": (0.01,), "seconds": PATIENCE}
        self.client = IndexClient(self._heard, **{**fast, **options})

    def _heard(self, folder: str, event: Event | None) -> None:
        self.events.append((folder, event))
        task = asyncio.ensure_future(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()

    async def until(self, wanted: Callable[[], Any]) -> Any:
        """What is wanted, looked for after each event."""
        async with asyncio.timeout(PATIENCE), self._arrived:
            await self._arrived.wait_for(wanted)
        return wanted()

    async def until_event(self) -> None:
        """The next event."""
        count = len(self.events)
        await self.until(lambda: len(self.events) > count)

    async def finished(self) -> None:
        await self.until(lambda: self.client.status.state is IndexState.READY)

    async def sees(self, name: str) -> str:
        """The file in which the name is defined; asks until there is one."""
        async with asyncio.timeout(PATIENCE):
            while not (found := await self.client.find(name)):
                await asyncio.sleep(0)  # without a worker the answer is there at once
        return found[0][0]

    async def counts(self, files: int) -> None:
        """Until the status shows so many files of the first folder."""
        await self.until(lambda: self.client.status.folders[0].files == files)

    def of(self, kind: type) -> list[Any]:
        return [event for _, event in self.events if isinstance(event, kind)]


Open = Callable[..., Awaitable[Window]]  # the workspace folders; else ``root``
