"""A language server in the test's own process: messages in, messages out, no pipe and no second process."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes import FakeEngine
from foretoken.lsp.server import ForetokenServer, build_server
from foretoken.lsp.workspace_index import IndexFactory
from foretoken.session.session import Session
from foretoken.session.settings_sources import SettingsSources

URI = "file:///w/a.py"


class Harness:
    """Acts as the editor. ``sent`` is all that the server sent, parsed."""

    def __init__(
        self,
        engine: FakeEngine,
        log_path: Path | None = None,
        user_file: Path = Path("no-such-file"),
        index_factory: IndexFactory | None = None,
    ) -> None:
        self.engine = engine
        self.sent: list[dict[str, Any]] = []
        self._arrived = asyncio.Condition()
        self._ids = 0

        def engine_factory(listener: Callable[..., None]) -> FakeEngine:
            engine._listener = listener
            return engine

        self.server: ForetokenServer = build_server(
            Session(),
            engine_factory,
            sources=SettingsSources(user_file=user_file),
            log_path=log_path,
            index_factory=index_factory,
        )
        self.server.protocol.set_writer(self)  # type: ignore[arg-type]

    def write(self, data: bytes) -> None:
        header, _, body = data.partition(b"\r\n\r\n")
        assert header == b"Content-Length: %d" % len(body)
        self.sent.append(json.loads(body))

    def receive(self, message: Any) -> None:
        self.server.protocol.receive(message if isinstance(message, bytes) else json.dumps(message).encode())

    def notify(self, method: str, params: Any) -> None:
        self.receive({"jsonrpc": "2.0", "method": method, "params": params})

    def start(self, method: str, params: Any) -> int:
        self._ids += 1
        self.receive({"jsonrpc": "2.0", "id": self._ids, "method": method, "params": params})
        return self._ids

    async def request(self, method: str, params: Any) -> dict[str, Any]:
        return await self.answer(self.start(method, params))

    async def answer(self, msg_id: object) -> dict[str, Any]:
        return await self.message(lambda message: message.get("id") == msg_id and "method" not in message)

    async def message(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message that is wanted; the loop runs until it is there."""
        async with asyncio.timeout(20):
            while True:
                for message in self.sent:
                    if wanted(message):
                        return message
                await asyncio.sleep(0)

    async def initialize(self, capabilities: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        answer = await self.request("initialize", {"capabilities": capabilities or {}, **params})
        self.notify("initialized", {})
        return answer["result"]

    def open(self, text: str, uri: str = URI, language: str = "python") -> None:
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, version: int, *changes: Any, uri: str = URI) -> None:
        """Each change is a text, or (line, character, line, character, text)."""
        events = []
        for change in changes:
            if isinstance(change, str):
                events.append({"text": change})
            else:
                a, b, c, d, text = change
                events.append({"range": {"start": at(a, b), "end": at(c, d)}, "text": text})
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": events})

    def ask(self, line: int, character: int, uri: str = URI, **context: Any) -> int:
        return self.start("textDocument/inlineCompletion", inline_params(line, character, uri, **context))

    def text(self, uri: str = URI) -> str:
        return self.server.session.documents.get(uri).document.text

    def messages(self, method: str) -> list[Any]:
        return [message["params"] for message in self.sent if message.get("method") == method]

    def answers(self, msg_id: object) -> list[dict[str, Any]]:
        return [message for message in self.sent if message.get("id") == msg_id and "method" not in message]


def at(line: int, character: int) -> dict[str, int]:
    return {"line": line, "character": character}


def inline_params(line: int, character: int, uri: str = URI, **context: Any) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": at(line, character), "context": {"triggerKind": 2, **context}}
