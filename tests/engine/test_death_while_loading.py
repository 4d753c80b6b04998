"""A model that kills the process while it is loaded."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.sharing import Windows
from engine.supervised import SECONDS, Launcher, answer, until
from foretoken.engine.engine import EngineState, EngineStatus, EngineUnavailable
from foretoken.engine.launch import RuntimeProcess, log_name, start_runtime
from foretoken.engine.options import RuntimeOptions

DIES_WHILE_LOADING = """
import os
from foretoken.runtime import __main__, worker
def abort(*arguments):
    os.write(2, b"noise\\nGGML_ASSERT(n > 0) failed\\n")
    os.abort()
worker.Worker._on_progress = abort
__main__.main()
"""


class DyingLauncher(Launcher):
    """Its processes end while they load, as llama.cpp does on an assertion, until they are cured."""

    cured = False

    def start(self, *arguments: Any) -> RuntimeProcess:
        if self.cured:
            return start_runtime(*arguments)
        started = subprocess.Popen

        def popen(command: list[str], **more: Any) -> subprocess.Popen[bytes]:
            at = command.index("-m")
            return started([*command[:at], "-c", DIES_WHILE_LOADING, *command[at + 2 :]], **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(subprocess, "Popen", popen)
            return start_runtime(*arguments)


async def test_a_model_that_kills_the_process_while_it_loads_is_given_up(make, dense_gguf: Path, tmp_path: Path):
    launch = DyingLauncher()
    engine = make(dense_gguf, launch=launch)
    statuses: list[EngineStatus] = []
    engine.subscribe(statuses.append)
    message = (await until(engine, EngineState.FAILED)).message
    restarting = [status for status in statuses if status.state is EngineState.RESTARTING]
    assert [status.attempt for status in restarting] == [1, 2]
    for said in [*(status.message for status in restarting), message]:
        assert "GGML_ASSERT(n > 0) failed" in said
        assert "SIGABRT" in said or sys.platform == "win32"
    for said in (
        str(dense_gguf),
        str(tmp_path / "logs" / log_name(launch.launched[-1].pid)),
        "another model",
        "model.n_ctx",
    ):
        assert said in message
    with pytest.raises(EngineUnavailable, match="3 times in a row"):
        await answer(engine)
    assert len(launch.launched) == 3
    anew = asyncio.Event()
    engine.subscribe(lambda status: anew.set() if status.attempt == 1 else None)
    engine.reload(RuntimeOptions(dense_gguf, 512, 1, 0))
    await asyncio.wait_for(anew.wait(), SECONDS)  # the earlier ends do not count
    launch.cured = True
    assert (await engine.ready()).n_ctx == 512


async def test_two_windows_give_up_together(windows: Windows, dense_gguf: Path):
    launch = DyingLauncher()
    engines = [windows.open(dense_gguf, launch=launch) for _ in range(2)]
    for engine in engines:
        assert "3 times in a row" in (await until(engine, EngineState.FAILED)).message
    assert len(launch.launched) <= 6 and not windows.processes()
    assert not any(found.looks_alive() for found in windows.found())
