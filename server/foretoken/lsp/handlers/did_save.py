"""textDocument/didSave: the saved text brings back a document that went out of sync."""

import logging
from typing import TYPE_CHECKING

from lsprotocol import types

from foretoken.session.documents import UnknownDocument

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer

logger = logging.getLogger(__name__)


def did_save(server: "ForetokenServer", params: types.DidSaveTextDocumentParams) -> None:
    try:
        server.session.save_document(params.text_document.uri, params.text)
    except UnknownDocument as error:
        logger.info("ignored a save: %s", error)
