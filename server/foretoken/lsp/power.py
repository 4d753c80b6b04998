"""Whether the machine runs on its battery."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

LOOK_EVERY = 30.0  # seconds

logger = logging.getLogger(__name__)


def on_battery() -> bool:
    """As the system says now. Blocking: some systems read a file for it, some start a program. A machine without a
    battery, or one that does not say, is plugged in."""
    import psutil  # here: nobody waits for it

    try:
        battery = psutil.sensors_battery()
    except (AttributeError, NotImplementedError, OSError, RuntimeError, ValueError, psutil.Error) as error:
        logger.info("the battery is not known: %s", error)
        return False
    return battery is not None and battery.power_plugged is False


class Power:
    """What was seen last; seen anew every ``LOOK_EVERY`` seconds at most, and only while somebody asks. For the event loop.

    spawn: runs a coroutine in the background. read: answers whether the machine runs on its battery, in a thread. clock:
    monotonic seconds. Before the first look is done the machine counts as plugged in.
    """

    def __init__(
        self,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        read: Callable[[], bool] = on_battery,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spawn, self._read, self._clock = spawn, read, clock
        self._looked: float | None = None
        self._on_battery = False

    def on_battery(self) -> bool:
        """Answers at once; looks again in the background when the last look is long ago."""
        now = self._clock()
        if self._looked is None or now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._spawn(self._look())
        return self._on_battery

    async def _look(self) -> None:
        self._on_battery = await asyncio.to_thread(self._read)
