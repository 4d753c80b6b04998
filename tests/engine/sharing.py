"""Several windows' engines on one runtime folder, for the tests of sharing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from foretoken.engine import restarts
from foretoken.engine.client import RuntimeClient
from foretoken.engine.discovery import Discovery, discoveries
from foretoken.engine.life import Life
from foretoken.engine.options import RuntimeOptions
from foretoken.engine.supervisor import SupervisedEngine

SECONDS = 60
LIFE = Life(linger_seconds=30.0, idle_seconds=0.0)


class Windows:
    """Makes engines as several editors would; ``folder`` is where they meet."""

    def __init__(self, folder: Path, logs: Path) -> None:
        self.folder = folder
        self.logs = logs
        self.engines: list[SupervisedEngine] = []

    def open(self, model: Path, *, life: Life = LIFE, n_ctx: int = 2048, **more: Any) -> SupervisedEngine:
        options = RuntimeOptions(model, n_ctx=n_ctx, threads=1, gpu_layers=0)
        engine = SupervisedEngine(options, self.logs, folder=self.folder, life=life, **more)
        self.engines.append(engine)
        engine.start()
        return engine

    def found(self) -> list[Discovery]:
        return [discovery for _, discovery in discoveries(self.folder)]

    def processes(self) -> list[psutil.Process]:
        """All model processes that were started in this folder, found or not."""
        mine = []
        for process in psutil.process_iter(["cmdline", "status"]):
            line = process.info["cmdline"] or []
            if process.info["status"] != psutil.STATUS_ZOMBIE and any(str(self.folder) in word for word in line):
                mine.append(process)
        return mine

    async def health(self) -> dict[str, Any]:
        """What the one process says of itself."""
        (found,) = self.found()
        async with RuntimeClient(found.port, found.token) as client:
            return await client.health()

    async def until_alone(self) -> None:
        """Until no model process is left."""
        await eventually(lambda: not self.processes())


async def eventually(holds: Callable[[], object]) -> None:
    """Until it holds; a test that waits for ever is ended by the deadline."""
    async with asyncio.timeout(SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Windows]:
    monkeypatch.setattr(restarts, "BACK_OFF", (0.05, 0.1))
    windows = Windows(tmp_path / "run", tmp_path / "logs")
    yield windows
    for engine in windows.engines:
        await engine.close()
    for process in windows.processes():
        with contextlib.suppress(psutil.Error):
            process.kill()
    await windows.until_alone()
