"""The other tools' port: opened, moved and closed while the model stays loaded."""

import asyncio
import os
import signal
import socket
import stat
import sys
from pathlib import Path

import aiohttp
import psutil
import pytest

from engine.sharing import LIFE, Windows, eventually
from engine.supervised import answer
from foretoken import app
from foretoken.engine.engine import EngineUnavailable
from foretoken.engine.gateway_token import TokenFileUnusable, gateway_token, token_file
from foretoken.engine.life import Life
from foretoken.engine.options import GatewayOptions
from foretoken.engine.runtime_folder import FOLDER_VARIABLE
from foretoken.session.settings import Settings

TOKEN = "secret-of-the-test"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


async def status(port: int, token: str = TOKEN) -> int:
    """The HTTP status of GET /v1/models; 0 = nobody listens."""
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(
                f"http://127.0.0.1:{port}/v1/models", headers={"Authorization": f"Bearer {token}"} if token else {}
            ) as response,
        ):
            return response.status
    except aiohttp.ClientConnectionError:
        return 0


async def test_it_is_closed_unless_asked_for(windows: Windows, dense_gguf: Path):
    one = windows.open(dense_gguf)
    await one.ready()
    assert (await windows.health())["gateway"] == {
        "host": "127.0.0.1",
        "port": None,
        "without_token": False,
        "problem": "",
    }


async def test_it_opens_moves_and_closes_and_the_model_stays(windows: Windows, dense_gguf: Path):
    one = windows.open(dense_gguf)
    await one.ready()
    pid, (first, second) = one.pid, (free_port(), free_port())
    opened = await one.open_gateway(GatewayOptions(True, "127.0.0.1", first, TOKEN))
    assert opened == {"host": "127.0.0.1", "port": first, "without_token": False, "problem": ""}
    assert (await status(first), await status(first, "wrong"), await status(first, "")) == (200, 401, 401)
    await one.open_gateway(GatewayOptions(True, "127.0.0.1", second, TOKEN))
    assert (await status(first), await status(second)) == (0, 200)
    await one.open_gateway(GatewayOptions(True, "127.0.0.1", second, "", without_token=True))
    assert await status(second, "") == 200
    await one.open_gateway(GatewayOptions())
    assert await status(second) == 0
    assert await answer(one) and one.pid == pid


async def test_it_is_on_the_runtimes_own_port_too_under_its_token(windows: Windows, dense_gguf: Path):
    one = windows.open(dense_gguf)
    await one.ready()
    (found,) = windows.found()
    assert (await status(found.port, found.token), await status(found.port)) == (200, 401)


async def test_a_window_whose_settings_ask_for_it_opens_it_and_opens_it_again_after_a_death(
    windows: Windows, dense_gguf: Path
):
    port = free_port()
    one = windows.open(dense_gguf, gateway=GatewayOptions(True, "127.0.0.1", port, TOKEN))
    windows.open(dense_gguf)  # one that does not care closes nothing
    await one.ready()
    async with asyncio.timeout(60):
        while await status(port) != 200:
            pass
        killed = one.pid
        psutil.Process(killed).kill()
        while await status(port) != 200 or one.pid == killed:
            await asyncio.sleep(0)
    assert len(windows.processes()) == 1


async def test_a_port_that_is_taken_is_named_and_everything_else_goes_on(windows: Windows, dense_gguf: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        one = windows.open(dense_gguf, gateway=GatewayOptions(True, "127.0.0.1", port, TOKEN))
        await eventually(lambda: f"127.0.0.1:{port} cannot be opened" in one.status.message)
        assert "gateway.port" in one.status.message
        assert f":{port} cannot be opened" in (await windows.health())["gateway"]["problem"]
        assert await answer(one)
    one.set_gateway(GatewayOptions(True, "127.0.0.1", free_port(), TOKEN))
    await eventually(lambda: "cannot be opened" not in one.status.message)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (GatewayOptions(True, "0.0.0.0", 8012, "", without_token=True), "without a token only this machine"),
        (GatewayOptions(True, "127.0.0.1", 8012, ""), "a token is required"),
        (GatewayOptions(True, "127.0.0.1", 70_000, TOKEN), "port must be"),
    ],
)
async def test_options_that_would_leave_the_door_open_are_refused(
    windows: Windows, dense_gguf: Path, options: GatewayOptions, said: str
):
    one = windows.open(dense_gguf)
    with pytest.raises(EngineUnavailable, match=said):
        await one.open_gateway(options)
    assert (await windows.health())["gateway"]["port"] is None


