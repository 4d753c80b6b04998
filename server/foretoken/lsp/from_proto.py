"""From LSP's types to the project's."""

from collections.abc import Sequence

from lsprotocol import types

from foretoken.session.documents import ContentChange
from foretoken.text.position import Position


def position(value: types.Position) -> Position:
    return Position(value.line, value.character)


def content_changes(changes: Sequence[types.TextDocumentContentChangeEvent]) -> list[ContentChange]:
    """In the editor's order. A change without a range is the whole text."""
    return [_content_change(change) for change in changes]


def _content_change(change: types.TextDocumentContentChangeEvent) -> ContentChange:
    if isinstance(change, types.TextDocumentContentChangePartial):
        return ContentChange(change.text, position(change.range.start), position(change.range.end))
    return ContentChange(change.text)
