"""exit: leave, with 0 after shutdown and 1 without."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def exit_(server: "ForetokenServer", params: Any) -> None:
    server.on_exit(server.exit_code())
