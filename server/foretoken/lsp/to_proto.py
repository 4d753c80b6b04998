"""From the project's types to LSP's."""

from lsprotocol import types

from foretoken.engine.engine import EngineStatus
from foretoken.index.status import IndexStatus
from foretoken.postprocess.suggestion import Suggestion
from foretoken.text.document import Document
from foretoken.text.position import PositionEncoding


def to_range(document: Document, start: int, end: int, encoding: PositionEncoding) -> types.Range:
    first = types.Position(*document.lines.position_at(start, encoding))
    last = first if end == start else types.Position(*document.lines.position_at(end, encoding))
    return types.Range(first, last)


def inline_completions(
    document: Document, suggestion: Suggestion | None, encoding: PositionEncoding
) -> types.InlineCompletionList:
    """A list even when it is empty: Neovim does not clear its old items on null. Every item has a range, without which
    Neovim inserts at wherever the cursor has gone. Line ends are ``\\n``, which every editor turns into its own.
    """
    if suggestion is None:
        return types.InlineCompletionList(items=[])
    item = types.InlineCompletionItem(
        insert_text=suggestion.text.replace("\r\n", "\n"),
        range=to_range(document, suggestion.start, suggestion.end, encoding),
    )
    return types.InlineCompletionList(items=[item])


def index_status(status: IndexStatus) -> dict[str, object]:
    folders = [
        {
            "folder": folder.folder,
            "role": None if folder.writer is None else "writer" if folder.writer else "reader",
            "files": folder.files,
            "lines": folder.lines,
            "symbols": folder.symbols,
            "indexing": {"done": folder.done, "total": folder.total} if folder.indexing else None,
            "message": folder.refused or folder.notice,
        }
        for folder in status.folders
    ]
    return {"state": status.state.value, "message": status.message, "pid": status.pid, "folders": folders}


def engine_status(status: EngineStatus) -> dict[str, object]:
    return {"state": status.state.value, "message": status.message, "progress": status.progress}
