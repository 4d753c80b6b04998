"""The workspace index through the whole server, with a real worker: what an editor sees of it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from lsprotocol import types
from pytest_lsp import LanguageClient, make_test_lsp_client

from foretoken.index.folders import FOLDER_VARIABLE

HERE = Path(__file__).parent
PATIENCE = 60.0
MANY = 120
LOOK_SECONDS = 0.05  # between two looks at the status, which leave the processors to who works

Start = Callable[..., Awaitable["Window"]]


class Window:
    """One editor window on a folder."""

    def __init__(self, client: LanguageClient) -> None:
        self.client = client

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The status' index once it is as wanted; asks until then."""
        async with asyncio.timeout(PATIENCE):
            while True:
                report = plain(await self.client.protocol.send_request_async("foretoken/status", None))
                if wanted(report):
                    return report
                await asyncio.sleep(LOOK_SECONDS)

    async def ready(self, files: int) -> dict[str, Any]:
        return await self.until(
            lambda index: index["state"] == "ready" and [folder["files"] for folder in index["folders"]] == [files]
        )


def plain(report: Any) -> dict[str, Any]:
    """pygls gives what it has no type for as objects."""

    def value(found: Any) -> Any:
        if isinstance(found, list | tuple) and not hasattr(found, "_fields"):
            return [value(each) for each in found]
        if hasattr(found, "_asdict"):
            return {name: value(each) for name, each in found._asdict().items()}
        return found

    return value(report.index)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "indexes"))
    (tmp_path / "w").mkdir()
    (tmp_path / "w/a.py").write_text("def alpha():\n    return 1\n")
    return tmp_path / "w"


@pytest.fixture
async def start(root: Path) -> AsyncIterator[Start]:
    clients: list[LanguageClient] = []

    async def start(capabilities: types.ClientCapabilities | None = None, **options: Any) -> Window:
        client = make_test_lsp_client()
        client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: None)
        clients.append(client)
        await client.start_io(sys.executable, str(HERE / "serve_fake.py"), "--index")
        folder = types.WorkspaceFolder(root.as_uri(), "w")
        params = types.InitializeParams(
            capabilities or types.ClientCapabilities(), workspace_folders=[folder], initialization_options=options
        )
        async with asyncio.timeout(PATIENCE):
            await client.initialize_session(params)
        return Window(client)

    yield start
    for client in clients:
        if client._server is not None and client._server.returncode is None:
            async with asyncio.timeout(PATIENCE):
                await client.shutdown_session()
            assert client.error is None
        await client.stop()


def progressing() -> types.ClientCapabilities:
    return types.ClientCapabilities(window=types.WindowClientCapabilities(work_done_progress=True))


def many(root: Path) -> None:
    """Enough to be stopped in the middle."""
    text = "".join(f"def name_{number}(value):\n    return value + {number}\n\n\n" for number in range(100))
    for number in range(MANY):
        place = root / f"p{number % 20}"
        place.mkdir(exist_ok=True)
        (place / f"m{number}.py").write_text(f"n = {number}\n{text}")


async def test_progress_is_shown_and_a_cancel_stops_it(start: Start, root: Path) -> None:
    many(root)
    window = await start(progressing())
    client = window.client
    async with asyncio.timeout(PATIENCE):
        await client.wait_for_notification("$/progress")
        ((token, reports),) = client.progress_reports.items()
        assert isinstance(reports[0], types.WorkDoneProgressBegin)
        assert (reports[0].title, reports[0].cancellable) == ("Indexing w", True)
        while not any((report.percentage or 0) > 0 for report in reports):
            await client.wait_for_notification("$/progress")
        client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
        while not isinstance(reports[-1], types.WorkDoneProgressEnd):
            await client.wait_for_notification("$/progress")
    assert "of 121 files" in (reports[-2].message or "") and "stopped" in (reports[-1].message or "")
    index = await window.until(lambda index: index["state"] == "stopped")
    assert 0 < index["folders"][0]["files"] < MANY
    params = types.ExecuteCommandParams("foretoken.index")
    await client.protocol.send_request_async("workspace/executeCommand", params)
    await window.ready(MANY + 1)


async def test_an_editor_without_progress_is_told_nothing(start: Start, root: Path) -> None:
    many(root)
    window = await start()
    await window.ready(MANY + 1)
    assert window.client.progress_reports == {} and window.client.messages == []


async def test_a_file_that_another_program_writes_is_counted(start: Start, root: Path) -> None:
    window = await start()
    await window.ready(1)
    (root / "b.py").write_text("def beta():\n    pass\n")
    index = await window.ready(2)
    assert index["folders"][0]["symbols"] == 2 and index["folders"][0]["role"] == "writer"


async def test_a_killed_worker_is_replaced(start: Start, root: Path) -> None:
    window = await start()
    first = (await window.ready(1))["pid"]
    item = types.TextDocumentItem((root / "a.py").as_uri(), "python", 1, "def alpha():\n    return 1\n")
    window.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    os.kill(first, signal.SIGKILL)
    await window.until(lambda index: index["pid"] not in (first, None))
    await window.ready(1)
    assert window.client.messages == []


async def test_the_second_window_reads_and_takes_over(start: Start, root: Path) -> None:
    first = await start()
    assert (await first.ready(1))["folders"][0]["role"] == "writer"
    second = await start()
    assert (await second.ready(1))["folders"][0]["role"] == "reader"
    await first.client.shutdown_session()
    await second.until(lambda index: index["folders"][0]["role"] == "writer")
    (root / "b.py").write_text("def beta():\n    pass\n")
    await second.ready(2)


async def test_an_editor_that_dies_leaves_nothing_behind(start: Start, root: Path) -> None:
    window = await start()
    worker = psutil.Process((await window.ready(1))["pid"])
    processes = [worker, *worker.children(recursive=True)]
    assert window.client._server is not None
    window.client._server.kill()
    await window.client._server.wait()
    _, alive = psutil.wait_procs(processes, PATIENCE)
    assert alive == []


async def test_the_editor_tells_of_files_where_it_can(start: Start, root: Path) -> None:
    watches = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True, relative_pattern_support=True)
    workspace = types.WorkspaceClientCapabilities(did_change_watched_files=watches)
    window = await start(types.ClientCapabilities(workspace=workspace))
    await window.ready(1)
    (root / "b.py").write_text("def beta():\n    pass\n")
    (root / "unsaid.py").write_text("def gamma():\n    pass\n")
    change = types.FileEvent((root / "b.py").as_uri(), types.FileChangeType.Created)
    window.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
    await window.ready(2)  # and not three: nobody else looks
