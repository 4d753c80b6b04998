"""notebookDocument/didClose"""

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def notebook_did_close(server: "ForetokenServer", params: types.DidCloseNotebookDocumentParams) -> None:
    server.session.close_notebook(params.notebook_document.uri)
    for cell in params.cell_text_documents:
        server.session.close_document(cell.uri)
