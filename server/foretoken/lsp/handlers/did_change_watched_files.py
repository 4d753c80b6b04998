"""workspace/didChangeWatchedFiles: what other programs did, where the editor watches for us."""

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def did_change_watched_files(server: "ForetokenServer", params: types.DidChangeWatchedFilesParams) -> None:
    server.index.files_changed([change.uri for change in params.changes])
