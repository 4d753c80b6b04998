"""From an HTTP request to the worker's queue and back: shared by the native surface and other tools' door."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.types import Receive

from foretoken.runtime.worker import Failure, Scores, Worker
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GeneratedToken, GenerateRequest, ScoreRequest

Item = GeneratedToken | Finish | Scores | Failure
Cancels = dict[str, CancelToken]


@contextlib.asynccontextmanager
async def submitted(
    worker: Worker, cancels: Cancels, request: GenerateRequest | ScoreRequest, receive: Receive
) -> AsyncIterator["asyncio.Queue[Item]"]:
    """The answer's items, while the worker is at it. A client that goes away cancels its request.

    cancels: where the request is found by its cancel id meanwhile. receive: the ASGI one, after the body was read.
    """
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[Item] = asyncio.Queue()
    token = CancelToken()
    cancels[request.cancel_id] = token
    watch = loop.create_task(_cancel_on_disconnect(receive, token))
    worker.submit(request, token, lambda item: loop.call_soon_threadsafe(items.put_nowait, item))
    try:
        yield items
    finally:
        token.cancel("client")
        watch.cancel()
        if cancels.get(request.cancel_id) is token:
            del cancels[request.cancel_id]


async def _cancel_on_disconnect(receive: Receive, token: CancelToken) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    token.cancel("client")
