"""GET /attach: a connection that a window holds open for as long as it wants the model; a window that dies closes it.

The stream is one JSON object a line: first ``{"window": number}``, then the status whenever it changes, and, when the
process leaves of its own accord, ``{"leaving": reason}``. A stream that ends without that was cut off by a death.
"""

import asyncio
import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from foretoken.runtime.guard import error_response
from foretoken.runtime.lifetime import Lifetime
from foretoken.runtime.status import StatusBoard

MAX_NAME = 256
FOR_EVER = 86400.0 * 366


class Attach:
    """A window that does not read only fills its own connection: what is sent next is always the newest status.

    on_gone: called with the number of a window whose connection ended, however it went.
    """

    def __init__(self, lifetime: Lifetime, status: StatusBoard, on_gone: Callable[[int], None]) -> None:
        self._lifetime = lifetime
        self._status = status
        self._on_gone = on_gone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._lifetime.leaving:
            await error_response(503, "the process is leaving")(scope, receive, send)
            return
        name = Request(scope).query_params.get("name", "")[:MAX_NAME]
        number = self._lifetime.attach(name)
        gone = asyncio.ensure_future(_gone(receive))
        left = asyncio.ensure_future(self._lifetime.left.wait())
        telling = asyncio.ensure_future(self._tell(number, send))
        try:
            await asyncio.wait({gone, left, telling}, return_when=asyncio.FIRST_COMPLETED)
            if left.done() and not gone.done():
                telling.cancel()
                await asyncio.wait({telling})
                await _line(send, {"leaving": self._lifetime.leaving}, more=False)
        finally:
            self._on_gone(number)
            for task in (gone, left, telling):
                task.cancel()
            await asyncio.gather(gone, left, telling, return_exceptions=True)
            self._lifetime.detach(number)

    async def _tell(self, number: int, send: Send) -> None:
        headers = [(b"content-type", b"application/x-ndjson")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _line(send, {"window": number})
        serial = -1
        while True:
            current = await self._status.newer_than(serial, FOR_EVER)
            if current.serial > serial:
                serial = current.serial
                await _line(send, current.to_wire())


async def _line(send: Send, value: dict[str, object], more: bool = True) -> None:
    body = json.dumps(value, separators=(",", ":")).encode() + b"\n"
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
