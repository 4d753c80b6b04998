"""Waiting for the model: a tool may ask while it is still being loaded."""

import asyncio
import contextlib
from dataclasses import dataclass

from foretoken.gateway.errors import ApiError
from foretoken.gateway.leaving import Leaving
from foretoken.runtime.status import RuntimeState, StatusBoard
from foretoken.runtime.texts import ModelTexts
from foretoken.runtime.worker import Worker
from foretoken.text.generation import ModelInfo


@dataclass(frozen=True, slots=True)
class Ready:
    """What is known of the model once it is loaded."""

    info: ModelInfo
    texts: ModelTexts


async def ready(worker: Worker, status: StatusBoard, seconds: float, leaving: Leaving) -> Ready:
    """The model, after ``seconds`` at most. Raises ApiError 503 when there is none, or the client has left."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        current = status.status
        if current.state is RuntimeState.READY and current.info is not None and worker.texts is not None:
            return Ready(current.info, worker.texts)
        if current.state is RuntimeState.FAILED:
            raise ApiError(503, current.message, code="model_unavailable")
        if leaving.gone.is_set():
            raise ApiError(503, "The client has left.")
        left = deadline - loop.time()
        if left <= 0:
            raise ApiError(503, "The model is still being loaded. Ask again later.", code="model_loading")
        await _first_of(status.newer_than(current.serial, left), leaving.gone.wait())


async def _first_of(*waits: object) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
