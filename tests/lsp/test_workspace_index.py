"""What the editor says reaches the workspace worker, and what the worker says reaches the user."""

import asyncio

import pytest

from door_harness import URI
from fakes import FakeEngine
from foretoken.engine.engine import EngineState, EngineStatus
from foretoken.index.events import Notice
from foretoken.index.status import IndexState
from foretoken.lsp import index_progress, workspace_index
from lsp.index_harness import FOLDERS, Indexing


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace_index, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(index_progress, "SHOWN_AFTER", 0.0)


async def test_documents_go_there_as_edits_in_code_points() -> None:
    harness = Indexing()
    await harness.initialize(workspaceFolders=FOLDERS)
    harness.open('x = "\U0001f600"\n')  # before there is anybody to tell
    async with asyncio.timeout(20):
        while not harness.clients:
            await asyncio.sleep(0)
    assert harness.client.of("opened") == [("/w/a.py", "python", 'x = "\U0001f600"\n')]
    harness.change(2, (0, 7, 0, 7, "é"), (0, 0, 0, 1, "yy"))
    assert harness.client.of("edited") == [
        ("/w/a.py", [(6, 6, "é"), (0, 1, "yy")], 'yy = "\U0001f600é"\n'),
    ]
    harness.change(3, "z = 1\n")
    assert harness.client.of("opened")[1:] == [("/w/a.py", "python", "z = 1\n")]
    harness.notify("textDocument/didSave", {"textDocument": {"uri": URI}})
    harness.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert harness.client.of("saved") == [("/w/a.py",)] and harness.client.of("closed") == [("/w/a.py",)]


async def test_half_a_surrogate_pair_goes_there_as_it_stands_in_the_document() -> None:
    harness = Indexing()
    await harness.begin()
    harness.open("x\n")
    harness.change(2, (0, 0, 0, 0, "\ud83d"))
    assert harness.client.of("edited") == [("/w/a.py", [(0, 0, "\ufffd")], "\ufffdx\n")]


async def test_a_text_that_cannot_be_trusted_is_taken_back_until_it_is_saved() -> None:
    harness = Indexing()
    await harness.begin()
    harness.open("a\n")
    harness.change(2, (5, 0, 4, 0, "x"))
    harness.change(3, (0, 0, 0, 0, "x"))
    assert harness.client.of("closed") == [("/w/a.py",)] and harness.client.of("edited") == []
    harness.notify("textDocument/didSave", {"textDocument": {"uri": URI}, "text": "b\n"})
    assert harness.client.of("opened")[-1] == ("/w/a.py", "python", "b\n")


async def test_what_is_no_file_stays_here() -> None:
    harness = Indexing()
    await harness.begin()
    harness.open("x\n", "untitled:Untitled-1")
    harness.change(2, (0, 0, 0, 0, "y"), uri="untitled:Untitled-1")
    harness.notify("textDocument/didClose", {"textDocument": {"uri": "untitled:Untitled-1"}})
    assert {call[0] for call in harness.client.calls} == {"set_up"}


async def test_no_folder_no_worker() -> None:
    harness = Indexing()
    await harness.initialize()
    report = (await harness.request("foretoken/status", None))["result"]["index"]
    assert (report["state"], report["message"]) == ("off", "No folder is open, so nothing is indexed.")
    await harness.request("workspace/executeCommand", {"command": "foretoken.index"})
    assert harness.shown() == ["Foretoken: No folder is open, so there is nothing to index."]
    assert harness.clients == []
    event = {"added": FOLDERS, "removed": []}
    harness.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    async with asyncio.timeout(20):
        while not harness.clients:
            await asyncio.sleep(0)
    assert harness.client.of("set_up")[0][0] == ["/w"]


async def test_folders_that_come_and_go() -> None:
    harness = Indexing()
    await harness.begin()
    event = {"added": [{"uri": "file:///v", "name": "v"}], "removed": FOLDERS}
    harness.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    assert harness.client.of("set_up")[-1][0] == ["/v"]


async def test_switched_off() -> None:
    harness = Indexing()
    await harness.initialize(workspaceFolders=FOLDERS, initializationOptions={"index": {"enabled": False}})
    report = (await harness.request("foretoken/status", None))["result"]["index"]
    assert report["state"] == "off" and "index.enabled" in report["message"]
    assert harness.clients == []
    settings = {"foretoken": {"index": {"enabled": True, "max_files": 7, "watch": "off"}}}
    harness.notify("workspace/didChangeConfiguration", {"settings": settings})
    async with asyncio.timeout(20):
        while not harness.clients:
            await asyncio.sleep(0)
    options = {"watches": False, "heals": False, "limits": {"max_files": 7}}
    assert harness.client.of("set_up") == [(["/w"], options)]
    harness.notify("workspace/didChangeConfiguration", {"settings": {"foretoken": {"index": {"enabled": False}}}})
    assert harness.client.of("set_up")[-1][0] == []


async def test_the_worker_waits_for_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine()
    engine.set_status(EngineStatus(EngineState.LOADING, "Loading."))
    harness = Indexing(engine)
    await harness.initialize(workspaceFolders=FOLDERS)
    report = (await harness.request("foretoken/status", None))["result"]["index"]
    assert report["state"] == "starting" and harness.clients == []
    engine.set_status(EngineStatus(EngineState.READY))
    async with asyncio.timeout(20):
        while not harness.clients:
            await asyncio.sleep(0)


async def test_a_model_that_takes_its_time_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace_index, "PATIENCE_SECONDS", 0.0)
    engine = FakeEngine()
    engine.set_status(EngineStatus(EngineState.LOADING, "Loading."))
    harness = Indexing(engine)
    await harness.begin()


async def test_the_status_says_how_the_index_stands() -> None:
    harness = Indexing()
    await harness.begin()
    assert (await harness.request("foretoken/status", None))["result"]["index"] == {
        "state": "ready", "message": "", "pid": 4711,
        "folders": [
            {"folder": "/w", "role": "writer", "files": 12, "lines": 0, "symbols": 0, "indexing": None, "message": ""}
        ],
    }  # fmt: skip
    await harness.request("workspace/executeCommand", {"command": "foretoken.status"})
    assert "The index is ready: 12 files." in harness.shown()[0]


async def test_notices_are_told_once() -> None:
    harness = Indexing()
    await harness.begin()
    for _ in range(2):
        harness.say(Notice("The index was damaged."))
    harness.client.state, harness.client.message = IndexState.FAILED, "It ended 5 times."
    for _ in range(2):
        harness.say(None, "")
    assert harness.shown() == ["Foretoken: The index was damaged.", "Foretoken: It ended 5 times."]


async def test_index_now_and_the_end() -> None:
    harness = Indexing()
    await harness.begin()
    answer = await harness.request("workspace/executeCommand", {"command": "foretoken.index"})
    assert answer["result"]["index"]["state"] == "ready" and harness.shown() == []
    assert harness.client.of("index_now") == [()]
    await harness.server.close()
    assert harness.client.of("close") == [()]
