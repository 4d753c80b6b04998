"""The gateway's own port: opened, moved and closed while the model stays. The gateway is imported when it is wanted."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from foretoken.engine.options import GatewayOptions
from foretoken.text.wire import WireError

log = logging.getLogger(__name__)

CLOSE_SECONDS = 2.0
KEEP_ALIVE = 3600  # seconds: the engine's client closes idle connections first
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def server_config(app: ASGIApp) -> uvicorn.Config:
    """How every port of this process is served."""
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=1,
    )


class QuietServer(uvicorn.Server):
    """Leaves the process' signals alone: what they bring about is the process' own affair."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class GatewayPort:
    """make: the gateway's application for these options; called when a port is opened, which is when it is imported."""

    def __init__(self, make: Callable[[GatewayOptions], ASGIApp]) -> None:
        self._make = make
        self._options = GatewayOptions()
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._bound = 0
        self._problem = ""

    @property
    def open(self) -> bool:
        return self._server is not None

    def describe(self) -> dict[str, Any]:
        """For /health. port: None = closed. problem: a sentence, or ""."""
        port = self._bound if self.open else None
        return {"host": self._options.host, "port": port, "problem": self._problem}

    async def set(self, options: GatewayOptions) -> None:
        """What cannot be had is told by ``describe``; everything else goes on."""
        async with self._turn:
            if options == self._options and (self.open or not options.enabled):
                return
            await self._close()
            self._options, self._problem = options, ""
            if options.enabled:
                await self._open(options)

    async def close(self) -> None:
        async with self._turn:
            await self._close()

    async def _open(self, options: GatewayOptions) -> None:
        try:
            # The name may have several addresses; the first one that can be had counts.
            found = await asyncio.get_running_loop().getaddrinfo(options.host, options.port, type=socket.SOCK_STREAM)
            family, kind, _, _, address = found[0]
            listener = _listen(family, kind, address)
        except OSError as error:
            self._problem = (
                f"Other tools' port {options.host}:{options.port} cannot be opened: {error.strerror or error}. "
                "Set gateway.port to another one."
            )
            log.warning("%s", self._problem)
            return
        try:
            app = await asyncio.to_thread(self._make, options)
        except ImportError as error:
            listener.close()
            self._problem = f"The gateway cannot be loaded: {error}."
            log.warning("%s", self._problem)
            return
        self._bound = listener.getsockname()[1]
        self._server = QuietServer(server_config(app))
        self._serving = asyncio.get_running_loop().create_task(self._server.serve(sockets=[listener]))
        log.info("other tools are served on %s:%d", options.host, self._bound)

    async def _close(self) -> None:
        server, serving = self._server, self._serving
        self._server = self._serving = None
        if server is not None and serving is not None:
            server.should_exit = True
            await asyncio.wait({serving}, timeout=CLOSE_SECONDS)
            serving.cancel()


def _listen(family: int, kind: int, address: Any) -> socket.socket:
    # With the protocol named asyncio sends small answers at once (TCP_NODELAY).
    listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # on Windows a port could be taken twice otherwise
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # a port that was just closed may be opened again at once
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    return listener


def gateway_from_wire(value: object) -> GatewayOptions:
    """Raises WireError naming the first field that is wrong."""
    if not isinstance(value, dict):
        raise WireError("the body must be a JSON object")
    enabled, without = value.get("enabled", False), value.get("without_token", False)
    host, token, port = value.get("host", "127.0.0.1"), value.get("token", ""), value.get("port", 0)
    if not isinstance(enabled, bool) or not isinstance(without, bool):
        raise WireError("enabled and without_token must be true or false")
    if not isinstance(host, str) or not isinstance(token, str):
        raise WireError("host and token must be strings")
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port < 1 << 16:
        raise WireError("port must be a whole number from 0 to 65535")
    if enabled and without and host not in LOOPBACK:
        raise WireError("without a token only this machine may be served: set gateway.host to 127.0.0.1")
    if enabled and not token and not without:
        raise WireError("a token is required")
    return GatewayOptions(enabled, host, port, token, without)
