"""The supervised engine, with real processes that are really killed."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from engine.supervised import SECONDS, answer, kill_idle, until
from engine.wire_cases import long_request, request
from foretoken.engine.client import RuntimeClient
from foretoken.engine.engine import EngineState, EngineStatus, EngineUnavailable
from foretoken.engine.launch import log_name, start_runtime
from foretoken.engine.supervisor import SupervisedEngine
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, FinishReason


async def kill_while_answering(engine: SupervisedEngine, asked=None) -> str:
    """The message that the request gets which was being served."""
    killed = False
    with pytest.raises(EngineUnavailable) as caught:
        async for _ in engine.generate(asked or long_request(), CancelToken()):
            if not killed:
                psutil.Process(engine.pid).kill()
            killed = True
    return str(caught.value)


async def test_the_states_on_the_way_to_the_first_answer(make, hybrid_gguf: Path):
    states: list[EngineStatus] = []
    engine = make(hybrid_gguf)
    engine.subscribe(states.append)
    assert engine.status.state is EngineState.STARTING and engine.info is None
    info = await engine.ready()
    assert info.architecture == "qwen35" and engine.info == info
    assert await answer(engine)
    assert [s.state for s in states][-1] is EngineState.READY
    progress = [s.progress for s in states if s.state is EngineState.LOADING]
    assert progress and all(0 <= p <= 1 for p in progress)
    await engine.close()
    assert engine.status.state is EngineState.STOPPED
    with pytest.raises(EngineUnavailable, match="stopped"):
        await answer(engine)


async def test_a_request_may_come_before_the_model_is_there(make, dense_gguf: Path):
    engine = make(dense_gguf)
    first, second = await asyncio.gather(answer(engine), answer(engine))
    assert first and first == second


async def test_a_process_that_was_started_early_is_taken_over(make, dense_gguf: Path):
    early = start_runtime()
    engine = make(dense_gguf, early=early)
    assert await answer(engine)
    assert engine.pid == early.popen.pid


async def test_killed_in_the_middle_of_an_answer(make, hybrid_gguf: Path):
    engine = make(hybrid_gguf)
    expected = await answer(engine)
    pid = engine.pid
    statuses: list[EngineStatus] = []
    engine.subscribe(statuses.append)
    assert "ended while it was answering; it is being started again" in await kill_while_answering(engine)
    assert await answer(engine) == expected
    assert engine.pid != pid
    restarting = next(s for s in statuses if s.state is EngineState.RESTARTING)
    assert "SIGKILL" in restarting.message or sys.platform == "win32"
    assert "started again in" in restarting.message


async def test_killed_while_idle(make, hybrid_gguf: Path):
    engine = make(hybrid_gguf)
    expected = await answer(engine)
    for _ in range(3):  # the last prompt was answered: it is not to blame
        await kill_idle(engine)
        assert await answer(engine) == expected


async def test_a_prompt_that_kills_twice_is_refused(make, dense_gguf: Path):
    engine = make(dense_gguf)
    await engine.ready()
    for _ in range(2):
        assert "being started again" in await kill_while_answering(engine)
    with pytest.raises(EngineUnavailable, match="ended the model process twice"):
        await answer(engine, long_request("another id"))
    assert await answer(engine, request())
    assert await answer(engine, long_request(typed="    other"))


async def test_cancelling_while_the_model_is_not_there_ends_the_wait(make, dense_gguf: Path):
    engine = make(dense_gguf)
    cancel = CancelToken()
    waiting = asyncio.create_task(anext(aiter(engine.generate(request(), cancel))))
    await asyncio.sleep(0)
    cancel.cancel("superseded")
    item = await asyncio.wait_for(waiting, SECONDS)
    assert isinstance(item, Finish) and item.reason is FinishReason.CANCELLED
    assert engine.status.state is EngineState.STARTING


@pytest.mark.parametrize("damage", ["missing", "truncated"])
async def test_an_unusable_model_fails_with_the_cure_and_no_restarts(make, dense_gguf: Path, tmp_path: Path, damage):
    path = tmp_path / "model.gguf"
    if damage == "truncated":
        path.write_bytes(dense_gguf.read_bytes()[:-1000])
    launched = []

    def launch(*arguments: object):
        launched.append(start_runtime())
        return launched[-1]

    engine = make(path, launch=launch)
    status = await until(engine, EngineState.FAILED)
    assert "model.gguf" in status.message
    assert ("does not exist. Check the setting" if damage == "missing" else "again") in status.message
    with pytest.raises(EngineUnavailable, match=r"model\.gguf"):
        await answer(engine)
    await engine._supervision._loop_task
    assert len(launched) == 1
    assert launched[0].popen.poll() is not None


async def test_a_process_that_cannot_be_started_is_tried_again(make, dense_gguf: Path):
    attempts = []

    def launch(*_arguments: object):
        attempts.append(1)
        if len(attempts) < 3:
            raise OSError("too many open files")
        return start_runtime()

    engine = make(dense_gguf, launch=launch)
    messages: list[str] = []
    engine.subscribe(lambda status: messages.append(status.message))
    assert await answer(engine)
    assert any("cannot be started: too many open files" in message for message in messages)


async def test_the_last_words_of_a_process_are_in_the_message(make, dense_gguf: Path, monkeypatch):
    engine = make(dense_gguf)
    await engine.ready()
    (engine._supervision.hold.process.folder / "runtime.stderr").write_text("noise\nGGML_ASSERT(n > 0) failed\n")
    messages: list[str] = []
    engine.subscribe(lambda status: messages.append(status.message))
    await kill_idle(engine)
    assert any("GGML_ASSERT(n > 0) failed" in message for message in messages)


async def test_two_servers_at_once(make, hybrid_gguf: Path):
    one, two = make(hybrid_gguf), make(hybrid_gguf)
    first, second = await asyncio.gather(answer(one), answer(two))
    assert first == second
    assert one.pid != two.pid
    await one.close()
    assert await answer(two) == second


async def test_tokens_are_counted_once_for_each_content(make, hybrid_gguf: Path):
    engine = make(hybrid_gguf)
    texts = ["return", "self.name", "return", ""]
    counts = await engine.count_tokens(texts)
    assert counts[0] == counts[2] and counts[3] == 0 and counts[1] > 0
    await kill_idle(engine)
    assert await engine.count_tokens(texts) == counts  # without the process
    assert await engine.count_tokens(["def"]) == [1]  # with the next one


async def test_the_log_has_no_source_text(make, dense_gguf: Path, tmp_path: Path):
    engine = make(dense_gguf)
    await answer(engine, request("    secret_name_of_mine"))
    pid = engine.pid
    await engine.close()
    log = (tmp_path / "logs" / log_name(pid)).read_text("utf-8")
    assert "tiny" in log
    assert "secret_name_of_mine" not in log


async def test_the_third_restart_in_a_row_says_where_the_log_is(make, dense_gguf: Path, tmp_path: Path):
    engine = make(dense_gguf)
    statuses: list[EngineStatus] = []
    engine.subscribe(lambda status: statuses.append(status) if status.attempt else None)
    pids = []
    for _ in range(3):
        await engine.ready()
        pids.append(engine.pid)
        await kill_idle(engine)
    assert [status.attempt for status in statuses] == [1, 2, 3]
    logs = [str(tmp_path / "logs" / log_name(pid)) for pid in pids]
    named = [log in status.message for log, status in zip(logs, statuses, strict=True)]
    assert named == [False, False, True]


async def test_the_log_level_reaches_a_process_that_runs(make, dense_gguf: Path, tmp_path: Path, monkeypatch):
    told: list[str] = []
    arrived = asyncio.Event()
    tell = RuntimeClient.set_log_level

    async def set_log_level(client: RuntimeClient, level: str) -> None:
        await tell(client, level)
        told.append(level)
        arrived.set()

    monkeypatch.setattr(RuntimeClient, "set_log_level", set_log_level)
    folder = tmp_path / "logs"
    engine = make(dense_gguf, early=start_runtime(folder, "info"), log_level="error")
    await engine.ready()
    log = folder / log_name(engine.pid)
    assert "loaded tiny" not in log.read_text("utf-8")
    arrived.clear()
    engine.set_log_level("info")
    await asyncio.wait_for(arrived.wait(), SECONDS)
    assert told == ["error", "info"]
    await engine.close()
    assert "the parent is gone" in log.read_text("utf-8")


PARENT = """
import sys
from foretoken.engine.launch import start_runtime
process = start_runtime()
while process.port() is None:
    if process.popen.poll() is not None:
        sys.exit(process.last_words())
