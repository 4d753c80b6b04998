"""The demo's editor: a small LSP client that talks to a real server over standard input and output."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import cattrs
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.client import LanguageClient
from pygls.protocol import default_converter
from pygls.protocol.json_rpc import JsonRPCResponseMessage

from foretoken import __version__
from foretoken.cli.command import CommandError
from foretoken.text.edit import TextEdit

STATUS = "foretoken/status"


class DemoClient:
    """One open document. The server counts positions in code points (utf-32), so offsets need no conversion.

    Raises CommandError when the server ends or refuses.
    """

    def __init__(self) -> None:
        self._client = LanguageClient("foretoken-demo", __version__, converter_factory=_converter)
        self._errors: deque[str] = deque(maxlen=20)
        self._drain: asyncio.Task[None] | None = None
        self._uri = ""
        self._version = 0
        self.text = ""

    async def start(self, workspace: Path) -> float:
        """Start the server; the seconds until it answered ``initialize``."""
        started = time.perf_counter()
        # -P: a folder named foretoken in the present one must not be imported.
        command = [sys.executable, "-P", "-m", "foretoken", "serve", "--stdio", f"--clientProcessId={os.getpid()}"]
        await self._client.start_io(*command, **_own_process_group())
        server = self._client._server  # pygls pipes stderr and reads it nowhere: a full pipe would stop the server
        assert server is not None and server.stderr is not None
        self._drain = asyncio.create_task(self._read_errors(server.stderr))
        self._client.feature(types.WINDOW_SHOW_MESSAGE)(lambda params: self._errors.append(params.message))
        self._client.feature(types.WINDOW_LOG_MESSAGE)(lambda params: None)
        params = types.InitializeParams(
            process_id=os.getpid(),
            root_uri=workspace.as_uri(),
            workspace_folders=[types.WorkspaceFolder(workspace.as_uri(), workspace.name)],
            client_info=types.ClientInfo("foretoken-demo", __version__),
            initialization_options={"index": {"enabled": False}},  # nothing is left on the disk of a look at the demo
            capabilities=types.ClientCapabilities(
                general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf32]),
                text_document=types.TextDocumentClientCapabilities(
                    inline_completion=types.InlineCompletionClientCapabilities()
                ),
            ),
        )
        result = await self._answer(self._client.initialize_async(params))
        if result.capabilities.position_encoding != types.PositionEncodingKind.Utf32:
            raise CommandError("the server does not count positions in utf-32")
        ready = time.perf_counter() - started
        self._client.initialized(types.InitializedParams())
        return ready

    def open(self, path: Path, language: str, text: str) -> None:
        self._uri, self._version, self.text = path.as_uri(), 1, text
        item = types.TextDocumentItem(self._uri, language, self._version, text)
        self._client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def edit(self, edit: TextEdit) -> None:
        """Send one incremental edit."""
        span = types.Range(self._position(edit.start), self._position(edit.end))
        self._version += 1
        self._client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self._version, self._uri),
                [types.TextDocumentContentChangePartial(range=span, text=edit.new_text)],
            )
        )
        self.text = self.text[: edit.start] + edit.new_text + self.text[edit.end :]

    async def suggest(self, offset: int) -> TextEdit | None:
        """The first suggestion at ``offset`` (code points), as the edit that accepting it makes."""
        params = types.InlineCompletionParams(
            context=types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
            text_document=types.TextDocumentIdentifier(self._uri),
            position=self._position(offset),
        )
        result = await self._answer(self._client.text_document_inline_completion_async(params))
        items = result.items if isinstance(result, types.InlineCompletionList) else result or []
        if not items:
            return None
        text = items[0].insert_text
        if not isinstance(text, str):
            text = text.value
        span = items[0].range
        if span is None:
            return TextEdit(offset, offset, text)
        return TextEdit(self._offset(span.start), self._offset(span.end), text)

    async def status(self) -> dict[str, Any]:
        """What the server says of its model and of the last request (the request ``foretoken/status``)."""
        result = await self._answer(self._client.protocol.send_request_async(STATUS, None))
        if not isinstance(result, dict):
            raise CommandError(f"the server's answer to {STATUS} is not an object")
        return result

    async def close(self) -> int | None:
        """Shut the server down, and end it if it does not listen. Its exit code; None if it was not started."""
        server = self._client._server
        if server is None:
            return None
        with contextlib.suppress(TimeoutError, JsonRpcException, RuntimeError, OSError):  # it may have ended already
            await asyncio.wait_for(asyncio.shield(self._client.shutdown_async(None)), 5)
            self._client.exit(None)
            await asyncio.wait_for(server.wait(), 5)
        if server.returncode is None:
            server.kill()
        await self._client.stop()
        if self._drain is not None:
            self._drain.cancel()
        return server.returncode

    async def _answer(self, reply: Awaitable[Any]) -> Any:
        try:
            # Shielded: pygls cannot take the answer to a request whose future was cancelled, and says so at length.
            return await asyncio.shield(reply)
        except JsonRpcException as error:
            raise CommandError(f"the server refused a request: {error}") from error
        except RuntimeError as error:  # pygls fails what is pending so when the server's process ends
            await asyncio.sleep(0.1)
            said = "\n".join(self._errors)
            raise CommandError(f"the server ended: {error}\n{said}".rstrip()) from error

    async def _read_errors(self, stderr: asyncio.StreamReader) -> None:
        async for line in stderr:
            self._errors.append(line.decode("utf-8", "replace").rstrip())

    def _position(self, offset: int) -> types.Position:
        line_start = self.text.rfind("\n", 0, offset) + 1
        return types.Position(self.text.count("\n", 0, offset), offset - line_start)

    def _offset(self, position: types.Position) -> int:
        start = 0
        for _ in range(position.line):
            start = self.text.index("\n", start) + 1
        return start + position.character


def _converter() -> cattrs.Converter:
    """Results of requests that are not in the protocol stay plain dictionaries."""
    converter = default_converter()
    converter.register_structure_hook(JsonRPCResponseMessage, lambda value, kind: kind(**value))
    return converter


def _own_process_group() -> dict[str, Any]:
    """Ctrl-C in the terminal is for the demo alone, which then shuts the server down."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
