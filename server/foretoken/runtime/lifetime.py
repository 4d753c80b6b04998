"""How long the process stays: as long as its leash is held, or, once it is shared, as long as windows are attached.

Lives on the event loop; its clock is the loop's, so a wall clock that jumps changes nothing.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass

from foretoken.engine.life import Life

log = logging.getLogger(__name__)

ATTACH_SECONDS = 10.0  # from being shared to the first window's connection, if its starter lives
IDLE, STOPPED, ALONE, PARENT = "idle", "stopped", "alone", "parent"


@dataclass(slots=True)
class Window:
    """name: what its user knows it by. since: the loop's time."""

    name: str
    since: float


class Lifetime:
    """Counts windows and requests, and decides when to leave.

    on_leave: called once, with the reason. stays: whether something speaks against leaving for want of requests.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_leave: Callable[[str], None],
        stays: Callable[[], bool] = lambda: False,
    ) -> None:
        self._loop = loop
        self._on_leave = on_leave
        self.stays = stays
        self._timer: asyncio.TimerHandle | None = None
        self._numbers = itertools.count(1)
        self._was_attached = False
        self._hasty = False  # the last window wanted no lingering, and others are still being answered
        self.windows: dict[int, Window] = {}
        self.life = Life()
        self.shared = False
        self.leaving = ""
        self.left = asyncio.Event()  # set when it leaves
        self.began = self._used = self._detached = loop.time()
        self.in_flight = 0

    def share(self) -> None:
        """From now on the windows decide, not the leash."""
        self.shared = True
        self._detached = self._loop.time()
        self._arm()

    def live(self, life: Life) -> None:
        """The newest word counts."""
        self.life = life
        self._arm()

    def attach(self, name: str) -> int:
        number = next(self._numbers)
        self._was_attached = True
        self._hasty = False
        self.windows[number] = Window(name, self._loop.time())
        self._arm()
        return number

    def detach(self, number: int, linger: bool = True) -> bool:
        """Whether it leaves, because this was the last window and wants no lingering: now, or after the requests that
        are being answered. Its connection may have ended before, so the number may be gone."""
        if self.windows.pop(number, None) is not None:
            self._detached = self._loop.time()
        if self.shared and not self.windows and not linger:
            self._hasty = True
            self._leave_if_hasty()
        self._arm()
        return bool(self.leaving) or self._hasty

    def request_began(self) -> None:
        self.in_flight += 1

    def request_ended(self) -> None:
        self.in_flight -= 1
        self._used = self._loop.time()
        self._leave_if_hasty()

    def _leave_if_hasty(self) -> None:
        if self._hasty and not self.in_flight:
            self.leave(ALONE)

    def name(self, number: int) -> str:
        window = self.windows.get(number)
        return window.name if window else ""

    def leave(self, reason: str) -> None:
        """At once; the first reason counts."""
        if not self.leaving:
            self.leaving = reason
            log.info("leaving: %s", reason)
            self.left.set()
            self._on_leave(reason)

    @property
    def uptime(self) -> float:
        return self._loop.time() - self.began

    @property
    def idle(self) -> float:
        """Seconds since the last request ended; 0 while one is being answered."""
        return 0.0 if self.in_flight else self._loop.time() - self._used

    def _due(self) -> tuple[float, str] | None:
        """When to leave, and why, if nothing happens until then."""
        if self.shared and not self.windows:
            linger = self.life.linger_seconds
            if not self._was_attached:
                linger = max(linger, ATTACH_SECONDS)
            return max(self._detached, self._used) + linger, ALONE
        if self.life.idle_seconds > 0:
            return max(self.began, self._used) + self.life.idle_seconds, IDLE
        return None

    def _arm(self) -> None:
        """Requests do not come here: a timer that finds that it is too early waits for the rest."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._due()
        if due is not None and not self.leaving:
            self._timer = self._loop.call_at(due[0], self._look)

    def _look(self) -> None:
        self._timer = None
        due = self._due()
        if due is None or self.leaving:
            return
        busy = self.in_flight or (due[1] == IDLE and self.stays())
        if busy:
            self._timer = self._loop.call_later(max(1.0, min(60.0, due[0] - self._loop.time())), self._look)
        elif due[0] > self._loop.time():
            self._timer = self._loop.call_at(due[0], self._look)
        else:
            self.leave(due[1])
