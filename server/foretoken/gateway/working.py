"""What takes the processor before the model is asked: reading large bodies, templates, counting tokens.

All of it on one thread of its own, so that it takes one core at most and no editor's work waits behind it.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from foretoken.gateway.errors import ApiError
from foretoken.gateway.leaving import Leaving

LARGE = 1 << 20  # bytes
MAX_LARGE = 4  # large bodies at once

Made = TypeVar("Made")
_executor = ThreadPoolExecutor(1, thread_name_prefix="gateway")


async def worked(work: Callable[[], Made], leaving: Leaving | None = None) -> Made:
    """Its outcome. Raises ApiError 503 when the client has left; what has not begun by then is not done at all."""
    future = asyncio.get_running_loop().run_in_executor(_executor, work)
    if leaving is None:
        return await future
    gone = asyncio.ensure_future(leaving.gone.wait())
    try:
        await asyncio.wait((future, gone), return_when=asyncio.FIRST_COMPLETED)
        if not future.done():
            raise ApiError(503, "The client has left.")
        return future.result()
    finally:
        gone.cancel()
        future.cancel()


class LargeBodies:
    """How many are held at once."""

    def __init__(self) -> None:
        self._held = 0

    @contextlib.contextmanager
    def seat(self) -> Iterator[Callable[[int], None]]:
        """To be told how large one body is so far, any number of times. Raises ApiError 503 when there are enough."""
        taken = False

        def grown(n_bytes: int) -> None:
            nonlocal taken
            if taken or n_bytes <= LARGE:
                return
            if self._held >= MAX_LARGE:
                raise ApiError(503, "Too many large requests at once. Ask again later.", code="overloaded")
            self._held += 1
            taken = True

        try:
            yield grown
        finally:
            self._held -= taken
