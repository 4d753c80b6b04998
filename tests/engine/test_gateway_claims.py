"""Whose the other tools' port is, and what becomes of it and of its answers when they go."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from engine.sharing import Windows, eventually
from engine.supervised import answer
from engine.test_gateway_port import TOKEN, free_port, status
from foretoken.engine.options import GatewayOptions
from foretoken.engine.runtime_folder import FOLDER_VARIABLE
from foretoken.runtime.gateway_port import GatewayPort

OPEN = """
import asyncio, sys
from pathlib import Path
from foretoken.engine.options import GatewayOptions, RuntimeOptions
from foretoken.engine.supervisor import SupervisedEngine

async def main():
    model, folder, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    engine = SupervisedEngine(RuntimeOptions(model, n_ctx=2048, threads=1, gpu_layers=0), folder=folder)
    engine.start()
    await engine.open_gateway(GatewayOptions(True, "127.0.0.1", port, "", True))
    print("open", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def wanted(port: int) -> GatewayOptions:
    return GatewayOptions(True, "127.0.0.1", port, TOKEN)


async def until_closed(port: int) -> None:
    async with asyncio.timeout(60):
        while await status(port):
            pass


async def test_what_one_has_opened_no_other_moves_and_it_is_named(windows: Windows, dense_gguf: Path):
    first, second = free_port(), free_port()
    one, two = windows.open(dense_gguf, name=lambda: "the first"), windows.open(dense_gguf)
    await one.open_gateway(wanted(first))
    for other in (wanted(second), GatewayOptions(True, "127.0.0.1", first, "", without_token=True)):
        refused = await two.open_gateway(other)
        assert refused["port"] is None
        assert f"127.0.0.1:{first} already, with a token, for the first" in refused["problem"]
    assert [await status(first), await status(second), await status(first, "")] == [200, 0, 401]
    await two.close(linger=False)
    assert await status(first) == 200


async def test_a_port_is_its_claims_and_goes_with_the_last_of_them(windows: Windows, dense_gguf: Path):
    first, second = free_port(), free_port()
    engines = [windows.open(dense_gguf) for _ in range(4)]
    one, two, three, last = engines
    assert (await one.open_gateway(wanted(first)))["port"] == (await two.open_gateway(wanted(first)))["port"] == first
    assert (await three.open_gateway(wanted(second)))["port"] is None
    await one.close()
    assert await status(first) == 200
    await two.close()
    await until_closed(first)
    async with asyncio.timeout(60):  # now it is the next one's turn
        while await status(second) != 200:
            pass
    await three.close()
    await until_closed(second)
    assert await answer(last)


async def test_one_that_cannot_be_opened_leaves_the_other_as_it_is(windows: Windows, dense_gguf: Path):
    port = free_port()
    one, two = windows.open(dense_gguf), windows.open(dense_gguf)
    await one.open_gateway(wanted(port))
    assert (await two.open_gateway(GatewayOptions(True, "no.such.host.invalid", 8012, TOKEN)))["port"] is None
    assert await status(port) == 200
    await one.close()
    await until_closed(port)
    assert "Set gateway.host" in (await two.open_gateway(GatewayOptions(True, "a" * 70, 8012, TOKEN)))["problem"]
    assert await answer(two)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
async def test_a_port_does_not_outlive_a_killed_command(windows: Windows, dense_gguf: Path):
    windows_own = windows.open(dense_gguf)
    await windows_own.ready()
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OPEN, dense_gguf, windows.folder, str(port), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None and await process.stdout.readline() == b"open\n"
    assert await status(port, "") == 200 and (await windows.health())["gateway"]["without_token"]
    process.kill()
    await process.wait()
    await until_closed(port)
    assert await answer(windows_own)


@pytest.mark.parametrize("linger", [True, False])
async def test_an_answer_on_the_port_is_not_broken_off_when_the_window_closes(
    windows: Windows, dense_gguf: Path, linger: bool
):
    port = free_port()
    one = windows.open(dense_gguf)
    await one.open_gateway(wanted(port))
    body = {"prompt": "def add(a, b):\n", "max_tokens": 1500, "stream": True, "temperature": 0}
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session,
        session.post(f"http://127.0.0.1:{port}/v1/completions", json=body) as response,
    ):
        lines = [await response.content.readline()]
        assert (await windows.health())["in_flight"] == 1
        await one.close(linger)
        lines += [line async for line in response.content]
    assert lines[-2].strip() == b"data: [DONE]" or lines[-1].strip() == b"data: [DONE]"
    if not linger:
        await windows.until_alone()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP"])
async def test_engine_run_ends_as_politely_as_by_ctrl_c(tmp_path: Path, dense_gguf: Path, number: str):
    port = free_port()
    homes = {name: str(tmp_path / "home") for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "foretoken", "engine", "run", "--port", str(port), "--model", str(dense_gguf),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=tmp_path,
        env={**os.environ, **homes, FOLDER_VARIABLE: str(tmp_path / "run")},
    )  # fmt: skip
    assert process.stdout is not None
    assert str(port) in (await process.stdout.readline()).decode()
    process.send_signal(getattr(signal, number))
    await process.communicate()
    assert process.returncode == 130
    # It left at once, as by Ctrl-C: killed, it would have lingered.
    async with asyncio.timeout(30):
        await eventually(lambda: not list((tmp_path / "run").glob("foretoken-*")))


async def test_a_port_of_ipv6_is_named_as_a_url_has_it_and_every_address_is_tried(monkeypatch: pytest.MonkeyPatch):
    port = GatewayPort(lambda options: None)
    try:
        kind = (socket.SOCK_STREAM, 6, "")
        found = [(socket.AF_INET, *kind, ("192.0.2.1", 0)), (socket.AF_INET, *kind, ("127.0.0.1", 0))]

        async def addresses(*_arguments: object, **_more: object) -> list:
            return found

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", addresses)
        assert await port.set(GatewayOptions(True, "::1", 0, TOKEN))
        assert port.where.startswith("[::1]:") and port.describe()["port"]
        found.pop()
        assert not await port.set(GatewayOptions(True, "::2", 0, TOKEN))
        assert "port [::2]:0 cannot be opened" in port.problem and "Set gateway.host" in port.problem
    finally:
        await port.close()
