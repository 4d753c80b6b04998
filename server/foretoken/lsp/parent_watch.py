"""Notice the end of the editor's process, also when it ends without a word and leaves the pipe open."""

import asyncio
import logging

logger = logging.getLogger(__name__)

POLL_SECONDS = 2.0


async def process_ended(pid: int, poll_seconds: float = POLL_SECONDS) -> None:
    """Return when the process has ended. Never returns when it cannot be seen at all: an editor may run on the other
    side of a container's wall, where its number means nothing here.

    A number that was given to another process since counts as ended (psutil compares the start times).
    """
    import psutil  # after the first answer: 30 ms that a starting server need not spend

    try:
        process = psutil.Process(pid)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(poll_seconds)
    except psutil.NoSuchProcess:
        logger.warning("the editor's process %d cannot be seen; not watching it", pid)
        await asyncio.get_running_loop().create_future()
    except psutil.AccessDenied:
        logger.warning("the editor's process %d may not be looked at; not watching it", pid)
        await asyncio.get_running_loop().create_future()
