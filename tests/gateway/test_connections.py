"""What connections may cost: long heads, slow heads, and too many of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from starlette.responses import PlainTextResponse

from foretoken.engine.options import GatewayOptions
from foretoken.runtime import connections
from foretoken.runtime.gateway_port import KEEP_ALIVE, TOOLS_KEEP_ALIVE, GatewayPort, server_config

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"


async def serve(work: Callable[[Connect], Awaitable[None]]) -> None:
    port = GatewayPort(lambda _options: PlainTextResponse("passed"))
    await port.set(GatewayOptions(True, "127.0.0.1", 0, "t"))
    writers = []

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port.describe()["port"])
        writers.append(writer)
        return reader, writer

    try:
        async with asyncio.timeout(60):
            await work(connect)
    finally:
        for writer in writers:
            writer.close()
        await port.close()


async def received(reader: asyncio.StreamReader) -> bytes:
    """Until the server closes; with unread data it may cut the connection off."""
    got = b""
    try:
        while part := await reader.read(1 << 16):
            got += part
    except ConnectionError:
        pass
    return got


def endless(line: bytes) -> AsyncIterator[bytes]:
    async def lines() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield line

    return lines()


@pytest.mark.parametrize(
    ("begin", "line"),
    [
        (HEAD, b"X-A: " + b"a" * 4000 + b"\r\n"),
        (HEAD + b"X-A: ", b"a" * 4000),
        (b"GET /", b"a" * 4000),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n", b"X-A: " + b"a" * 4000 + b"\r\n"),
    ],
)
def test_a_head_without_end_is_cut_off(begin: bytes, line: bytes):
    async def work(connect: Connect) -> None:
        reader, writer = await connect()
        writer.write(begin)
        with pytest.raises(ConnectionError):
            async for part in endless(line):
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
                if reader.at_eof():
                    raise ConnectionError
            await received(reader)
            raise ConnectionError
        assert await anybody(connect)

    asyncio.run(serve(work))


async def anybody(connect: Connect) -> bool:
    reader, writer = await connect()
    writer.write(HEAD + b"Connection: close\r\n\r\n")
    return (await received(reader)).endswith(b"passed")


def test_a_head_that_is_too_long_in_one_piece_is_answered_431():
    async def work(connect: Connect) -> None:
        reader, writer = await connect()
        writer.write(HEAD + b"X-A: " + b"a" * connections.MAX_HEAD + b"\r\n")
        assert (await received(reader)).startswith(b"HTTP/1.1 431")

    asyncio.run(serve(work))


def test_a_large_body_is_no_head():
    async def work(connect: Connect) -> None:
        reader, writer = await connect()
        length = connections.MAX_HEAD * 4
        writer.write(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % length + b"a" * length)
        assert (await received(reader)).endswith(b"passed")

    asyncio.run(serve(work))


@pytest.mark.parametrize("sent", [b"", HEAD, b"\r\n"])
def test_a_head_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, sent: bytes):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.02)
    monkeypatch.setattr(connections, "LATE_SECONDS", 0.02)

    async def work(connect: Connect) -> None:
        reader, writer = await connect()
        writer.write(sent)
        assert (await received(reader)).startswith(b"HTTP/1.1 408")

    asyncio.run(serve(work))


def test_too_many_connections_are_closed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 3)

    async def work(connect: Connect) -> None:
        some = [await connect() for _ in range(3)]
        for reader, writer in some:  # known to the server, and kept
            writer.write(HEAD + b"\r\n")
            await reader.readuntil(b"passed")
        reader, _ = await connect()
        assert (await received(reader)).startswith(b"HTTP/1.1 503")
        some[0][1].close()
        while not await anybody(connect):
            pass

    asyncio.run(serve(work))


def test_each_port_has_its_own_limits():
    app = PlainTextResponse("passed")
    own, tools = server_config(app), server_config(app, other_tools=True)
    assert (own.http, own.timeout_keep_alive) == (connections.BoundedProtocol, KEEP_ALIVE)
    assert (tools.http, tools.timeout_keep_alive) == (connections.CappedProtocol, TOOLS_KEEP_ALIVE)
    assert 1 <= connections.most_connections() <= connections.MAX_CONNECTIONS
