"""An editor whose settings name another server: its suggestions come from there."""

import os
import time
from pathlib import Path

import psutil
import pytest

from engine.remote.requests_asked import AFTER, BEFORE
from gateway.conftest import chain_gguf, chain_server
from gateway.gateway_models import TOKEN
from raw_client import RawClient, file_uri

__all__ = ["chain_gguf", "chain_server"]

pytestmark = pytest.mark.model

URI = file_uri("cart.py")
SECONDS = 30


def models_left(pid: int) -> list[psutil.Process]:
    """Living children after a while; one that ended and was not asked how is not alive."""
    end = time.monotonic() + SECONDS
    left = psutil.Process(pid).children(recursive=True)
    while left and time.monotonic() < end:
        _, left = psutil.wait_procs(left, 0.05)
        left = [process for process in left if process.status() != psutil.STATUS_ZOMBIE]
    return left


async def test_suggestions_come_from_the_server_that_the_settings_name(chain_server, tmp_path: Path) -> None:
    """The early model process is ended unused, and no other is started."""
    homes = {
        name: str(tmp_path) for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "FORETOKEN_RUNTIME_DIR")
    }
    homes |= {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("CONFIG", "STATE", "CACHE", "DATA")}
    environment = {**os.environ, **homes, "SOME_KEY": TOKEN}
    client = await RawClient.start("-m", "foretoken", "serve", "--stdio", env=environment)
    try:
        there = {"url": chain_server.url, "api_key_variable": "SOME_KEY"}
        await client.initialize(initializationOptions={"inline": {"min_probability": 0.0}, "engine": there})
        typed = "        O"
        item = {"uri": URI, "languageId": "python", "version": 1, "text": BEFORE + typed + AFTER}
        client.notify("textDocument/didOpen", {"textDocument": item})
        at = {"line": BEFORE.count("\n"), "character": len(typed)}
        params = {"textDocument": {"uri": URI}, "position": at, "context": {"triggerKind": 1}}
        answer = await client.request("textDocument/inlineCompletion", params)
        status = (await client.request("foretoken/status", {}))["result"]
        assert f"127.0.0.1:{chain_server.port}" in status["engine"]["message"]
        assert status["model"]["name"] == chain_server.status.status.info.name
        assert status["last"]["timings"]["predicted_n"] > 0, answer
        assert not models_left(client.process.pid)
        assert await client.shut_down() == 0
    finally:
        await client.stop()
