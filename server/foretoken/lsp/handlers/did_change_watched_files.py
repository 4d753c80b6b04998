"""workspace/didChangeWatchedFiles: what other programs did, where the editor watches for us."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def did_change_watched_files(server: "ForetokenServer", params: Any) -> None:
    """params as they came, see file_changes."""
    changes = params.get("changes") if isinstance(params, dict) else None
    if isinstance(changes, list):
        server.index.files_changed(changes)
