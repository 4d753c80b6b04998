"""What waits for the worker's queries' thread: messages in their order, and chores for when none is there."""

import threading
import time
from collections import deque
from collections.abc import Callable

Order = Callable[[], None]


class Inbox:
    """Filled by any thread, emptied by one."""

    def __init__(self) -> None:
        self._messages: deque[Order] = deque()
        self._chores: deque[Order] = deque()
        self._closed = False
        self._changed = threading.Condition()

    def put(self, order: Order) -> None:
        """A document's change or a question: an answer holds what came before the question."""
        with self._changed:
            self._messages.append(order)
            self._changed.notify()

    def put_chore(self, order: Order) -> None:
        """What no answer depends on; no question waits for it, unless it is being done already."""
        with self._changed:
            self._chores.append(order)
            self._changed.notify()

    def close(self) -> None:
        """What waits is not done any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    @property
    def closed(self) -> bool:
        return self._closed

    def take(self, seconds: float | None) -> Order | None:
        """The next one; None when there was none for so long, or the box was closed."""
        until = None if seconds is None else time.monotonic() + seconds
        with self._changed:
            while not (self._messages or self._chores or self._closed):
                left = None if until is None else until - time.monotonic()
                if left is not None and left <= 0:
                    return None
                self._changed.wait(left)
            if self._closed:
                return None
            return (self._messages or self._chores).popleft()