async def test_on_all_addresses_other_machines_ask_by_our_name_and_with_the_token(windows: Windows, dense_gguf: Path):
    one = windows.open(dense_gguf)
    port = free_port()
    await one.open_gateway(GatewayOptions(True, "0.0.0.0", port, TOKEN))

    async def ask(host: str, token: str = TOKEN) -> int:
        headers = {"Authorization": f"Bearer {token}", "Host": host}
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/v1/models", headers=headers) as response,
        ):
            return response.status

    name = socket.gethostname()
    assert [await ask(f"{name}:{port}"), await ask(name, "wrong"), await ask("evil.example")] == [200, 401, 403]


async def test_a_process_with_an_open_port_is_not_unloaded_for_want_of_requests(windows: Windows, dense_gguf: Path):
    """Nobody could wake it: other tools only find the port closed."""
    one = windows.open(dense_gguf, life=LIFE)
    await one.open_gateway(GatewayOptions(True, "127.0.0.1", free_port(), TOKEN))
    one.set_life(Life(30.0, idle_seconds=0.05))
    await eventually(lambda: one._supervision.setup.life.idle_seconds == 0.05)
    async with asyncio.timeout(60):
        while (await windows.health())["idle"] < 0.3:
            pass
    assert (await windows.health())["gateway"]["port"]
    await one.open_gateway(GatewayOptions())
    await windows.until_alone()


@pytest.mark.parametrize("chosen", [False, True])
def test_the_token_is_made_once_and_kept_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: bool
):
    for name in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    path = token_file(str(tmp_path / "mine" / "token") if chosen else "")
    assert path.is_relative_to(tmp_path / ("mine" if chosen else "home"))
    token = gateway_token(path)
    assert len(token) >= 32 and gateway_token(path) == token
    assert sys.platform == "win32" or stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == [path.name]
    path.write_text("a-token-of-my-own\n")
    assert gateway_token(path) == "a-token-of-my-own"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists, no modes")
@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("", "is empty"),
        ("short", "fewer than 16"),
        ("a-token-of-my-own\nanother-of-my-own", "more than one word"),
        ("folder", "is a folder"),
        ("open", "chmod 600"),
        ("link", "link to nothing"),
        ("file above", "cannot be"),
    ],
)
def test_a_token_file_that_cannot_be_used_is_named_with_the_cure(tmp_path: Path, what: str, said: str):
    path = tmp_path / "token"
    if what == "folder":
        path.mkdir()
    elif what == "link":
        path.symlink_to(tmp_path / "none")
    elif what == "file above":
        path.write_text("")
        path /= "token"
    else:
        path.write_text("a-token-of-my-own" if what == "open" else what)
        path.chmod(0o644 if what == "open" else 0o600)
    with pytest.raises(TokenFileUnusable, match=said) as raised:
        gateway_token(path)
    assert str(path) in str(raised.value) and "gateway.token_file" in str(raised.value)
    settings = Settings()
    gateway = settings.gateway.model_copy(update={"enabled": True, "token_file": str(path)})
    options = app.gateway_options(settings.model_copy(update={"gateway": gateway}))
    assert not options.enabled and said in options.problem


async def test_a_window_says_why_its_port_stays_closed(windows: Windows, dense_gguf: Path):
    one = windows.open(dense_gguf, gateway=GatewayOptions(problem="Other tools are not served. No token."))
    await eventually(lambda: "No token." in one.status.message)
    assert await answer(one)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
async def test_engine_run_serves_until_ctrl_c(tmp_path: Path, dense_gguf: Path):
    port = free_port()
    homes = {name: str(tmp_path / "home") for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "foretoken", "engine", "run", "--port", str(port), "--model", str(dense_gguf),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=tmp_path,
        env={**os.environ, **homes, FOLDER_VARIABLE: str(tmp_path / "run")},
    )  # fmt: skip
    assert process.stdout is not None
    said = (await process.stdout.readline() + await process.stdout.readline()).decode()
    assert f"http://127.0.0.1:{port}" in said
    token = (tmp_path / "home" / "foretoken" / "gateway-token").read_text("utf-8").strip()
    assert token not in said and "gateway-token" in said
    assert (await status(port, token), await status(port)) == (200, 401)
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 130
    async with asyncio.timeout(60):
        while list((tmp_path / "run").glob("foretoken-*")):
            await asyncio.sleep(0)
    assert await status(port, token) == 0
