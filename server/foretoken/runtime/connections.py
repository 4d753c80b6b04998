"""What a connection may cost before it has asked for anything: bytes and time of a request's head, and how many there are.

uvicorn bounds neither: a head that never ends is collected, and one that never comes holds its connection for ever.
"""

import asyncio
import sys

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 1 << 16  # bytes of the request line and the headers, trailers included
HEAD_SECONDS = 10.0  # for a request's head to arrive, from its first byte or the connection's beginning
# A loop that was held up fires its timers before it reads what has come meanwhile.
LATE_SECONDS = 1.0
MAX_CONNECTIONS = 64


class BoundedProtocol(HttpToolsProtocol):
    """Answers 431 to a head that is too long, 408 to one that is too slow, and closes."""

    _since = 0  # bytes since the parser last finished something: a head, or a part of a body
    _fields = 0  # bytes of this request's fields
    _heading = True  # a head is awaited or coming
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._since += len(data)
        if self._heading:
            self._start_timer()
        super().data_received(data)
        if self._since > MAX_HEAD:
            self._refuse(b"431 Request Header Fields Too Large", b"The head of the request is too long.")

    def on_message_begin(self) -> None:
        self._fields, self._heading = 0, True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value) + 4)

    def on_headers_complete(self) -> None:
        self._since, self._heading = 0, False
        self._stop_timer()
        if not self.transport.is_closing():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._since = 0
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._since, self._heading = 0, True
        if not self.transport.is_closing():
            super().on_message_complete()

    def _count(self, length: int) -> None:
        self._fields += length
        if self._fields > MAX_HEAD:
            self._refuse(b"431 Request Header Fields Too Large", b"The head of the request is too long.")

    def _refuse(self, status: bytes, words: bytes) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:  # not in the middle of an answer
            head = b"HTTP/1.1 %s\r\ncontent-type: text/plain\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
            self.transport.write(head % (status, len(words)) + words)
        self.transport.close()

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = self.loop.call_later(LATE_SECONDS, self._too_late)

    def _too_late(self) -> None:
        self._timer = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._start_timer()  # the next request has begun while this one is being answered
        else:
            self._refuse(b"408 Request Timeout", b"The head of the request came too slowly.")


class CappedProtocol(BoundedProtocol):
    """For a port that anybody on the machine may connect to: beyond MAX_CONNECTIONS, 503 and closed at once."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > most_connections():
            self._refuse(b"503 Service Unavailable\r\nretry-after: 5", b"Too many connections.")


def most_connections() -> int:
    """A quarter of the files that the process may open at most: the model's own clients need some, too."""
    if sys.platform == "win32":
        return MAX_CONNECTIONS
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(MAX_CONNECTIONS, soft // 4))
