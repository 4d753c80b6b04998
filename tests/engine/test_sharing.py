"""One model process for all windows of a user that want the same."""

import asyncio
import stat
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from engine.sharing import Windows, eventually
from engine.supervised import answer, until
from engine.wire_cases import long_request, request
from foretoken.engine.discovery import discovery_path, process_start, write_discovery
from foretoken.engine.engine import EngineState, EngineUnavailable
from foretoken.engine.identity import runtime_key
from foretoken.engine.launch import start_runtime
from foretoken.engine.life import Life
from foretoken.engine.options import RuntimeOptions
from foretoken.text.cancel import CancelToken


async def test_two_windows_have_one_process_and_the_same_answers(windows: Windows, hybrid_gguf: Path):
    one = windows.open(hybrid_gguf, name=lambda: "one")
    first = await answer(one)
    two = windows.open(hybrid_gguf, name=lambda: "two")
    assert await answer(two) == first
    assert one.pid == two.pid
    health = await windows.health()
    assert sorted(health["windows"]) == ["one", "two"] and health["shared"]
    assert len(windows.processes()) == 1


async def test_four_windows_at_the_same_instant_have_one_process(windows: Windows, dense_gguf: Path):
    engines = [windows.open(dense_gguf) for _ in range(4)]
    answers = await asyncio.gather(*(answer(engine) for engine in engines))
    assert len(set(answers)) == 1
    assert len({engine.pid for engine in engines}) == 1
    assert len(windows.processes()) == 1


async def test_four_windows_with_early_processes_keep_one_of_them(windows: Windows, dense_gguf: Path):
    windows.folder.mkdir(mode=0o700)
    early = [start_runtime(parent=windows.folder) for _ in range(4)]
    engines = [windows.open(dense_gguf, early=process) for process in early]
    await asyncio.gather(*(answer(engine) for engine in engines))
    assert {engine.pid for engine in engines} < {process.pid for process in early}
    await eventually(lambda: len(windows.processes()) == 1)


async def test_other_numbers_are_another_process(windows: Windows, dense_gguf: Path):
    one, two = windows.open(dense_gguf), windows.open(dense_gguf, n_ctx=1024)
    assert (await one.ready()).n_ctx == 2048 and (await two.ready()).n_ctx == 1024
    assert one.pid != two.pid


async def test_a_cancel_id_that_two_windows_use_ends_its_own_request(windows: Windows, dense_gguf: Path):
    one, two = windows.open(dense_gguf), windows.open(dense_gguf)
    expected = await answer(one, long_request())
    cancel = CancelToken()
    other = asyncio.create_task(answer(two, long_request()))
    async for _ in one.generate(long_request(), cancel):
        cancel.cancel("superseded")
    assert await other == expected


