"""Waiting for what an engine does."""

import asyncio

from foretoken.engine.engine import EngineState, EngineStatus
from foretoken.engine.remote.engine import RemoteEngine
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GeneratedToken, GenerateRequest

SECONDS = 30


async def until(engine: RemoteEngine, state: EngineState, attempt: int = 0) -> EngineStatus:
    """The first status from now on, the present one included, that is this, at this attempt or a later one."""
    reached: asyncio.Future[EngineStatus] = asyncio.get_running_loop().create_future()

    def look(status: EngineStatus) -> None:
        if status.state is state and status.attempt >= attempt and not reached.done():
            reached.set_result(status)

    end = engine.subscribe(look)
    look(engine.status)
    try:
        return await asyncio.wait_for(reached, SECONDS)
    finally:
        end()


async def answer(engine: RemoteEngine, request: GenerateRequest) -> tuple[str, Finish]:
    """The whole answer; its last value, and only that, is the Finish."""
    items = [item async for item in engine.generate(request, CancelToken())]
    *tokens, finish = items
    assert isinstance(finish, Finish)
    assert all(isinstance(token, GeneratedToken) for token in tokens)
    return "".join(token.text for token in tokens), finish
