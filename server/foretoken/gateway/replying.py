"""From events to an HTTP answer: server-sent events, or one JSON object."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from typing import Protocol

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from foretoken.gateway.answering import Asked, Delta, Done, Event, Failed

DONE = "[DONE]"
PING = b": still at it\n\n"
_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]


class Reply(Protocol):
    """One way of asking, for one request.

    asked: the choices. stream: whether the answer is streamed. sentinel: whether a stream ends with [DONE].
    """

    asked: Sequence[Asked]
    stream: bool
    sentinel: bool

    def take(self, event: Delta | Done) -> Iterable[object]:
        """Note what came; the JSON values to stream for it."""
        ...

    def last(self) -> Iterable[object]:
        """The JSON values that end a stream."""
        ...

    def whole(self) -> object:
        """The answer as one JSON value."""
        ...


class GivenUp(Exception):
    """The client reads nothing any more."""


async def reply_whole(reply: Reply, events: "asyncio.Queue[Event]", scope: Scope, receive: Receive, send: Send) -> None:
    """Raises ApiError when a choice failed."""
    open_choices = len(reply.asked)
    while open_choices:
        event = await events.get()
        if isinstance(event, Failed):
            raise event.error
        for _ in reply.take(event):
            pass
        open_choices -= isinstance(event, Done)
    await JSONResponse(reply.whole())(scope, receive, send)


async def reply_stream(
    reply: Reply, events: "asyncio.Queue[Event]", send: Send, first_seconds: float, send_seconds: float
) -> None:
    """Raises ApiError when it fails before anything was sent, and GivenUp.

    first_seconds: after so long without an event the head is sent all the same, and signs of life from then on.
    send_seconds: a client that takes nothing for so long is given up.
    """

    async def write(data: bytes, more: bool = True) -> None:
        try:
            async with asyncio.timeout(send_seconds):
                await send({"type": "http.response.body", "body": data, "more_body": more})
        except TimeoutError as error:
            raise GivenUp from error

    event = await _next(events, first_seconds)
    if isinstance(event, Failed):
        raise event.error
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    open_choices = len(reply.asked)
    while True:
        if event is None:
            await write(PING)
        elif isinstance(event, Failed):
            await write(_line(event.error.body()), more=False)
            return
        else:
            for chunk in reply.take(event):
                await write(_line(chunk))
            open_choices -= isinstance(event, Done)
        if not open_choices:
            break
        event = await _next(events, first_seconds)
    for chunk in reply.last():
        await write(_line(chunk))
    await write(b"data: " + DONE.encode() + b"\n\n" if reply.sentinel else b"", more=False)


async def _next(events: "asyncio.Queue[Event]", seconds: float) -> Event | None:
    try:
        async with asyncio.timeout(seconds):
            return await events.get()
    except TimeoutError:
        return None


def _line(value: object) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