async def test_a_newer_version_starts_its_own_and_the_old_one_drains(
    windows: Windows, dense_gguf: Path, monkeypatch: pytest.MonkeyPatch
):
    old = windows.open(dense_gguf, life=Life(0.0, 0.0))
    await old.ready()
    process = psutil.Process(old.pid)
    monkeypatch.setattr("foretoken.engine.identity.__version__", "99")
    new = windows.open(dense_gguf)
    # The process of the test's own version stands in for the newer one; what counts is who finds whom.
    await answer(new)
    assert new.pid != old.pid
    assert await answer(old)
    await old.close()
    await eventually(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    assert await answer(new)


async def test_a_process_that_says_another_version_is_not_ours(windows: Windows, dense_gguf: Path, monkeypatch):
    one = windows.open(dense_gguf)
    await one.ready()
    monkeypatch.setattr("foretoken.engine.obtain.__version__", "99")
    two = windows.open(dense_gguf)
    await two.ready()
    assert one.pid != two.pid


async def test_a_killed_process_is_followed_by_one_for_all(windows: Windows, hybrid_gguf: Path):
    engines = [windows.open(hybrid_gguf) for _ in range(3)]
    before = await asyncio.gather(*(answer(engine) for engine in engines))
    killed = engines[0].pid
    noticed = [asyncio.create_task(until(engine, EngineState.RESTARTING)) for engine in engines]
    await asyncio.sleep(0)
    psutil.Process(killed).kill()
    for status in await asyncio.gather(*noticed):
        assert "The model process ended" in status.message
    assert await asyncio.gather(*(answer(engine) for engine in engines)) == before
    assert len({engine.pid for engine in engines}) == 1 and engines[0].pid != killed
    assert len(windows.processes()) == 1


async def test_the_last_words_reach_a_window_that_did_not_start_the_process(windows: Windows, dense_gguf: Path):
    one, two = windows.open(dense_gguf), None
    await one.ready()
    two = windows.open(dense_gguf)
    await two.ready()
    (found,) = windows.found()
    (Path(found.folder) / "runtime.stderr").write_text("noise\nGGML_ASSERT(n > 0) failed\n")
    noticed = asyncio.create_task(until(two, EngineState.RESTARTING))
    await asyncio.sleep(0)
    psutil.Process(two.pid).kill()
    assert "The model process ended: GGML_ASSERT(n > 0) failed." in (await noticed).message


async def test_the_starter_may_leave_first(windows: Windows, dense_gguf: Path):
    one, two = windows.open(dense_gguf), None
    expected = await answer(one)
    two = windows.open(dense_gguf)
    await two.ready()
    await one.close()
    assert await answer(two) == expected
    assert (await windows.health())["windows"] == [""]


async def test_it_lingers_and_a_window_that_comes_back_finds_it(windows: Windows, dense_gguf: Path):
    one = windows.open(dense_gguf)
    await one.ready()
    pid = one.pid
    await one.close()
    two = windows.open(dense_gguf)
    await two.ready()
    assert two.pid == pid


async def test_it_leaves_when_the_last_window_has_gone(windows: Windows, dense_gguf: Path):
    one = windows.open(dense_gguf, life=Life(linger_seconds=0.1, idle_seconds=0.0))
    await one.ready()
    await one.close()
    await windows.until_alone()
    assert not windows.found()
    assert not list(windows.folder.glob("foretoken-*"))


async def test_other_settings_end_a_process_that_nobody_else_uses(windows: Windows, dense_gguf: Path):
    one = windows.open(dense_gguf)
    await one.ready()
    old = one.pid
    one.reload(RuntimeOptions(dense_gguf, 1024, 1, 0))
    assert (await one.ready()).n_ctx == 1024
    assert [process.pid for process in windows.processes()] == [one.pid] != [old]


async def test_other_settings_leave_the_other_windows_their_process(windows: Windows, dense_gguf: Path):
    one, two = windows.open(dense_gguf), windows.open(dense_gguf)
    await asyncio.gather(one.ready(), two.ready())
    old = two.pid
    one.reload(RuntimeOptions(dense_gguf, 1024, 1, 0))
    await one.ready()
    assert two.status.state is EngineState.READY and two.pid == old != one.pid
    assert await answer(two)


async def test_not_used_it_is_unloaded_and_the_next_request_loads_it(windows: Windows, dense_gguf: Path):
    one = windows.open(dense_gguf, life=Life(30.0, idle_seconds=0.2))
    two = windows.open(dense_gguf, life=Life(30.0, idle_seconds=0.2))
    for engine in (one, two):
        assert "not used" in (await until(engine, EngineState.ASLEEP)).message
    await windows.until_alone()
    expected = await answer(one)
    assert expected and two.status.state is EngineState.ASLEEP
    assert await answer(two) == expected


async def test_a_prompt_that_kills_twice_is_refused_in_every_window(windows: Windows, dense_gguf: Path):
    one, two = windows.open(dense_gguf), windows.open(dense_gguf)
    await asyncio.gather(one.ready(), two.ready())
    for _ in range(2):
        innocent = None
        with pytest.raises(EngineUnavailable, match="being started again"):
            async for _ in one.generate(long_request(), CancelToken()):
                if innocent is None:
                    innocent = await answer(two)  # served between the other's calls, and not to blame
                    psutil.Process(one.pid).kill()
        await asyncio.gather(one.ready(), two.ready())
    for engine in (one, two):
        with pytest.raises(EngineUnavailable, match="ended the model process twice"):
            await answer(engine, long_request("another id"))
    assert await answer(two, request())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists, no modes")
async def test_what_is_written_is_for_its_owner_alone(windows: Windows, dense_gguf: Path):
    one = windows.open(dense_gguf)
    await one.ready()
    assert stat.S_IMODE(windows.folder.stat().st_mode) == 0o700
    (found,) = windows.found()
    for path in windows.folder.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0 or path.parent != windows.folder, path
    arguments = " ".join(psutil.Process(one.pid).cmdline())
    assert found.token not in arguments


async def test_a_file_whose_process_is_gone_is_cleaned(windows: Windows, dense_gguf: Path):
    one = windows.open(dense_gguf)
    await one.ready()
    (found,) = windows.found()
    psutil.Process(one.pid).kill()
    await one.close()
    await eventually(lambda: not found.looks_alive())
    two = windows.open(dense_gguf)
    await two.ready()
    (now,) = windows.found()
    assert now.pid == two.pid != found.pid
    assert not Path(found.folder).exists()


@pytest.mark.parametrize("started", ["1", "own"])
async def test_a_number_that_is_somebody_elses_by_now_is_not_believed(windows: Windows, dense_gguf: Path, started: str):
    """The file names a living process, and a port where something else listens."""
    asked = []

    async def stranger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(stranger, "127.0.0.1")
    other = psutil.Process()
    one = windows.open(dense_gguf)
    await one.ready()
    (found,) = windows.found()
    await one.close()
    psutil.Process(found.pid).kill()
    await windows.until_alone()
    key = runtime_key(RuntimeOptions(dense_gguf, 2048, 1, 0))
    claim = replace(
        found,
        pid=other.pid,
        started=process_start(other.pid) if started == "own" else started,
        port=server.sockets[0].getsockname()[1],
    )
    write_discovery(discovery_path(windows.folder, key), claim)
    two = windows.open(dense_gguf)
    assert await answer(two)
    assert two.pid != other.pid
    assert bool(asked) == (started == "own")
    server.close()


async def test_garbage_in_the_folder_is_no_obstacle(windows: Windows, dense_gguf: Path):
    windows.folder.mkdir(mode=0o700)
    key = runtime_key(RuntimeOptions(dense_gguf, 2048, 1, 0))
    discovery_path(windows.folder, key).write_bytes(b'{"pid": [[[[')
    (windows.folder / f"{key}.poison.json").write_bytes(b"\xff\x00")
    (windows.folder / f"{key}.serving").write_bytes(b"short")
    assert await answer(windows.open(dense_gguf))
    assert len(windows.found()) == 1


async def test_what_a_smaller_window_was_chosen_for_is_told_with_the_model_once(windows: Windows, dense_gguf: Path):
    one = windows.open(dense_gguf)
    one._supervision._shrinking.notice = "It has a smaller window."
    await one.ready()
    assert one.info is not None and one.info.notice == "It has a smaller window."
    assert "smaller window" not in one.status.message
