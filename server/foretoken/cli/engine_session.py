"""A loaded model for a command that needs one."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator

from foretoken import app
from foretoken.cli.command import CommandError
from foretoken.engine.engine import Engine, EngineState, EngineUnavailable
from foretoken.session.settings import Settings
from foretoken.text.generation import ModelInfo

_POLL_S = 0.2
MOST_ATTEMPTS = 3  # to start a model process, or to reach another server: then a command says so and ends


@contextlib.asynccontextmanager
async def loaded_engine(settings: Settings, timeout_s: float = 300.0) -> AsyncIterator[tuple[Engine, ModelInfo]]:
    """The engine once its model is ready; a long load shows its progress in a terminal. Raises CommandError."""
    quiet_logging()
    engine = app.open_engine(settings)
    try:
        yield engine, await wait_ready(engine, timeout_s)
    except EngineUnavailable as error:
        raise CommandError(f"{error}\n`foretoken doctor` may say more") from error
    finally:
        await engine.close()


def quiet_logging() -> None:
    """The engine's records are for the server's log; without a handler they would go to stderr, and every error twice."""
    logging.getLogger("foretoken").addHandler(logging.NullHandler())


async def wait_ready(engine: Engine, timeout_s: float = 300.0) -> ModelInfo:
    """``engine.ready()`` waits a short time only, for the sake of an editor; a command may wait longer."""
    shown = False
    deadline = asyncio.get_running_loop().time() + timeout_s
    while True:
        waiting = asyncio.ensure_future(engine.ready())
        try:
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=_POLL_S)
                status = engine.status
                if sys.stderr.isatty() and status.state is EngineState.LOADING and status.progress is not None:
                    print(f"\rloading the model: {status.progress:4.0%} ", end="", file=sys.stderr, flush=True)
                    shown = True
        finally:  # Ctrl-C too: left alone, the task would fail with nobody to hear it
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            if shown:
                print("\r" + " " * 40 + "\r", end="", file=sys.stderr, flush=True)
        try:
            return waiting.result()
        except EngineUnavailable:
            late = asyncio.get_running_loop().time() > deadline or engine.status.attempt >= MOST_ATTEMPTS
            if late or engine.status.state in (EngineState.FAILED, EngineState.STOPPED, EngineState.ASLEEP):
                raise
            await asyncio.sleep(_POLL_S)
