"""What waits to be written to the worker, in order. A worker that is slow makes it longer, never the event loop wait."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from foretoken.index.wire import frame

Head = dict[str, Any]
# A document whose edits wait in such an amount is sent whole instead, in the place of the first of them.
EDITS_WAITING = 200


@dataclass(slots=True, eq=False)
class _Message:
    head: Head
    body: str
    path: str  # of the document that it is about; empty for everything else


class Outbox:
    """Filled on the event loop, emptied by one thread. Texts are encoded by who takes them."""

    def __init__(self) -> None:
        self._messages: deque[_Message] = deque()
        self._waiting: dict[str, int] = {}  # path -> how many messages about it wait
        self._changed = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, head: Head) -> None:
        self._add(_Message(head, "", ""))

    def put_edit(self, path: str, head: Head, body: str, whole: Head, text: str) -> bool:
        """An edit of a document; or, when too many wait, the whole of it in their place (``whole`` with ``text``). Returns
        whether the edit itself was put in."""
        if self._waiting.get(path, 0) < EDITS_WAITING:
            self._add(_Message(head, body, path))
            return True
        self.put_whole(path, whole, text)
        return False

    def put_whole(self, path: str, head: Head, text: str) -> None:
        """A document's whole text: it takes the place of the first message about the document that waits, and the others
        go, so that what was asked between them sees what is newer."""
        message = _Message(head, text, path)
        with self._changed:
            if not self._waiting.get(path):
                self._append(message)
                return
            kept: deque[_Message] = deque()
            for each in self._messages:
                if each.path != path:
                    kept.append(each)
                elif message is not None:
                    kept.append(message)
                    message = None  # type: ignore[assignment]
            self._messages = kept
            self._waiting[path] = 1
            self._changed.notify()

    def close(self) -> None:
        """What waits is not written any more."""
        with self._changed:
            self._closed = True
            self._messages.clear()
            self._changed.notify()

    def take(self) -> bytes | None:
        """The next message as bytes; waits for it. None when the box was closed."""
        with self._changed:
            while not self._messages and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            message = self._messages.popleft()
            if message.path:
                left = self._waiting.pop(message.path) - 1
                if left:
                    self._waiting[message.path] = left
        return frame(message.head, message.body)

    def _add(self, message: _Message) -> None:
        with self._changed:
            self._append(message)

    def _append(self, message: _Message) -> None:
        self._messages.append(message)
        if message.path:
            self._waiting[message.path] = self._waiting.get(message.path, 0) + 1
        self._changed.notify()
