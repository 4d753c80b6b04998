"""The whole of it: ``foretoken serve --stdio`` with the shipped model, as an editor starts it."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from foretoken.engine.discovery import discoveries
from foretoken.engine.runtime_folder import FOLDER_VARIABLE
from foretoken.logs import log_folder
from foretoken.models.resolve import shipped_model
from foretoken.session.settings_file import user_settings_file
from raw_client import RawClient, file_uri

pytestmark = pytest.mark.model

URI = file_uri("inventory.py")
BEFORE = """class Inventory:
    def __init__(self):
        self.items = {}

    def add(self, name, quantity):
        if name not in self.items:
            self.items[name] = 0
        self.items[name] += quantity

    def remove(self, name, quantity):
        """
AFTER = "\n\n    def count(self):\n        return len(self.items)\n"
LINE, COLUMN = BEFORE.count("\n"), 8
TYPED = "if name not in self."
# The gate is for people; here every answer should be seen.
OPEN = {"inline": {"min_probability": 0.0}}

Start = Callable[..., Awaitable[RawClient]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts servers in a home of their own; none of them, nor a model process of theirs, may be left at the end."""
    clients: list[RawClient] = []
    homes = {name: str(tmp_path) for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")}
    homes |= {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("CONFIG", "STATE", "CACHE", "DATA")}
    homes[FOLDER_VARIABLE] = str(tmp_path / "run")

    async def start(**options: Any) -> RawClient:
        client = await RawClient.start("-m", "foretoken", "serve", "--stdio", env={**os.environ, **homes})
        clients.append(client)
        await client.initialize(initializationOptions={**OPEN, **options})
        item = {"uri": URI, "languageId": "python", "version": 1, "text": BEFORE + AFTER}
        client.notify("textDocument/didOpen", {"textDocument": item})
        return client

    yield start
    for client in clients:
        await client.stop()
    for _, found in discoveries(tmp_path / "run"):
        process = psutil.Process(found.pid)
        process.kill()
        process.wait(60)


def type_key(client: RawClient, number: int) -> None:
    """The ``number``-th character of TYPED."""
    at = {"line": LINE, "character": COLUMN + number}
    change = {"range": {"start": at, "end": at}, "text": TYPED[number]}
    document = {"uri": URI, "version": number + 2}
    client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})


async def suggestions(client: RawClient, number: int) -> list[str]:
    """What is suggested after ``number`` typed characters."""
    params = {
        "textDocument": {"uri": URI},
        "position": {"line": LINE, "character": COLUMN + number},
        "context": {"triggerKind": 2},
    }
    answer = await client.request("textDocument/inlineCompletion", params)
    return [item["insertText"] for item in answer["result"]["items"]]


async def type_all(client: RawClient) -> list[dict[str, Any]]:
    """Type TYPED, asking after each key; returns the timings of each."""
    timings = []
    for number in range(len(TYPED)):
        type_key(client, number)
        await suggestions(client, number + 1)
        timings.append((await status(client))["last"]["timings"])
    return timings


async def status(client: RawClient) -> dict[str, Any]:
    return (await client.request("foretoken/status", None))["result"]


def model_process(folder: Path) -> psutil.Process:
    """The one process that the servers of the test use. folder: the test's own."""
    (found,) = [found for _, found in discoveries(folder / "run") if found.looks_alive()]
    return psutil.Process(found.pid)


async def test_typing_evaluates_only_what_is_new(start: Start) -> None:
    client = await start()
    first, *later = await type_all(client)
    assert first["cache_n"] == 0 and first["prompt_n"] > 50
    assert {timing["restored"] for timing in later} >= {"tail"}
    assert all(timing["restored"] and timing["cache_n"] > 50 for timing in later)
    assert max(timing["prompt_n"] for timing in later) <= 6
    assert (await status(client))["shown"] > 0
    assert await client.shut_down() == 0


