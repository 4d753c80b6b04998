"""Wait for work, but no longer than the request is wanted."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from foretoken.text.cancel import Cancelled, CancelToken

logger = logging.getLogger(__name__)

GRACE_SECONDS = 2.0

T = TypeVar("T")


async def until_cancelled(work: Coroutine[Any, Any, T], cancel: CancelToken) -> T:
    """The work's result. Raises Cancelled as soon as the token is cancelled, whatever the work is waiting for.

    The work then has GRACE_SECONDS to end by the token, which lets a connection be kept; after that its task is
    cancelled. Call it, and cancel the token, on the event loop.
    """
    if cancel.cancelled:  # replaced before it began: several requests came in one piece
        work.close()
        raise Cancelled(cancel.reason)
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    gone = loop.create_future()
    cancel.on_cancel(lambda: None if gone.done() else gone.set_result(None))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        task.cancel()
        raise
    finally:
        gone.cancel()
    if task.done():
        return task.result()
    timer = loop.call_later(GRACE_SECONDS, task.cancel)
    task.add_done_callback(lambda done: _left(done, timer))
    raise Cancelled(cancel.reason)


def _left(task: asyncio.Task, timer: asyncio.TimerHandle) -> None:
    timer.cancel()
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("work for a cancelled request failed", exc_info=error)
