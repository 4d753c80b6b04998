"""notebookDocument/didOpen: each cell is a document of its own."""

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def notebook_did_open(server: "ForetokenServer", params: types.DidOpenNotebookDocumentParams) -> None:
    notebook = params.notebook_document
    server.session.set_notebook(notebook.uri, (cell.document for cell in notebook.cells))
    for item in params.cell_text_documents:
        server.session.open_document(item.uri, item.language_id, item.version, item.text)
