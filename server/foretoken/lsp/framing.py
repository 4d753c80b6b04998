"""The frames of LSP's base protocol: bytes in, message bodies out. No I/O here.

A wrong header must not make the server deaf or make it take the memory of a wrong length, so what cannot be a frame is
skipped and named, and reading goes on at the next ``Content-Length``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_BODY = 256 * 1024 * 1024
MAX_HEADER = 64 * 1024
# Searched for, not matched: after a body of the wrong length the next header starts in the middle of a line.
_CONTENT_LENGTH = re.compile(rb"content-length:[ \t]*(\d{1,15})[ \t]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BadFrame:
    """Bytes that were skipped, and why."""

    reason: str


class FrameReader:
    """Feed it what arrives; it yields each complete body, and a BadFrame for each thing that it had to skip."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None
        self._in_body = False
        self._skip = 0

    def feed(self, data: bytes) -> Iterator[bytes | BadFrame]:
        self._buffer += data
        while True:
            if self._skip:
                skipped = min(self._skip, len(self._buffer))
                del self._buffer[:skipped]
                self._skip -= skipped
                if self._skip:
                    return
            elif self._in_body:
                if len(self._buffer) < self._length:
                    return
                body = bytes(self._buffer[: self._length])
                del self._buffer[: self._length]
                self._length, self._in_body = None, False
                yield body
            else:
                end = self._buffer.find(b"\n")
                if end < 0:
                    if len(self._buffer) > MAX_HEADER:
                        self._buffer.clear()
                        yield BadFrame(f"{MAX_HEADER} bytes without a header line")
                    return
                line = bytes(self._buffer[:end]).rstrip(b"\r")
                del self._buffer[: end + 1]
                yield from self._header(line)

    def _header(self, line: bytes) -> Iterator[BadFrame]:
        match = _CONTENT_LENGTH.search(line)
        if match:
            if match.start():
                yield BadFrame("bytes that belong to no message before a Content-Length header")
            self._length = int(match[1])
        elif not line:
            if self._length is None:
                yield BadFrame("a message without a Content-Length header")
            elif self._length > MAX_BODY:
                yield BadFrame(f"a message of {self._length} bytes; the limit is {MAX_BODY}")
                self._length, self._skip = None, self._length
            else:
                self._in_body = True
        elif self._length is None and not re.match(rb"[A-Za-z-]+:", line):
            yield BadFrame("a line that is no header")