LONG = "".join(
    f"        {line}\n"
    for line in (
        "if name not in self.items:",
        "    raise KeyError(name)",
        "left = self.items[name]",
        "if left < quantity:",
        "    raise ValueError(name)",
        "left -= quantity",
        "if left == 0:",
        "    del self.items[name]",
        "else:",
        "    self.items[name] = left",
        "return left",
    )
)


async def test_drafts_and_fresh_anchors_while_eleven_lines_are_typed(start: Start) -> None:
    """Forced on: MTP and lookup draft, and a fresh anchor is prepared and taken up, with no key that waits for it."""
    client = await start(model={"mtp": "on", "lookup": "on"})
    line, column, timings = LINE, COLUMN, []
    for number, key in enumerate(LONG[COLUMN:]):
        at = {"line": line, "character": column}
        change = {"range": {"start": at, "end": at}, "text": key}
        document = {"uri": URI, "version": number + 2}
        client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        line, column = (line + 1, 0) if key == "\n" else (line, column + 1)
        params = {
            "textDocument": {"uri": URI},
            "position": {"line": line, "character": column},
            "context": {"triggerKind": 2},
        }
        await client.request("textDocument/inlineCompletion", params)
        timings.append((await status(client))["last"]["timings"])
    found = await status(client)
    assert found["model"]["mtp"]
    assert sum(timing["draft_n_accepted"] for timing in timings) > 50
    assert sum(timing["decode_n"] for timing in timings) < sum(timing["predicted_n"] for timing in timings)
    assert found["anchors"]["adopted"].get("long", 0) >= 1 and found["anchors"]["prefilled"] > 5
    evaluated = sorted(timing["prompt_n"] for timing in timings[1:])
    assert sum(evaluated) / len(evaluated) <= 3
    assert evaluated[-1] < 60
    assert await client.shut_down() == 0


async def test_a_killed_model_process_costs_a_moment_and_nothing_else(start: Start, tmp_path: Path) -> None:
    client = await start()
    await type_all(client)
    before = await suggestions(client, len(TYPED))
    assert before
    killed = model_process(tmp_path)
    killed.kill()
    killed.wait(60)
    for _ in range(5):  # a request that falls into the death itself is refused; the next one waits for the new process
        after = await suggestions(client, len(TYPED))
        if after:
            break
        assert "being started again" in (await status(client))["last"]["detail"]
    assert after == before
    assert model_process(tmp_path).pid != killed.pid


async def test_two_servers_at_the_same_time_have_one_model_process(start: Start, tmp_path: Path) -> None:
    first, second = await start(), await start()
    for number in range(len(TYPED)):
        type_key(first, number)
        type_key(second, number)
    answers = [await suggestions(client, len(TYPED)) for client in (first, second)]
    assert answers[0] and answers[0] == answers[1]
    used = model_process(tmp_path)
    while runtimes(tmp_path) != [used]:  # what the second server started early, before it knew, leaves
        pass


def runtimes(folder: Path) -> list[psutil.Process]:
    """All model processes of the test, used or not."""
    lines = {process: process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])}
    return [process for process, line in lines.items() if any(str(folder / "run") in word for word in line)]


