"""Shared model processes that end, or should have ended, in unusual ways."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.sharing import LIFE, Windows, eventually
from engine.supervised import answer, until
from foretoken.cli.engine_session import wait_ready
from foretoken.engine import obtain
from foretoken.engine.client import RuntimeClient
from foretoken.engine.discovery import process_start
from foretoken.engine.engine import EngineState, EngineUnavailable
from foretoken.engine.launch import start_runtime
from foretoken.engine.life import Life
from foretoken.engine.options import RuntimeOptions

IMPATIENT = """
from foretoken.runtime import __main__, lifetime
lifetime.ATTACH_SECONDS = 0.2
__main__.main()
"""


async def test_no_orphan_when_the_starter_dies_before_it_is_attached(
    windows: Windows, dense_gguf: Path, monkeypatch: pytest.MonkeyPatch
):
    windows.folder.mkdir(mode=0o700)
    started = subprocess.Popen

    def popen(command: list[str], **more: Any) -> subprocess.Popen[bytes]:
        at = command.index("-m")
        return started([*command[:at], "-c", IMPATIENT, *command[at + 2 :]], **more)

    monkeypatch.setattr(subprocess, "Popen", popen)
    process = start_runtime(parent=windows.folder)
    await eventually(process.port)
    async with RuntimeClient(process.port(), process.token) as client:
        share = {"discovery": str(windows.folder / "key.json"), "key": "key"}
        options = RuntimeOptions(dense_gguf, 512, 1, 0).to_wire()
        assert await client.load({**options, "share": share, "life": Life(0.0, 0.0).to_wire()})
    process.popen.stdin.close()  # as the system does for a process that is killed
    assert await asyncio.to_thread(process.popen.wait, 60) == 0
    assert not windows.found() and not process.folder.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
async def test_a_polite_signal_is_a_stop_on_request(windows: Windows, dense_gguf: Path):
    one, two = windows.open(dense_gguf), windows.open(dense_gguf)
    expected = await answer(one)
    await two.ready()
    psutil.Process(one.pid).send_signal(signal.SIGTERM)
    for engine in (one, two):
        assert "stopped on request" in (await until(engine, EngineState.ASLEEP)).message
    await windows.until_alone()
    assert [await answer(engine) for engine in (one, two)] == [expected, expected]
    assert one.pid == two.pid


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP")
async def test_a_process_that_does_not_answer_stays_as_long_as_somebody_uses_it(
    windows: Windows, dense_gguf: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(obtain, "ANSWER_SECONDS", 0.5)
    one = windows.open(dense_gguf)
    expected = await answer(one)
    stuck = psutil.Process(one.pid)
    stuck.suspend()
    two = windows.open(dense_gguf)
    assert await answer(two) == expected
    assert two.pid != stuck.pid and f"process {stuck.pid} that they use does not answer" in two.status.message
    stuck.resume()
    assert await answer(one) == expected and one.pid == stuck.pid


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP")
async def test_a_process_that_does_not_answer_and_that_nobody_uses_is_ended_and_no_prompt_blamed(
    windows: Windows, dense_gguf: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(obtain, "ANSWER_SECONDS", 0.5)
    one = windows.open(dense_gguf)
    await one.ready()
    (found,) = windows.found()
    stuck = psutil.Process(one.pid)
    stuck.suspend()
    (windows.folder / f"{found.key}.serving").write_bytes(b"p" * 1024)  # as if one was being evaluated
    await one.close()
    two = windows.open(dense_gguf)
    assert await answer(two) and two.pid != stuck.pid
    assert [process.pid for process in windows.processes()] == [two.pid]
    assert not list(windows.folder.glob("*.poison.json"))


async def test_a_stop_while_the_model_loads_ends_what_waits_and_starts_nothing(windows: Windows, dense_gguf: Path):
    """Only who asks after the stop wants the model again."""
    one = windows.open(dense_gguf)
    await one.ready()
    supervision = one._supervision
    supervision._set(EngineState.LOADING, "Loading.", 0.5)
    waiting = asyncio.create_task(one.ready())
    command = asyncio.create_task(wait_ready(one))
    for _ in range(5):
        await asyncio.sleep(0)
    (found,) = windows.found()
    async with RuntimeClient(found.port, found.token) as client:
        await client.stop()
    await until(one, EngineState.ASLEEP)
    for task in (waiting, command):
        with pytest.raises(EngineUnavailable, match="stopped on request"):
            await task
    await windows.until_alone()
    assert one.status.state is EngineState.ASLEEP
    assert await answer(one)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP")
async def test_a_machine_that_slept_goes_on_where_it_was(windows: Windows, dense_gguf: Path):
    """Suspending the process is what a suspended machine is to it: time passes elsewhere, its connections stay."""
    one = windows.open(dense_gguf, life=LIFE)
    expected = await answer(one)
    process = psutil.Process(one.pid)
    process.suspend()
    waiting = asyncio.create_task(answer(one))
    for _ in range(100):
        await asyncio.sleep(0)
    process.resume()
    assert await waiting == expected
    assert one.pid == process.pid and one.status.state is EngineState.READY


async def test_a_connection_that_breaks_is_made_again_to_the_same_process(windows: Windows, dense_gguf: Path):
    one = windows.open(dense_gguf)
    expected = await answer(one)
    pid = one.pid
    again = asyncio.create_task(until(one, EngineState.RESTARTING))
    await asyncio.sleep(0)
    for response in tuple(one._supervision.hold.client._responses):
        response.close()
    await again
    assert await answer(one) == expected
    assert one.pid == pid and process_start(pid)
    assert len((await windows.health())["windows"]) == 1
