"""Engines over replayed servers, for this folder's tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from engine.remote.exchanges import Replay
from foretoken.engine.remote import engine as remote_engine
from foretoken.engine.remote.engine import RemoteEngine
from foretoken.engine.remote.options import RemoteOptions


@pytest_asyncio.fixture
async def replay() -> AsyncIterator:
    """Makes replaying servers; a request that was not recorded fails the test."""
    servers: list[Replay] = []

    async def replay(recording: str) -> Replay:
        servers.append(Replay(recording))
        await servers[-1].__aenter__()
        return servers[-1]

    yield replay
    for server in servers:
        await server.__aexit__()
        assert not server.unknown, server.unknown


@pytest_asyncio.fixture
async def connect(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator:
    """Makes started engines; the waits between two looks at a server are the same, only shorter."""
    monkeypatch.setattr(remote_engine, "BACK_OFF", (0.01, 0.02))
    monkeypatch.setattr(remote_engine, "LOADING_SECONDS", 0.01)
    engines: list[RemoteEngine] = []

    def connect(url: str, **more: str) -> RemoteEngine:
        engines.append(RemoteEngine(RemoteOptions(url, **more)))
        engines[-1].start()
        return engines[-1]

    yield connect
    for engine in engines:
        await engine.close()