@pytest.mark.parametrize("kind", ["missing", "truncated", "garbage"])
async def test_a_model_that_cannot_be_used_is_named_and_replaced_without_a_restart(
    start: Start, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "broken.gguf"
    if kind == "truncated":
        path.write_bytes(shipped_model().read_bytes()[:200_000])
    elif kind == "garbage":
        path.write_bytes(b"this is not a model" * 100)
    client = await start(model={"path": str(path)})
    message = await client.wait(lambda m: m.get("method") == "window/showMessage")
    assert str(path) in message["params"]["message"]
    type_key(client, 0)
    assert await suggestions(client, 1) == []
    last = (await status(client))["last"]
    assert last["reason"] == "ENGINE_UNAVAILABLE" and str(path) in last["detail"]

    good = tmp_path / "good.gguf"
    shutil.copy(shipped_model(), good)
    settings = {"foretoken": {**OPEN, "model": {"path": str(good)}}}
    client.notify("workspace/didChangeConfiguration", {"settings": settings})
    for number in range(1, len(TYPED)):
        type_key(client, number)
    assert await suggestions(client, len(TYPED)), (await status(client))["last"]


async def test_a_language_that_the_model_does_not_know(start: Start) -> None:
    client = await start()
    uri = file_uri("main.rs")
    item = {"uri": uri, "languageId": "rust", "version": 1, "text": "fn main() {\n    \n}\n"}
    client.notify("textDocument/didOpen", {"textDocument": item})
    params = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 4}, "context": {"triggerKind": 1}}
    assert (await client.request("textDocument/inlineCompletion", params))["result"]["items"] == []
    last = (await status(client))["last"]
    assert last["reason"] == "UNKNOWN_LANGUAGE"
    assert last["detail"] == "Foretoken Starter knows only Python, this is Rust"


@pytest.mark.parametrize(("level", "loaded"), [("error", False), ("info", True)])
async def test_the_log_level_reaches_the_model_process_that_was_started_first(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str, loaded: bool
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for kind in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind))
    user_settings_file().parent.mkdir(parents=True)
    user_settings_file().write_text(f'[log]\nlevel = "{level}"\n', encoding="utf-8")
    client = await start()
    await suggestions(client, 0)
    assert (await status(client))["engine"]["state"] == "ready"
    (log,) = log_folder().glob("runtime-*.log")
    assert ("loaded Foretoken" in log.read_text("utf-8")) is loaded


async def test_the_model_process_leaves_after_the_last_server_however_they_end(start: Start, tmp_path: Path) -> None:
    clients = [await start(model={"linger_seconds": 0}) for _ in range(2)]
    for client in clients:
        await suggestions(client, 0)
    process = model_process(tmp_path)
    for client in clients:
        client.process.kill()
        await client.exit_code()
    process.wait(60)
    assert not list((tmp_path / "run").glob("foretoken-*"))


async def test_a_server_that_comes_back_finds_the_model_loaded(start: Start, tmp_path: Path) -> None:
    first = await start()
    await suggestions(first, 0)
    process = model_process(tmp_path)
    assert await first.shut_down() == 0
    second = await start()
    await suggestions(second, 0)
    assert model_process(tmp_path) == process
    (found,) = [found for _, found in discoveries(tmp_path / "run")]
    folders = list((tmp_path / "run").glob("foretoken-*"))
    assert folders == [Path(found.folder)]  # the second server started no process of its own, not even for a moment


async def test_the_engine_command_shows_and_ends_what_runs(start: Start, tmp_path: Path) -> None:
    client = await start()
    await suggestions(client, 0)
    process = model_process(tmp_path)
    (shown,) = json.loads(await engine_command(tmp_path, "status", "--json"))["processes"]
    assert shown["pid"] == process.pid and shown["status"] == "ready" and len(shown["windows"]) == 1
    assert shown["requests"] > 0 and shown["rss"] > 1 << 20
    (found,) = [found for _, found in discoveries(tmp_path / "run")]
    table = await engine_command(tmp_path, "status")
    assert "Foretoken Starter" in table and str(process.pid) in table
    assert found.token not in table + json.dumps(shown)
    said = await engine_command(tmp_path, "stop")
    assert f"{process.pid}" in said and "1 window used it" in said
    process.wait(60)
    assert "No model process runs" in await engine_command(tmp_path, "status")
    while (await status(client))["engine"]["state"] != "asleep":
        pass
    assert "stopped on request" in (await status(client))["engine"]["message"]
    type_key(client, 0)
    await suggestions(client, 1)
    assert (await status(client))["engine"]["state"] == "ready"
    assert model_process(tmp_path).pid != process.pid


async def engine_command(folder: Path, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "foretoken", "engine", *arguments,
        stdout=asyncio.subprocess.PIPE, env={**os.environ, FOLDER_VARIABLE: str(folder / "run")},
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()
