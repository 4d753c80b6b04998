"""From an HTTP request to the worker's queue and back: shared by the native surface and other tools' door."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from weakref import WeakKeyDictionary

from starlette.types import Receive

from foretoken.runtime.jobs import Failure, Scores
from foretoken.runtime.poison import REFUSAL, fingerprint
from foretoken.runtime.worker import Worker
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GeneratedToken, GenerateRequest, ScoreRequest

Item = GeneratedToken | Finish | Scores | Failure
Cancels = dict[str, CancelToken]

MAX_AT_ONCE = 64  # requests of one owner that wait or are being answered
MAX_UNREAD = 4096  # items of an answer that its client has not taken; a token is an item
UNREAD = "the answer was not read, so it was given up"

_at_once: WeakKeyDictionary[Worker, Counter[str]] = WeakKeyDictionary()


class TooManyRequests(Exception):
    """The owner has as many requests under way as it may. The message is a sentence for whoever sent this one."""


@contextlib.asynccontextmanager
async def submitted(
    worker: Worker, cancels: Cancels, request: GenerateRequest | ScoreRequest, receive: Receive
) -> AsyncIterator["asyncio.Queue[Item]"]:
    """The answer's items, while the worker is at it. A client that goes away cancels its request.

    cancels: where the request is found by its cancel id meanwhile. receive: the ASGI one, after the body was read.
    A prompt that ended the process before is answered with a Failure. Raises TooManyRequests.
    """
    loop = asyncio.get_running_loop()
    answer = _Answer()
    if worker.journal is not None and worker.journal.poison.refuses(fingerprint(request)):
        answer.items.put_nowait(Failure(REFUSAL, "Poisoned"))
        yield answer.items
        return
    with _counted(worker, request.owner):
        cancels[request.cancel_id] = answer.cancel
        watch = loop.create_task(_cancel_on_disconnect(receive, answer.cancel))
        worker.submit(request, answer.cancel, lambda item: loop.call_soon_threadsafe(answer.put, item))
        try:
            yield answer.items
        finally:
            answer.cancel.cancel("client")
            watch.cancel()
            if cancels.get(request.cancel_id) is answer.cancel:
                del cancels[request.cancel_id]


class _Answer:
    """Holds no more than a slow reader may leave."""

    def __init__(self) -> None:
        self.items: asyncio.Queue[Item] = asyncio.Queue()
        self.cancel = CancelToken()
        self._given_up = False

    def put(self, item: Item) -> None:
        if self._given_up:
            return
        if self.items.qsize() >= MAX_UNREAD:
            self._given_up = True
            self.cancel.cancel("unread")
            item = Failure(UNREAD, "Unread")
        self.items.put_nowait(item)


@contextlib.contextmanager
def _counted(worker: Worker, owner: str) -> Iterator[None]:
    counts = _at_once.setdefault(worker, Counter())
    if counts[owner] >= MAX_AT_ONCE:
        raise TooManyRequests(f"{MAX_AT_ONCE} requests of this client are under way; wait for one of them to end")
    counts[owner] += 1
    try:
        yield
    finally:
        counts[owner] -= 1
        if not counts[owner]:
            del counts[owner]


async def _cancel_on_disconnect(receive: Receive, token: CancelToken) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    token.cancel("client")
