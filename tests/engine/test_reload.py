"""The supervised engine gets other settings, or is closed, at any moment."""

import asyncio
from pathlib import Path

import psutil
import pytest

from engine.supervised import SECONDS, Launcher, answer, kill_idle, until
from engine.wire_cases import long_request
from foretoken.engine import obtain
from foretoken.engine.client import RuntimeClient
from foretoken.engine.engine import EngineState, EngineStatus, EngineUnavailable
from foretoken.engine.launch import RuntimeProcess, start_runtime
from foretoken.engine.options import RuntimeOptions
from foretoken.text.cancel import CancelToken


async def test_other_settings_bring_another_model(make, hybrid_gguf: Path, dense_gguf: Path):
    engine = make(hybrid_gguf)
    assert (await engine.ready()).architecture == "qwen35"
    pid = engine.pid
    engine.reload(engine._supervision.setup.options)
    assert engine.status.state is EngineState.READY  # nothing changed, nothing happens
    engine.reload(RuntimeOptions(dense_gguf, 512, 1, 0))
    await until(engine, EngineState.RESTARTING)
    info = await engine.ready()
    assert (info.architecture, info.n_ctx) == ("qwen3", 512)
    assert not psutil.pid_exists(pid)
    assert await answer(engine)


async def test_other_settings_in_the_middle_of_an_answer_are_no_fault_of_the_prompt(make, dense_gguf: Path):
    engine = make(dense_gguf)
    for threads in (2, 1):
        with pytest.raises(EngineUnavailable, match="was stopped while"):
            async for _ in engine.generate(long_request(), CancelToken()):
                engine.reload(RuntimeOptions(dense_gguf, 2048, threads, 0))
    assert await answer(engine, long_request())


async def test_closing_in_the_middle_of_an_answer_ends_it(make, dense_gguf: Path):
    engine = make(dense_gguf)
    closing = None
    with pytest.raises(EngineUnavailable):
        async for _ in engine.generate(long_request(), CancelToken()):
            closing = closing or asyncio.create_task(engine.close())
    await closing


async def test_a_model_that_failed_is_forgotten_when_another_is_set(make, dense_gguf: Path, tmp_path: Path):
    engine = make(tmp_path / "none.gguf")
    await until(engine, EngineState.FAILED)
    engine.reload(RuntimeOptions(dense_gguf, 512, 1, 0))
    await until(engine, EngineState.READY)
    assert await answer(engine)


@pytest.mark.parametrize("turns", [0, 1, 5])
@pytest.mark.parametrize("reloads", [1, 2, 3])
async def test_closing_right_after_a_reload_leaves_nothing_behind(make, dense_gguf: Path, reloads: int, turns: int):
    launch = Launcher()
    engine = make(dense_gguf, launch=launch)
    await engine.ready()
    for number in range(reloads):
        engine.reload(RuntimeOptions(dense_gguf, 512 + number, 1, 0))
        for _ in range(turns):
            await asyncio.sleep(0)
    await engine.close()
    assert engine.status.state is EngineState.STOPPED
    assert launch.launched and not launch.living()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    engine.reload(RuntimeOptions(dense_gguf, 600, 1, 0))
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("turns", [0, 1, 5])
async def test_the_last_of_several_reloads_counts(make, dense_gguf: Path, turns: int):
    launch = Launcher()
    engine = make(dense_gguf, launch=launch)
    await engine.ready()
    ready: list[EngineStatus] = []
    engine.subscribe(lambda status: ready.append(status) if status.state is EngineState.READY else None)
    for n_ctx in (512, 768, 1024):
        engine.reload(RuntimeOptions(dense_gguf, n_ctx, 1, 0))
        for _ in range(turns):
            await asyncio.sleep(0)
    assert (await engine.ready()).n_ctx == 1024
    assert len(ready) == 1 and len(launch.living()) == 1


async def test_a_reload_waits_until_the_earlier_work_has_cleaned_up(make, dense_gguf: Path, monkeypatch):
    order: list[str] = []
    waiting, clean = asyncio.Event(), asyncio.Event()
    tell, bury = RuntimeClient.set_log_level, obtain.end

    async def slow_to_leave(client: RuntimeClient, level: str) -> None:
        if not waiting.is_set():
            waiting.set()
            try:
                await asyncio.Event().wait()
            finally:
                await clean.wait()
                order.append("cleaned up")
        await tell(client, level)

    def end(process: RuntimeProcess) -> None:
        order.append("buried")
        bury(process)

    monkeypatch.setattr(RuntimeClient, "set_log_level", slow_to_leave)
    monkeypatch.setattr(obtain, "end", end)
    engine = make(dense_gguf, launch=Launcher())
    await asyncio.wait_for(waiting.wait(), SECONDS)
    engine.reload(RuntimeOptions(dense_gguf, 512, 1, 0))
    for _ in range(100):
        await asyncio.sleep(0)
    clean.set()
    assert (await engine.ready()).n_ctx == 512
    assert order == ["cleaned up", "buried"]


@pytest.mark.parametrize("state", [EngineState.LOADING, EngineState.READY, EngineState.RESTARTING, None])
async def test_closing_at_any_time_leaves_nothing_behind(make, dense_gguf: Path, state: EngineState | None):
    launched = []

    def launch(*_arguments: object):
        launched.append(start_runtime())
        return launched[-1]

    engine = make(dense_gguf, launch=launch)
    if state is EngineState.RESTARTING:
        await engine.ready()
        await kill_idle(engine)
    elif state is not None:
        await until(engine, state)
    else:
        await asyncio.sleep(0)
    await engine.close()
    assert launched
    for process in launched:
        assert process.popen.poll() is not None
        assert not process.folder.exists()


async def test_it_leaves_nothing_behind(make, dense_gguf: Path):
    engine = make(dense_gguf)
    await engine.ready()
    folder = engine._supervision.hold.process.folder
    await engine.close()
    assert not folder.exists()
