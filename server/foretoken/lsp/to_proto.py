"""From the project's types to LSP's."""

from lsprotocol import types

from foretoken.engine.engine import EngineStatus
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


def engine_status(status: EngineStatus) -> dict[str, object]:
    return {"state": status.state.value, "message": status.message, "progress": status.progress}
