"""textDocument/didChange"""

import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretoken.lsp.from_proto import content_changes
from foretoken.session.documents import OutOfSync, UnknownDocument

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer

logger = logging.getLogger(__name__)


def did_change(server: "ForetokenServer", params: types.DidChangeTextDocumentParams) -> None:
    change_document(server, params.text_document, params.content_changes)


def change_document(
    server: "ForetokenServer",
    document: types.VersionedTextDocumentIdentifier,
    changes: list[types.TextDocumentContentChangeEvent],
) -> None:
    """Apply the changes; a document that cannot follow them is paused, and the user is told once."""
    try:
        server.session.change_document(document.uri, document.version, content_changes(changes))
    except UnknownDocument as error:
        logger.warning("ignored a change: %s", error)
    except OutOfSync as error:
        if error.first:
            server.tell_user(f"Foretoken: {error}")


def lose_document(server: "ForetokenServer", params: Any) -> None:
    """The notification could not be read, so what it would have changed is not known."""
    document = params.get("textDocument") if isinstance(params, dict) else None
    uri = document.get("uri") if isinstance(document, dict) else None
    if isinstance(uri, str):
        error = server.session.documents.lose(uri, "the editor sent a change that cannot be read")
        if error.first:
            server.tell_user(f"Foretoken: {error}")
