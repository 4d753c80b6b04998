"""The gateway in this process, imported when it is first asked: who uses no other tools pays nothing for it."""

import asyncio
import socket

from starlette.types import ASGIApp, Receive, Scope, Send

from foretoken.engine.options import LOOPBACK, GatewayOptions
from foretoken.runtime.counters import Counters
from foretoken.runtime.status import StatusBoard
from foretoken.runtime.worker import Worker


class LazyGateway:
    """Makes the gateway's applications for this process' worker."""

    def __init__(self, worker: Worker, status: StatusBoard, counters: Counters) -> None:
        self._worker = worker
        self._status = status
        self._counters = counters

    def make(self, options: GatewayOptions) -> ASGIApp:
        """For a port of its own. Blocking: imports it. Raises ImportError."""
        token = None if options.without_token else options.token
        return self._create(token, _names(options.host))

    def own(self, secret: str) -> ASGIApp:
        """For the runtime's own port, behind its guard."""
        app: ASGIApp | None = None

        async def gateway(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal app
            if app is None:
                made = await asyncio.to_thread(self._create, secret, ())
                app = app or made
            await app(scope, receive, send)

        return gateway

    def _create(self, token: str | None, hosts: tuple[str, ...]) -> ASGIApp:
        from foretoken.gateway.app import create_gateway
        from foretoken.gateway.guard import Access

        return create_gateway(self._worker, self._status, self._counters, Access(token, hosts))


def _names(host: str) -> tuple[str, ...]:
    """Beside the loopback ones, the names under which clients ask who reach us at ``host``; without ports."""
    if host in LOOPBACK:
        return ()
    import psutil

    addresses = {host}
    if host in ("0.0.0.0", "::"):
        addresses = {found.address.partition("%")[0] for card in psutil.net_if_addrs().values() for found in card}
    names = {f"[{address}]" if ":" in address else address for address in addresses}
    return tuple(sorted(names | {socket.gethostname(), socket.getfqdn()}))
