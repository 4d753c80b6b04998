"""When to try again what failed."""

import time
from collections.abc import Callable

PAUSES = 5.0, 300.0  # seconds: the first, and the longest; each is twice as long as the one before


class Retry:
    """pauses: as PAUSES. clock: seconds that never go back."""

    def __init__(self, pauses: tuple[float, float] = PAUSES, clock: Callable[[], float] = time.monotonic) -> None:
        self._pauses = pauses
        self._clock = clock
        self._pause = 0.0
        self._at: float | None = None

    @property
    def failing(self) -> bool:
        """Whether it has failed and has not worked since."""
        return self._pause > 0

    @property
    def left(self) -> float | None:
        """Seconds until it is to be tried again; None when it need not wait."""
        return None if self._at is None else max(0.0, self._at - self._clock())

    def failed(self) -> None:
        """A failure while one is waited for is the same one."""
        if self._at is None:
            first, longest = self._pauses
            self._pause = min(2 * self._pause, longest) if self._pause else first
            self._at = self._clock() + self._pause

    def trying(self) -> None:
        """It is being tried again, whether or not the time has come."""
        self._at = None

    def worked(self) -> None:
        self._pause, self._at = 0.0, None
