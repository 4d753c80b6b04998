"""workspace/didChangeWorkspaceFolders"""

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def did_change_workspace_folders(server: "ForetokenServer", params: types.DidChangeWorkspaceFoldersParams) -> None:
    for folder in params.event.removed:
        server.session.folders.remove(folder.uri)
    for folder in params.event.added:
        server.session.folders.add(folder.uri, folder.name)
    server.configuration.load()  # the first folder may hold a settings file
    server.index.refresh()
