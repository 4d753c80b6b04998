"""Whether the client is still there: one watch for everything that one request has under way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.types import Message, Receive


class Leaving:
    """``gone`` is set when the client has left. ``receive`` says so to whoever waits for it in ASGI's words."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}


@contextlib.asynccontextmanager
async def watching(receive: Receive) -> AsyncIterator[Leaving]:
    """receive: the ASGI one, after the body was read."""
    leaving = Leaving()

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        leaving.gone.set()

    task = asyncio.create_task(watch())
    try:
        yield leaving
    finally:
        task.cancel()
