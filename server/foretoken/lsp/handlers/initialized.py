"""initialized: from now on the server may ask and tell."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def initialized(server: "ForetokenServer", params: Any) -> None:
    server.configuration.start()
    server.engine_progress.start()
    server.index.start()
    server.power.on_battery()  # looks, so that the first request knows
