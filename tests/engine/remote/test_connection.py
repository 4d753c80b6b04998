"""What holds for every request: whom it goes to, and what becomes of a connection that was kept."""

import asyncio
import ssl
from pathlib import Path

import pytest

from engine.remote.exchanges import Replay, Server, read_request
from engine.remote.following import until
from foretoken.engine.engine import EngineState
from foretoken.engine.remote.connection import ANSWER_LIMIT, Connection, ServerLost, ServerRefused
from foretoken.engine.remote.options import RemoteOptions

CERTIFICATES = Path(__file__).parent / "certificates"
OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"is": 1}\n'


class Leaving(Server):
    """Answers so many requests on each connection, and says nothing of closing it."""

    def __init__(self, requests: int) -> None:
        self._requests = requests
        self.served: list[int] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        self.served.append(0)
        while await read_request(reader) is not None:
            if self.served[-1] == self._requests:
                return False
            self.served[-1] += 1
            writer.write(OK)
        return False


async def test_a_request_on_a_connection_that_is_being_closed_is_sent_again() -> None:
    async with Leaving(2) as server:
        connection = Connection(RemoteOptions(server.url))
        for _ in range(5):
            assert await connection.post("/tokenize", {}) == {"is": 1}
        assert server.served == [2, 2, 1]
        await connection.close()


async def test_a_server_that_answers_nothing_is_not_asked_for_ever() -> None:
    async with Leaving(0) as server:
        connection = Connection(RemoteOptions(server.url))
        with pytest.raises(ServerLost):
            await connection.post("/tokenize", {})
        assert 1 < len(server.served) < 10
        await connection.close()


async def test_an_answer_without_an_end_is_cut_off() -> None:
    class Endless(Server):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
            await read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
            for _ in range(2 * ANSWER_LIMIT >> 20):
                writer.write(b" " * (1 << 20))
                await writer.drain()
            return False

    async with Endless() as server:
        connection = Connection(RemoteOptions(server.url))
        with pytest.raises(ServerRefused, match="longer than"):
            await connection.get("/v1/models")
        await connection.close()


async def test_a_proxy_of_the_environment_sees_nothing(monkeypatch) -> None:
    async with Leaving(1) as proxy, Leaving(1) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        connection = Connection(RemoteOptions(server.url))
        await connection.get("/v1/models")
        await connection.close()
        assert (server.served, proxy.served) == ([1], [])


def encrypted() -> Replay:
    server = Replay("llama-server")
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(CERTIFICATES / "own.pem", CERTIFICATES / "own.key.pem")
    return server


async def test_a_certificate_of_ones_own_is_trusted_when_it_is_named(connect) -> None:
    async with encrypted() as server:
        engine = connect(server.url, ca_file=str(CERTIFICATES / "own.pem"))
        assert (await engine.ready()).name == "starter"
        await engine.close()


async def test_any_other_is_not(connect) -> None:
    async with encrypted() as server:
        engine = connect(server.url)
        message = (await until(engine, EngineState.RESTARTING)).message
        assert "certificate is not trusted" in message and "engine.ca_file" in message
        await engine.close()
        assert not server.asked
