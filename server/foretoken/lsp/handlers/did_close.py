"""textDocument/didClose"""

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def did_close(server: "ForetokenServer", params: types.DidCloseTextDocumentParams) -> None:
    server.session.close_document(params.text_document.uri)
