"""workspace/didChangeConfiguration"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def did_change_configuration(server: "ForetokenServer", params: Any) -> None:
    server.configuration.changed(params.get("settings") if isinstance(params, dict) else None)
