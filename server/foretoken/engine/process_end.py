"""The end of a model process: noticing it, bringing it about, and saying why it came."""

import asyncio
import contextlib
import signal
import subprocess
import threading
import time

from foretoken.engine.launch import RuntimeProcess
from foretoken.engine.shared_process import ModelProcess, SharedProcess

DEATH_SECONDS = 2.0  # between a lost connection and the end of the process
LEAVE_SECONDS = 3.0  # for a process that was asked to leave


def when_ended(process: ModelProcess) -> asyncio.Future[int | None]:
    """The exit code, once; of a process that is not our child the future stays open, for its end is seen elsewhere.

    A thread of its own: a worker of the loop's pool would hold up the loop's end.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[int | None] = loop.create_future()
    child = process.child if isinstance(process, SharedProcess) else process
    if child is None:
        return future

    def wait() -> None:
        code = child.popen.wait()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(lambda: future.done() or future.set_result(code))

    threading.Thread(target=wait, name="model process", daemon=True).start()
    return future


def runs(process: ModelProcess) -> bool:
    """Whether the process lives, as far as the system knows at this moment."""
    if isinstance(process, SharedProcess):
        return process.runs() if process.child is None else process.child.popen.poll() is None
    return process.popen.poll() is None


def exit_code(process: ModelProcess) -> int | None:
    """None while it lives, and for a process that is not our child."""
    child = process.child if isinstance(process, SharedProcess) else process
    return None if child is None else child.popen.poll()


async def ended_soon(process: ModelProcess) -> bool:
    """Whether the process is gone, or goes within a moment."""
    deadline = time.monotonic() + DEATH_SECONDS
    while runs(process):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def end(process: RuntimeProcess) -> None:
    """Blocking. Closing its standard input asks it to leave."""
    popen = process.popen
    let_go(process)
    for force in (lambda: None, popen.terminate, popen.kill):
        force()
        with contextlib.suppress(subprocess.TimeoutExpired):
            popen.wait(LEAVE_SECONDS)
            break
    process.remove_folder()


def let_go(process: RuntimeProcess) -> None:
    """Give up the leash: a process that is shared stays, any other leaves."""
    if process.popen.stdin is not None:
        with contextlib.suppress(OSError):
            process.popen.stdin.close()


def obituary(process: ModelProcess) -> str:
    how, code = "", exit_code(process)
    if code is not None:
        how = f" with exit code {code}"
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            how = f" by {signal.Signals(-code).name}"
    words = process.last_words()
    return f"The model process ended{how}{f': {words}' if words else ''}."
