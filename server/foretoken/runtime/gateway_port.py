"""The gateway's own port: opened, moved and closed while the model stays. The gateway is imported when it is wanted."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from foretoken.engine.options import LOOPBACK, GatewayOptions, address_text
from foretoken.runtime.connections import BoundedProtocol, CappedProtocol
from foretoken.text.wire import WireError

log = logging.getLogger(__name__)

CLOSE_SECONDS = 2.0
KEEP_ALIVE = 3600  # seconds: the engine's client closes idle connections first
TOOLS_KEEP_ALIVE = 75  # other tools' clients have their own ideas


def server_config(app: ASGIApp, other_tools: bool = False) -> uvicorn.Config:
    """How a port of this process is served. other_tools: it is the gateway's own."""
    return uvicorn.Config(
        app,
        http=CappedProtocol if other_tools else BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=TOOLS_KEEP_ALIVE if other_tools else KEEP_ALIVE,
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
        self.options = GatewayOptions()
        self._server: uvicorn.Server | None = None
        self._listener: socket.socket | None = None
        self._serving: dict[asyncio.Task[None], uvicorn.Server] = {}  # closed ones too, while they answer
        self._turn = asyncio.Lock()
        self._bound = 0
        self.problem = ""

    @property
    def open(self) -> bool:
        return self._server is not None

    @property
    def where(self) -> str:
        return address_text(self.options.host, self._bound)

    def describe(self) -> dict[str, Any]:
        """For /health. port: None = closed. problem: a sentence, or ""."""
        port = self._bound if self.open else None
        without = self.open and self.options.without_token
        return {"host": self.options.host, "port": port, "without_token": without, "problem": self.problem}

    async def set(self, options: GatewayOptions) -> bool:
        """Whether it is so now. What cannot be had is told by ``describe``, and what was open before stays open."""
        async with self._turn:
            if options == self.options and (self.open or not options.enabled):
                self.problem = ""
                return True
            if not options.enabled:
                self._close()
                self.options, self.problem = options, ""
                return True
            return await self._open(options)

    async def close(self) -> None:
        """With everything that is being answered: the process leaves."""
        async with self._turn:
            self._close()
            for server in self._serving.values():
                server.force_exit = True
            serving = set(self._serving)
            if serving:
                await asyncio.wait(serving, timeout=CLOSE_SECONDS)
            for task in serving:
                task.cancel()

    async def _open(self, options: GatewayOptions) -> bool:
        """The new one first: when it cannot be had, the old one goes on."""
        try:
            same = self._listener is not None and (options.host, options.port) == (self.options.host, self.options.port)
            listener = self._listener.dup() if same and self._listener else await _bind(options.host, options.port)
        except (OSError, UnicodeError) as error:
            self._set_problem(_why_not(options, error))
            return False
        try:
            app = await asyncio.to_thread(self._make, options)
        except ImportError as error:
            listener.close()
            self._set_problem(f"The gateway cannot be loaded: {error}.")
            return False
        self._close()
        self.options, self.problem = options, ""
        self._bound = listener.getsockname()[1]
        self._listener = listener.dup()
        config = server_config(app, other_tools=True)
        config.timeout_graceful_shutdown = None  # closed, it still ends what it is answering
        self._server = server = QuietServer(config)
        serving = asyncio.get_running_loop().create_task(server.serve(sockets=[listener]))
        self._serving[serving] = server
        serving.add_done_callback(lambda task: self._serving.pop(task, None))
        log.info("other tools are served on %s", self.where)
        while not server.started and not serving.done():
            await asyncio.sleep(0)
        return True

    def _set_problem(self, problem: str) -> None:
        self.problem = problem
        log.warning("%s", problem)

    def _close(self) -> None:
        """Takes no more connections from now on; what is being answered is answered."""
        server, self._server = self._server, None
        if server is not None:
            for listening in server.servers:
                listening.close()
            server.should_exit = True
        if self._listener is not None:
            self._listener.close()
            self._listener = None


def _why_not(options: GatewayOptions, error: Exception) -> str:
    where = address_text(options.host, options.port)
    if isinstance(error, UnicodeError | socket.gaierror):
        return f"Other tools' port {where} cannot be opened: there is no such address. Set gateway.host to 127.0.0.1."
    said = error.strerror if isinstance(error, OSError) else ""
    cure = "Set gateway.host to 127.0.0.1." if getattr(error, "errno", 0) == errno.EADDRNOTAVAIL else ""
    return f"Other tools' port {where} cannot be opened: {said or error}. {cure or 'Set gateway.port to another one.'}"


async def _bind(host: str, port: int) -> socket.socket:
    """The name may have several addresses: the first one that can be had counts. Raises OSError or UnicodeError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    first: OSError | None = None
    for family, kind, _, _, address in found:
        try:
            return _listen(family, kind, address)
        except OSError as error:
            first = first or error
    raise first or OSError("it has no address")


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
