"""shutdown: give up what is in flight; only exit may follow."""

from typing import TYPE_CHECKING, Any

from foretoken.lsp.door_phase import Phase
from foretoken.text.cancel import CancelToken

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def shutdown(server: "ForetokenServer", params: Any, cancel: CancelToken) -> None:
    server.protocol.phase = Phase.SHUT_DOWN
    server.session.cancel_all("shutdown")
