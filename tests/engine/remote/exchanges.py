"""Real servers' answers, byte for byte: taken down by a recorder in between, and given again by a replaying server.

A recording is JSON: {"server", "taken_with", "exchanges": [{"method", "path", "body", "answer": [str, ...]}]}, where an answer's
parts are what came in one piece, as latin-1. It says nothing of what a server does beyond what was asked of it: a
request that is not in the recording fails the test that sent it.
"""

import asyncio
import json
import ssl
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

RECORDINGS = Path(__file__).parent / "recordings"


async def read_request(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str], bytes] | None:
    """(method, path, headers in lower case, body); None at the connection's end."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *rest = head.rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    method, path, _ = first.split(" ")
    return method, path, headers, await reader.readexactly(int(headers.get("content-length", "0")))


def key(method: str, path: str, body: Any) -> str:
    return json.dumps([method, path, body], sort_keys=True)


class Server:
    """A listening socket of this machine; ``async with`` it. Subclasses serve connections.

    port: where it listens; 0 = on a free one. tls: with what it speaks TLS.
    """

    port = 0
    tls: ssl.SSLContext | None = None

    async def __aenter__(self) -> Self:
        self._open: set[asyncio.Task[None]] = set()
        self._listening = await asyncio.start_server(self._connected, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._listening.sockets[0].getsockname()[1]
        self.url = f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._listening.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while await self.serve(reader, writer):
                pass
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request; whether another may follow on the same connection."""
        raise NotImplementedError


class Replay(Server):
    """Gives a recording's answers again; the same request's answers in their order, the last one from then on.

    hold: called with a path; an answer for which it says a number stops after so many parts, until the client closes.
    asked: the (method, path, headers, body) that came. unknown: those that are not in the recording. closed: is set when
    the client closed while an answer was held. override: a whole answer for a path, in place of the recorded one.
    """

    def __init__(self, recording: str) -> None:
        recorded = json.loads((RECORDINGS / f"{recording}.json").read_text(encoding="utf-8"))
        self._answers: dict[str, list[list[str]]] = defaultdict(list)
        for exchange in recorded["exchanges"]:
            self._answers[key(exchange["method"], exchange["path"], exchange["body"])].append(exchange["answer"])
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.unknown: list[str] = []
        self.hold: Callable[[str], int | None] = lambda path: None
        self.override: dict[str, bytes] = {}
        self.held, self.closed = asyncio.Event(), asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await read_request(reader)
        if request is None:
            return False
        method, path, headers, data = request
        body = json.loads(data) if data else None
        self.asked.append((method, path, headers, body))
        if path in self.override:
            writer.write(self.override[path])
            await writer.drain()
            return b"Connection: close" not in self.override[path]
        answers = self._answers.get(key(method, path, body))
        if not answers:
            self.unknown.append(key(method, path, body))
            writer.write(b"HTTP/1.1 500 Not recorded\r\nContent-Length: 0\r\n\r\n")
            return True
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        hold = self.hold(path)
        for part in answer[:hold]:
            writer.write(part.encode("latin-1"))
            await writer.drain()
        if hold is not None:
            self.held.set()
            assert await reader.read(1) == b"", "nothing more is asked on a connection that waits for an answer"
            self.closed.set()
            return False
        return "connection: close" not in answer[0].lower().partition("\r\n\r\n")[0]

    def bodies(self, path: str) -> list[Any]:
        """What was sent to ``path``."""
        return [body for _, asked, _, body in self.asked if asked == path]


class Recorder(Server):
    """Stands between the engine and a real server and takes all down. Connections are not kept: each is one exchange."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self.exchanges: list[dict[str, Any]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await read_request(reader)
        if request is None:
            return False
        method, path, _, data = request
        answer: list[str] = []
        body = json.loads(data) if data else None
        there, out = await asyncio.open_connection(self._host, self._port)
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nContent-Type: application/json\r\n"
        out.write(f"{head}Connection: close\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        try:
            while part := await there.read(1 << 16):
                answer.append(part.decode("latin-1"))
                writer.write(part)
                await writer.drain()
        finally:
            out.close()
            self.exchanges.append({"method": method, "path": path, "body": body, "answer": answer})
        return False

    def save(self, name: str, server: str, taken_with: str) -> None:
        # The same question has the same answer, but where tokens are generated: there the server's cache has a say.
        once = {key(one["method"], one["path"], one["body"]): one for one in reversed(self.exchanges)}
        recording = {"server": server, "taken_with": taken_with, "exchanges": list(reversed(once.values()))}
        (RECORDINGS / f"{name}.json").write_text(json.dumps(recording, indent=1) + "\n", encoding="utf-8")
