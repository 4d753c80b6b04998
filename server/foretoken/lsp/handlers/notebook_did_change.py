"""notebookDocument/didChange: cells come, go and move, and their texts change."""

import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretoken.lsp.handlers.did_change import change_document

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer

logger = logging.getLogger(__name__)


def notebook_did_change(server: "ForetokenServer", params: types.DidChangeNotebookDocumentParams) -> None:
    cells = params.change.cells
    if cells is None:
        return
    if cells.structure is not None:
        _change_structure(server, params.notebook_document.uri, cells.structure)
    for content in cells.text_content or ():
        change_document(server, content.document, content.changes)


def _change_structure(
    server: "ForetokenServer", notebook: str, structure: types.NotebookDocumentCellChangeStructure
) -> None:
    session, array = server.session, structure.array
    order = session.notebook_cells(notebook)
    if order is None:
        logger.warning("the notebook %s was changed, but it is not open", notebook)
    else:
        new = [cell.document for cell in array.cells or ()]
        session.set_notebook(notebook, order[: array.start] + new + order[array.start + array.delete_count :])
    for item in structure.did_open or ():
        session.open_document(item.uri, item.language_id, item.version, item.text)
    for closed in structure.did_close or ():
        session.close_document(closed.uri)


def lose_notebook(server: "ForetokenServer", params: Any) -> None:
    """The notification could not be read, so none of the notebook's texts can be trusted."""
    notebook = params.get("notebookDocument") if isinstance(params, dict) else None
    uri = notebook.get("uri") if isinstance(notebook, dict) else None
    if not isinstance(uri, str):
        return
    cells = [cell for cell in server.session.notebook_cells(uri) or () if cell in server.session.documents]
    lost = [server.session.documents.lose(cell, "the editor sent a change that cannot be read") for cell in cells]
    if any(error.first for error in lost):
        server.tell_user(f"Foretoken: suggestions for {uri} are paused until it is opened again")
