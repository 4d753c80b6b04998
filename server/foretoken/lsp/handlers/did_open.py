"""textDocument/didOpen"""

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def did_open(server: "ForetokenServer", params: types.DidOpenTextDocumentParams) -> None:
    item = params.text_document
    server.session.open_document(item.uri, item.language_id, item.version, item.text)
