"""initialize: who the editor is, where it works, and what it may ask for."""

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretoken.lsp.capabilities import server_capabilities
from foretoken.lsp.client import Client
from foretoken.lsp.door_phase import Phase
from foretoken.lsp.errors import InvalidParams
from foretoken.text.cancel import CancelToken
from foretoken.text.uris import file_uri

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def initialize(server: "ForetokenServer", params: Any, cancel: CancelToken) -> types.InitializeResult:
    if not isinstance(params, dict) or not isinstance(params.get("capabilities"), dict):
        raise InvalidParams("Invalid parameters: initialize needs an object with the editor's capabilities")
    server.client = Client.of(params)
    server.session.documents.encoding = server.client.encoding
    for uri, name in _folders(params):
        server.session.folders.add(uri, name)
    server.configuration.initialize(params.get("initializationOptions"))
    server.protocol.phase = Phase.RUNNING
    pid = params.get("processId")
    if isinstance(pid, int) and not isinstance(pid, bool) and pid > 0:
        server.on_client_process(pid)
    return types.InitializeResult(
        capabilities=server_capabilities(server.client), server_info=types.ServerInfo(server.name, server.version)
    )


def _folders(params: dict[str, Any]) -> list[tuple[str, str]]:
    """(URI, name) of each folder; the old rootUri and rootPath count only where there are no folders."""
    folders = params.get("workspaceFolders")
    if isinstance(folders, list) and folders:
        found = [folder for folder in folders if isinstance(folder, dict) and isinstance(folder.get("uri"), str)]
        return [(folder["uri"], str(folder.get("name") or "")) for folder in found]
    if isinstance(params.get("rootUri"), str):
        return [(params["rootUri"], "")]
    if isinstance(params.get("rootPath"), str):
        return [(file_uri(params["rootPath"]), "")]
    return []
