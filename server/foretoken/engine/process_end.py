"""The end of a model process: noticing it, bringing it about, and saying why it came."""

import asyncio
import contextlib
import signal
import subprocess
import threading
import time

from foretoken.engine.launch import RuntimeProcess

DEATH_SECONDS = 2.0  # between a lost connection and the end of the process
LEAVE_SECONDS = 3.0  # for a process that was asked to leave


def when_ended(process: RuntimeProcess) -> asyncio.Future[int]:
    """The exit code, once. A thread of its own: a worker of the loop's pool would hold up the loop's end."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[int] = loop.create_future()

    def wait() -> None:
        code = process.popen.wait()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(lambda: future.done() or future.set_result(code))

    threading.Thread(target=wait, name="model process", daemon=True).start()
    return future


async def ended_soon(process: RuntimeProcess | None) -> int | None:
    """The exit code, once the process is gone; None when it is not gone within a moment."""
    deadline = time.monotonic() + DEATH_SECONDS
    while process is not None and (code := process.popen.poll()) is None:
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(0.02)
    return 0 if process is None else code


def end(process: RuntimeProcess) -> None:
    """Blocking. Closing its standard input asks it to leave."""
    popen = process.popen
    if popen.stdin is not None:
        with contextlib.suppress(OSError):
            popen.stdin.close()
    for force in (lambda: None, popen.terminate, popen.kill):
        force()
        with contextlib.suppress(subprocess.TimeoutExpired):
            popen.wait(LEAVE_SECONDS)
            break
    process.remove_folder()


def obituary(process: RuntimeProcess, code: int) -> str:
    how = f"with exit code {code}"
    if code < 0:
        with contextlib.suppress(ValueError):
            how = f"by {signal.Signals(-code).name}"
    words = process.last_words()
    return f"The model process ended {how}{f': {words}' if words else ''}."
