"""foretoken/status: what the server is doing, for an editor's status line and for bug reports. It holds no source."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from foretoken.lsp.to_proto import engine_status, index_status
from foretoken.text.cancel import CancelToken

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def status(server: "ForetokenServer", params: Any, cancel: CancelToken) -> dict[str, Any]:
    """Any parameters are accepted. ``model`` and ``last.timings`` keep llama.cpp's names; see ModelInfo, LastAnswer."""
    session, counters = server.session, server.session.counters
    info = server.engine.info
    on_battery = server.power.on_battery()
    return {
        "version": server.version,
        "editor": {"name": server.client.name, "version": server.client.version},
        "positionEncoding": session.documents.encoding.value,
        "engine": engine_status(server.engine.status),
        "model": asdict(info) if info is not None else None,
        "index": index_status(server.index.status),
        "documents": len(session.documents),
        "outOfSync": session.documents.lost(),
        "inFlight": session.in_flight,
        "requests": counters.requests,
        "shown": counters.shown,
        "refusals": dict(counters.refusals),
        "anchors": {
            "fixed": dict(counters.anchors),
            "adopted": dict(counters.adopted),
            "prefilled": counters.prefilled,
        },
        "background": {"onBattery": on_battery, "paused": server.background_paused},
        "last": asdict(counters.last) if counters.last is not None else None,
        "log": str(server.log_path) if server.log_path else None,
    }
