"""The language server in memory with a workspace index that notes what is said to it, and says what a test wants."""

import asyncio
from collections.abc import Sequence
from typing import Any

from door_harness import Harness
from fakes import FakeEngine
from foretoken.index.client import Listener
from foretoken.index.events import Event
from foretoken.index.status import FolderStatus, IndexState, IndexStatus
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
        self.files = 12

    @property
    def status(self) -> IndexStatus:
        return IndexStatus(self.state, self.message, 4711, (FolderStatus("/w", True, files=self.files),))

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

    def look(self, folder: str) -> None:
        self.calls.append(("look", folder))

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

    async def settle(self) -> None:
        """Until all is done that is due now."""
        for _ in range(10):
            await asyncio.sleep(0)
