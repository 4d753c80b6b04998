"""The doctor on the port that other tools may use."""

import socket
from collections.abc import Iterator

from foretoken import app
from foretoken.cli.check import Check, State
from foretoken.engine.options import address_text
from foretoken.session.settings import Settings

GROUP = "other tools"
CONNECT_SECONDS = 1.0


def check_gateway(settings: Settings) -> Iterator[Check]:
    """Whether it is wanted, whether it can be had, and whether somebody listens there."""
    if settings.engine.url and settings.gateway.enabled:
        yield Check(
            GROUP, "port", State.WARN, "closed: engine.url names another server", "Point your tools at that one."
        )
        return
    options = app.gateway_options(settings)
    if options.problem:
        yield Check(GROUP, "port", State.WARN, options.problem, "Correct the settings gateway.*.")
        return
    if not options.enabled:
        yield Check(GROUP, "port", State.INFO, "closed (gateway.enabled opens it)")
        return
    address = address_text(options.host, options.port)
    try:
        socket.create_connection((options.host, options.port), CONNECT_SECONDS).close()
    except OSError:
        yield Check(GROUP, "port", State.INFO, f"{address}: nobody listens; it opens with the next editor window")
        return
    yield Check(GROUP, "port", State.OK, f"{address} is open{'' if options.token else ', without a token'}")
