"""Prepare a fresh anchor after an answer, and hand it to the session when it is ready."""

from typing import TYPE_CHECKING

from foretoken.engine.engine import EngineState
from foretoken.features.reanchor import fresh_anchor, prefill
from foretoken.lsp.until_cancelled import until_cancelled
from foretoken.session.snapshot import Snapshot
from foretoken.text.cancel import Cancelled
from foretoken.text.generation import Timings

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


async def reanchor(server: "ForetokenServer", snapshot: Snapshot) -> None:
    """Background work for a request that saw ``snapshot``; most often there is nothing to do."""
    session, engine = server.session, server.engine
    if server.background_paused:
        return
    if engine.info is None or engine.status.state is not EngineState.READY:
        return
    found = fresh_anchor(snapshot, engine.info)
    if found is None:
        return
    fresh, cause = found
    cancel = session.prepare_anchor(snapshot, fresh, cause)
    if cancel is None:
        return
    timings: Timings | None = None
    try:
        timings = await until_cancelled(prefill(snapshot, fresh, engine, cancel), cancel)
    except Cancelled:
        return
    finally:
        session.anchor_prepared(snapshot.document.uri, cancel, timings)
