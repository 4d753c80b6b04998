"""CancelToken: one per request, shared by everyone who works for that request."""

import threading
from collections.abc import Callable


class Cancelled(Exception):
    """The work was given up because its CancelToken was cancelled. Not an error: answer with nothing."""


class CancelToken:
    """A one-way switch, safe to read from any thread.

    ``reason`` says who cancelled ("superseded", "client", "shutdown"). Callbacks run once, on the thread that
    cancels; one that is added after the fact runs at once.
    """

    __slots__ = ("_lock", "_callbacks", "reason")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []
        self.reason: str | None = None

    @property
    def cancelled(self) -> bool:
        return self.reason is not None

    def cancel(self, reason: str) -> None:
        """Cancel; the first reason stays."""
        with self._lock:
            if self.reason is not None:
                return
            self.reason = reason
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def on_cancel(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if self.reason is None:
                self._callbacks.append(callback)
                return
        callback()

    def check(self) -> None:
        """Raise ``Cancelled`` if the token was cancelled."""
        if self.reason is not None:
            raise Cancelled(self.reason)