print(process.popen.pid, process.folder, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("how", ["kill", "terminate"])
async def test_no_orphan_when_the_parent_is_killed(how: str):
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    pid, folder = parent.stdout.readline().split(" ", 1)
    child = psutil.Process(int(pid))
    assert child.is_running()
    getattr(parent, how)()
    parent.wait(SECONDS)
    gone, _ = await asyncio.to_thread(psutil.wait_procs, [child], SECONDS)
    assert gone == [child]
    assert not Path(folder.strip()).exists()


def test_the_supervisor_imports_no_http_library_and_no_model_library():
    """It is imported while the language server starts, which must be quick."""
    code = (
        "import sys, json, foretoken.engine.supervisor, foretoken.models.resolve;"
        "print(json.dumps([m for m in ('aiohttp', 'llama_cpp', 'numpy', 'uvicorn', 'pydantic') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modules of this kind to import by accident")
def test_a_workspace_cannot_put_its_modules_into_the_process(tmp_path: Path):
    for name in ("foretoken", "numpy", "uvicorn"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"open({str(tmp_path / 'taken')!r}, 'w')")
    parent = subprocess.Popen(
        [sys.executable, "-P", "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path
    )
    started = parent.stdout.readline()
    parent.kill()
    parent.wait(SECONDS)
    assert started
    assert not (tmp_path / "taken").exists()
