"""Supervised engines with real processes, for this folder's tests."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from engine.wire_cases import request
from foretoken.engine import restarts
from foretoken.engine.engine import EngineState, EngineStatus
from foretoken.engine.launch import RuntimeProcess, start_runtime
from foretoken.engine.options import RuntimeOptions
from foretoken.engine.supervisor import SupervisedEngine
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import GeneratedToken

SECONDS = 30


@pytest_asyncio.fixture
async def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator:
    """Makes started engines with a model; the waits between restarts are the same, only shorter."""
    monkeypatch.setattr(restarts, "BACK_OFF", (0.01, 0.02))
    engines: list[SupervisedEngine] = []

    def make(model: Path, **more: object) -> SupervisedEngine:
        options = RuntimeOptions(model, n_ctx=2048, threads=1, gpu_layers=0)
        engines.append(SupervisedEngine(options, tmp_path / "logs", **more))
        engines[-1].start()
        return engines[-1]

    yield make
    for engine in engines:
        pid = engine.pid
        await engine.close()
        assert pid is None or not psutil.pid_exists(pid)


async def answer(engine: SupervisedEngine, asked=None) -> str:
    text = ""
    async for item in engine.generate(asked or request(), CancelToken()):
        text += item.text if isinstance(item, GeneratedToken) else ""
    return text


async def until(engine: SupervisedEngine, state: EngineState) -> EngineStatus:
    reached = asyncio.Event()
    end = engine.subscribe(lambda status: reached.set() if status.state is state else None)
    if engine.status.state is not state:
        await asyncio.wait_for(reached.wait(), SECONDS)
    end()
    return engine.status


async def kill_idle(engine: SupervisedEngine) -> None:
    """Returns once the death has been noticed."""
    noticed = asyncio.create_task(until(engine, EngineState.RESTARTING))
    await asyncio.sleep(0)
    psutil.Process(engine.pid).kill()
    await noticed


class Launcher:
    """Starts real processes and remembers them; no two of them may live at once."""

    def __init__(self) -> None:
        self.launched: list[RuntimeProcess] = []

    def __call__(self, *arguments: Any) -> RuntimeProcess:
        assert not self.living()
        self.launched.append(self.start(*arguments))
        return self.launched[-1]

    def start(self, *arguments: Any) -> RuntimeProcess:
        return start_runtime(*arguments)

    def living(self) -> list[RuntimeProcess]:
        return [process for process in self.launched if process.popen.poll() is None]
