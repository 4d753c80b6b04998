"""The editor watches files where it can, and what it tells of them reaches the workspace worker."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from foretoken.lsp import file_changes, index_progress, workspace_index
from lsp.index_harness import WATCHES, Indexing


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace_index, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(index_progress, "SHOWN_AFTER", 0.0)


async def test_the_folders_and_how_they_are_watched() -> None:
    harness = Indexing()
    await harness.begin()
    assert harness.client.of("set_up") == [(["/w"], {"watches": True, "heals": True, "limits": {"max_files": 200_000}})]


async def test_the_editor_watches_where_it_can() -> None:
    harness = Indexing()
    await harness.begin(WATCHES)
    assert harness.client.of("set_up")[0][1]["watches"] is False
    request = await harness.sent_request("client/registerCapability")
    (registration,) = request["params"]["registrations"]
    assert registration["method"] == "workspace/didChangeWatchedFiles"
    sources, removed = registration["registerOptions"]["watchers"]
    assert sources["globPattern"]["baseUri"] == "file:///w" and "*.py" in sources["globPattern"]["pattern"]
    assert ".gitignore" in sources["globPattern"]["pattern"] and "kind" not in sources
    assert (removed["globPattern"]["pattern"], removed["kind"]) == ("**/*", 4)
    harness.accept(request)
    changes = [{"uri": "file:///w/b.py", "type": 1}, {"uri": "untitled:x", "type": 2}]
    harness.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    assert harness.client.of("changed") == [(["/w/b.py"],)]


async def until_looked(harness: Indexing, count: int) -> list[tuple[Any, ...]]:
    async with asyncio.timeout(20):
        while len(harness.client.of("look")) < count:
            await asyncio.sleep(0)
    return harness.client.of("look")


async def test_so_many_changes_that_the_folder_is_looked_at() -> None:
    harness = Indexing()
    folders = [{"uri": f"file:///{name}", "name": name} for name in ("w", "v", "x")]
    await harness.begin(WATCHES, workspaceFolders=folders)
    changes = [{"uri": f"file:///w/node_modules/{number}.js", "type": 3} for number in range(10_000)]
    harness.notify("workspace/didChangeWatchedFiles", {"changes": [*changes, {"uri": "file:///wide/a.py", "type": 3}]})
    assert await until_looked(harness, 1) == [("/w",)]
    changes = [{"uri": f"file:///w/node_modules/{number}.js", "type": 3} for number in range(10_000)]
    changes[5000] = {"uri": "file:///%76/a.py", "type": 3}  # however the editor spells it
    harness.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    assert (await until_looked(harness, 3))[1:] == [("/w",), ("/v",)] and harness.client.of("changed") == []


async def test_the_loop_has_its_turn_while_many_changes_are_read_and_forgotten() -> None:
    changes = [{"uri": f"file:///elsewhere/{number}.js"} for number in range(10_000)]
    lengths = []

    async def read() -> list[Path]:
        return [folder async for folder in file_changes.folders_of(changes, [Path("/w")])]

    reading = asyncio.ensure_future(read())
    while not reading.done():
        lengths.append(len(changes))
        await asyncio.sleep(0)
    assert reading.result() == [] and len(lengths) > 40 and lengths[:3] == [10_000, 9_800, 9_600]


async def test_a_message_about_files_that_says_nothing_is_ignored() -> None:
    harness = Indexing()
    await harness.begin(WATCHES)
    for params in (
        None,
        {},
        {"changes": None},
        {"changes": [None, {}, {"uri": 5}, {"uri": "file:///w/a.py", "type": 9}]},
    ):
        harness.notify("workspace/didChangeWatchedFiles", params)
    assert harness.client.of("changed") == [(["/w/a.py"],)]


async def test_an_editor_that_refuses_to_watch_is_not_relied_on() -> None:
    harness = Indexing()
    await harness.begin(WATCHES)
    harness.accept(await harness.sent_request("client/registerCapability"), error={"code": -32603, "message": "no"})
    async with asyncio.timeout(20):
        while len(harness.client.of("set_up")) < 2:
            await asyncio.sleep(0)
    assert [options["watches"] for _, options in harness.client.of("set_up")] == [False, True]


async def test_watching_by_itself_is_a_choice() -> None:
    harness = Indexing()
    await harness.begin(WATCHES, initializationOptions={"index": {"watch": "self"}})
    assert harness.client.of("set_up")[0][1]["watches"] is True
    await harness.settle()
    assert harness.messages("client/registerCapability") == []


async def test_other_folders_are_registered_anew() -> None:
    harness = Indexing()
    await harness.begin(WATCHES)
    first = await harness.sent_request("client/registerCapability")
    harness.accept(first)
    event = {"added": [{"uri": "file:///v", "name": "v"}], "removed": []}
    harness.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    gone = await harness.sent_request("client/unregisterCapability")
    harness.accept(gone)
    assert gone["params"]["unregisterations"][0]["id"] == first["params"]["registrations"][0]["id"]
    second = await harness.message(
        lambda sent: sent.get("method") == "client/registerCapability" and sent["id"] != first["id"]
    )
    watchers = second["params"]["registrations"][0]["registerOptions"]["watchers"]
    assert {each["globPattern"]["baseUri"] for each in watchers} == {"file:///w", "file:///v"}


async def test_folders_that_change_while_the_editor_is_asked_are_registered_after_that() -> None:
    harness = Indexing()
    await harness.begin(WATCHES)
    first = await harness.sent_request("client/registerCapability")
    for number in range(3):
        added = [{"uri": f"file:///v{number}", "name": "v"}]
        removed = [{"uri": f"file:///v{number - 1}", "name": "v"}] if number else []
        harness.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": added, "removed": removed}})
    await harness.settle()
    assert harness.messages("client/unregisterCapability") == []  # of what is not registered yet
    harness.accept(first)
    harness.accept(await harness.sent_request("client/unregisterCapability"))
    second = await harness.message(
        lambda sent: sent.get("method") == "client/registerCapability" and sent["id"] != first["id"]
    )
    watchers = second["params"]["registrations"][0]["registerOptions"]["watchers"]
    assert {each["globPattern"]["baseUri"] for each in watchers} == {"file:///w", "file:///v2"}
    harness.accept(second)
    await harness.settle()
    assert len(harness.messages("client/registerCapability")) == 2 and harness.shown() == []
