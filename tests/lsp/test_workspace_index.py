"""What the editor says reaches the workspace worker, and what the worker says reaches the user."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from door_harness import URI, Harness
from fakes import FakeEngine
from foretoken.engine.engine import EngineState, EngineStatus
from foretoken.index.client import Listener
from foretoken.index.events import Changed, Event, Finished, Notice, Progress
from foretoken.index.status import FolderStatus, IndexState, IndexStatus
from foretoken.lsp import index_progress, workspace_index
from foretoken.text.edit import TextEdit

FOLDERS = [{"uri": "file:///w", "name": "w"}]
PROGRESS = {"window": {"workDoneProgress": True}}
WATCHES = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True, "relativePatternSupport": True}}}


class NotedClient:
    """Stands for IndexClient: notes what is said to it."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.calls: list[tuple[Any, ...]] = []
        self.state, self.message = IndexState.READY, ""

    @property
    def status(self) -> IndexStatus:
        return IndexStatus(self.state, self.message, 4711, (FolderStatus("/w", True, files=12),))

    def set_up(self, folders: Sequence[str], **options: Any) -> None:
        self.calls.append(("set_up", list(folders), options))

    def opened(self, path: str, language_id: str, text: str) -> None:
        self.calls.append(("opened", path, language_id, text))

    def edited(self, path: str, edits: Sequence[TextEdit], text: str) -> None:
        self.calls.append(("edited", path, [(edit.start, edit.end, edit.new_text) for edit in edits], text))

    def closed(self, path: str) -> None:
        self.calls.append(("closed", path))

    def saved(self, path: str) -> None:
        self.calls.append(("saved", path))

    def changed(self, paths: Sequence[str]) -> None:
        self.calls.append(("changed", list(paths)))

    def index_now(self) -> None:
        self.calls.append(("index_now",))

    def stop_indexing(self, folder: str) -> None:
        self.calls.append(("stop_indexing", folder))

    async def close(self) -> None:
        self.calls.append(("close",))

    def of(self, name: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == name]


class Indexing(Harness):
    def __init__(self, engine: FakeEngine | None = None) -> None:
        self.clients: list[NotedClient] = []

        def factory(listener: Listener) -> NotedClient:
            self.clients.append(NotedClient(listener))
            return self.clients[-1]

        super().__init__(engine or FakeEngine(), index_factory=factory)  # type: ignore[arg-type]

    @property
    def client(self) -> NotedClient:
        (client,) = self.clients
        return client

    async def begin(self, capabilities: dict[str, Any] | None = None, **params: Any) -> None:
        await self.initialize(capabilities, **{"workspaceFolders": FOLDERS, **params})
        async with asyncio.timeout(20):
            while not self.clients:
                await asyncio.sleep(0)

    def say(self, event: Event | None, folder: str = "/w") -> None:
        self.client.listener(folder, event)

    def accept(self, request: dict[str, Any], **answer: Any) -> None:
        self.receive({"jsonrpc": "2.0", "id": request["id"], **(answer or {"result": None})})

    async def sent_request(self, method: str) -> dict[str, Any]:
        return await self.message(lambda sent: sent.get("method") == method)

    def shown(self) -> list[str]:
        return [message["message"] for message in self.messages("window/showMessage")]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace_index, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(index_progress, "SHOWN_AFTER", 0.0)


async def test_the_folders_and_how_they_are_watched() -> None:
    harness = Indexing()
    await harness.begin()
    assert harness.client.of("set_up") == [(["/w"], {"watches": True, "heals": True, "limits": {"max_files": 200_000}})]


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


async def test_progress_from_begin_to_end_and_its_cancel() -> None:
    harness = Indexing()
    await harness.begin(PROGRESS)
    harness.say(Progress(0, 0, "looking"))
    request = await harness.sent_request("window/workDoneProgress/create")
    token = request["params"]["token"]
    harness.say(Progress(100, 100_000, "indexing"))
    harness.accept(request)
    begin = (await harness.sent_request("$/progress"))["params"]
    assert begin == {
        "token": token,
        "value": {
            "kind": "begin", "title": "Indexing w", "cancellable": True, "message": "100 of 100,000 files",
            "percentage": 0,
        },
    }  # fmt: skip
    harness.say(Progress(12_300, 100_000, "indexing"))
    harness.notify("window/workDoneProgress/cancel", {"token": "another"})
    assert harness.client.of("stop_indexing") == []
    harness.notify("window/workDoneProgress/cancel", {"token": token})
    assert harness.client.of("stop_indexing") == [("/w",)]
    harness.say(Finished(12_300, 1, 1, seconds=2.0, cancelled=True))
    values = [sent["value"] for sent in harness.messages("$/progress")][1:]
    assert values == [
        {"kind": "report", "message": "12,300 of 100,000 files", "percentage": 12},
        {"kind": "end", "message": "stopped; 12,300 files are indexed"},
    ]
    harness.say(Finished(12_300, 1, 1, seconds=2.0))
    assert len(harness.messages("$/progress")) == 3


async def test_what_is_over_soon_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_progress, "SHOWN_AFTER", 3600.0)
    harness = Indexing()
    await harness.begin(PROGRESS)
    harness.say(Progress(0, 5, "indexing"))
    harness.say(Finished(5, 1, 1, seconds=0.1))
    harness.say(Changed(("/w/a.py",)))
    await harness.request("foretoken/status", None)
    assert harness.messages("window/workDoneProgress/create") == []


async def test_an_editor_without_progress_gets_none() -> None:
    harness = Indexing()
    await harness.begin()
    harness.say(Progress(0, 5, "indexing"))
    harness.say(Progress(1, 5, "indexing"))
    await harness.request("foretoken/status", None)
    harness.say(Finished(5, 1, 1))
    assert harness.messages("window/workDoneProgress/create") == [] and harness.messages("$/progress") == []


async def test_a_worker_that_ends_ends_the_progress() -> None:
    harness = Indexing()
    await harness.begin(PROGRESS)
    harness.say(Progress(0, 5, "indexing"))
    harness.accept(await harness.sent_request("window/workDoneProgress/create"))
    await harness.sent_request("$/progress")
    harness.client.state = IndexState.RESTARTING
    harness.say(None, "")
    assert harness.messages("$/progress")[-1]["value"]["kind"] == "end"


async def test_notices_are_told_once() -> None:
    harness = Indexing()
    await harness.begin()
    for _ in range(2):
        harness.say(Notice("The index was damaged."))
    harness.client.state, harness.client.message = IndexState.FAILED, "It ended 5 times."
    for _ in range(2):
        harness.say(None, "")
    assert harness.shown() == ["Foretoken: The index was damaged.", "Foretoken: It ended 5 times."]


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
    await harness.request("foretoken/status", None)
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


async def test_index_now_and_the_end() -> None:
    harness = Indexing()
    await harness.begin()
    answer = await harness.request("workspace/executeCommand", {"command": "foretoken.index"})
    assert answer["result"]["index"]["state"] == "ready" and harness.shown() == []
    assert harness.client.of("index_now") == [()]
    await harness.server.close()
    assert harness.client.of("close") == [()]
