"""A session as each real editor opens it: its own capabilities, in every encoding, through a proper LSP client."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from lsprotocol import types
from lsprotocol.converters import get_converter
from pytest_lsp import LanguageClient, make_test_lsp_client

HERE = Path(__file__).parent
EDITORS = sorted(path.stem for path in (HERE / "capabilities").glob("*.json"))
ENCODINGS = list(types.PositionEncodingKind)
URI = "file:///project/sample.py"
NOTEBOOK = "file:///project/n.ipynb"
# What a server may send without being asked; everything else fails the test.
EXPECTED = {
    "workspace/configuration",
    "client/registerCapability",
    "window/workDoneProgress/create",
    "$/progress",
}


def units(text: str, encoding: types.PositionEncodingKind) -> int:
    if encoding is types.PositionEncodingKind.Utf8:
        return len(text.encode())
    return len(text.encode("utf-16-le")) // 2 if encoding is types.PositionEncodingKind.Utf16 else len(text)


@asynccontextmanager
async def editor(
    name: str, encoding: types.PositionEncodingKind | None = None, *arguments: str, expected: set[str] = EXPECTED
) -> AsyncIterator[tuple[LanguageClient, types.InitializeResult]]:
    """An initialized client with the editor's capabilities. At the end the server must leave with 0 and must not have
    sent anything that was not ``expected``.
    """
    captured = json.loads((HERE / "capabilities" / f"{name}.json").read_text(encoding="utf-8"))
    capabilities = get_converter().structure(captured["capabilities"], types.ClientCapabilities)
    assert capabilities.general is not None
    if encoding is not None:
        capabilities.general.position_encodings = [encoding]
    client = make_test_lsp_client()
    client.set_configuration({"inline": {"max_lines": 4}}, section="foretoken")
    sent: list[str] = []
    handle = client.protocol.handle_message

    def watch(message: object) -> None:
        if (method := getattr(message, "method", None)) is not None:
            sent.append(method)
        handle(message)

    client.protocol.handle_message = watch  # type: ignore[method-assign]
    await client.start_io(sys.executable, str(HERE / "serve_fake.py"), "--reply", "x + 1\n", *arguments)
    try:
        folder = types.WorkspaceFolder("file:///project", "project")
        params = types.InitializeParams(capabilities, workspace_folders=[folder], initialization_options={})
        async with asyncio.timeout(30):
            yield client, await client.initialize_session(params)
            await client.shutdown_session()
        assert client._server is not None and client._server.returncode == 0
        assert client.error is None
        assert not set(sent) - expected, sent
    finally:
        if client._server is not None and client._server.returncode is None:
            client._server.kill()  # the test failed; stop() would wait for ever
        await client.stop()


def open_document(client: LanguageClient, text: str, uri: str = URI) -> None:
    item = types.TextDocumentItem(uri, "python", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))


def replace(client: LanguageClient, version: int, line: int, start: int, end: int, text: str) -> None:
    span = types.Range(types.Position(line, start), types.Position(line, end))
    document = types.VersionedTextDocumentIdentifier(version, URI)
    change = types.TextDocumentContentChangePartial(span, text)
    client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))


async def suggest(client: LanguageClient, line: int, character: int, uri: str = URI) -> types.InlineCompletionList:
    params = types.InlineCompletionParams(
        context=types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
        text_document=types.TextDocumentIdentifier(uri),
        position=types.Position(line, character),
    )
    answer = await client.text_document_inline_completion_async(params)
    assert isinstance(answer, types.InlineCompletionList)
    return answer


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda encoding: encoding.value)
@pytest.mark.parametrize("name", EDITORS)
async def test_typing_behind_an_emoji(name: str, encoding: types.PositionEncodingKind) -> None:
    """The line before the cursor holds a character of 4, 2 or 1 units; the form feed ends no line."""
    async with editor(name, encoding) as (client, initialized):
        assert initialized.capabilities.position_encoding == encoding
        assert initialized.capabilities.inline_completion_provider is not None
        open_document(client, 'a = "\x0c"\n\ndef f(x):\n    return "😀",\n')
        before = '    return "😀", '
        column = units(before[:-1], encoding)
        replace(client, 2, 3, column, column, " ")
        item = (await suggest(client, 3, column + 1)).items[0]
        assert item.insert_text == "x + 1"
        assert item.range == types.Range(types.Position(3, column + 1), types.Position(3, column + 1))
        # Delete the emoji: were one unit counted wrongly, a quote would be cut and the position would be past the end.
        start = units('    return "', encoding)
        replace(client, 3, 3, start, start + units("😀", encoding), "")
        end = len('    return "", ')
        item = (await suggest(client, 3, 999)).items[0]
        assert item.range == types.Range(types.Position(3, end), types.Position(3, end))


@pytest.mark.parametrize("name", EDITORS)
async def test_the_editors_own_choice_of_encoding(name: str) -> None:
    async with editor(name) as (client, initialized):
        assert client.capabilities is not None and client.capabilities.general is not None
        offered = client.capabilities.general.position_encodings
        assert offered and initialized.capabilities.position_encoding == offered[0]


@pytest.mark.parametrize("name", EDITORS)
async def test_settings_come_from_the_editor(name: str) -> None:
    """Every captured editor lets itself be asked; the answer takes effect without a word to the user."""
    async with editor(name) as (client, _):
        client.set_configuration({"inline": {"enabled": False}}, section="foretoken")
        client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
        open_document(client, "a = \n")
        while (await suggest(client, 0, 4)).items:  # until the server has asked and heard
            pass


@pytest.mark.parametrize("name", EDITORS)
async def test_loading_is_shown_as_progress(name: str) -> None:
    async with editor(name, None, "--load") as (client, _):
        await client.wait_for_notification("$/progress")
        open_document(client, "a = \n")
        assert (await suggest(client, 0, 4)).items  # the fake is loaded by its first request
        (reports,) = client.progress_reports.values()
        while not isinstance(reports[-1], types.WorkDoneProgressEnd):
            await client.wait_for_notification("$/progress")
        assert isinstance(reports[0], types.WorkDoneProgressBegin)
        assert reports[0].message == "loading fake"


async def test_a_failed_model_is_said_once_and_the_editor_goes_on() -> None:
    expected = EXPECTED | {"window/showMessage"}
    async with editor("vscode-1.139.1", None, "--fail", "no such file: x.gguf", expected=expected) as (client, _):
        open_document(client, "a = \n")
        assert not (await suggest(client, 0, 4)).items
        assert [message.message for message in client.messages] == ["Foretoken: no such file: x.gguf"]


async def test_notebook_cells_in_an_editor_that_has_them() -> None:
    async with editor("vscode-1.139.1") as (client, initialized):
        assert initialized.capabilities.notebook_document_sync is not None
        cell = "vscode-notebook-cell:/project/n.ipynb#one"
        kind = types.NotebookCellKind.Code
        notebook = types.NotebookDocument(NOTEBOOK, "jupyter-notebook", 1, [types.NotebookCell(kind, cell)])
        texts = [types.TextDocumentItem(cell, "python", 1, "a = ")]
        client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(notebook, texts))
        assert len((await suggest(client, 0, 4, cell)).items) == 1


async def test_an_untitled_document() -> None:
    async with editor("vscode-1.139.1") as (client, _):
        open_document(client, "a = \n", "untitled:Untitled-1")
        assert len((await suggest(client, 0, 4, "untitled:Untitled-1")).items) == 1


async def test_a_message_that_was_not_expected_fails() -> None:
    """The check at the end of every session here must be able to fail."""
    with pytest.raises(AssertionError, match="window/showMessage"):
        async with editor("vscode-1.139.1", None, "--fail", "broken") as (client, _):
            open_document(client, "a = \n")
            await suggest(client, 0, 4)
