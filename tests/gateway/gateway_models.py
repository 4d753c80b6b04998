"""Tiny models that can be spoken to, and a server for them."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from foretoken.gateway.app import Limits, create_gateway
from foretoken.gateway.guard import Access
from foretoken.runtime.counters import Counters
from foretoken.runtime.options import LoadOptions
from foretoken.runtime.status import StatusBoard
from foretoken.runtime.worker import Worker

TEMPLATES = Path(__file__).parent / "templates"
# The control tokens of all those templates.
CONTROLS = (
    "<|im_start|>", "<|im_end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<｜User｜>", "<｜Assistant｜>",
    "<｜end▁of▁sentence｜>", "<｜tool▁calls▁begin｜>", "<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>",
    "<｜tool▁calls▁end｜>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]",
    "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "<s>", "</s>", "<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>",
    "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<start_of_turn>", "<end_of_turn>",
)  # fmt: skip
TOKEN = "a-secret"
SECONDS = 60
BUFFER = 1 << 14  # bytes that the system holds of what nobody has read; it takes megabytes otherwise


def template(name: str) -> str:
    return (TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8")


class Served:
    """A gateway at ``url``, with what stands behind it. model None: no model is ever named."""

    def __init__(self, model: Path | None, access: Access, limits: Limits | None, n_ctx: int) -> None:
        self._model = model
        self._access = access
        self._limits = limits
        self._n_ctx = n_ctx
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.counters = Counters()

    def __enter__(self) -> "Served":
        self._thread.start()
        assert self._started.wait(SECONDS)
        return self

    def __exit__(self, *_error: object) -> None:
        self.worker.stop()
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {TOKEN}"} if self._access.token else {}

    def connect(self) -> socket.socket:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        connection.settimeout(SECONDS)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def post_head(self, path: str, length: int) -> bytes:
        lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()

    async def _serve(self) -> None:
        self.status = StatusBoard(asyncio.get_running_loop())
        self.worker = Worker(self.status, self.counters)
        self.worker.start()
        if self._model is not None:
            self.worker.load(LoadOptions(self._model, self._n_ctx, 1, 0))
        app = create_gateway(self.worker, self.status, self.counters, self._access, self._limits)
        # With its protocol named, or asyncio leaves Nagle's algorithm on: 40 ms for each answer.
        listener = socket.socket(proto=socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(app, ws="none", lifespan="off", log_config=None, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        listener.listen(64)
        self._started.set()
        with contextlib.suppress(asyncio.CancelledError):
            await self._server.serve(sockets=[listener])


@contextlib.contextmanager
def serving(
    model: Path | None, token: str | None = TOKEN, limits: Limits | None = None, n_ctx: int = 2048
) -> Iterator[Served]:
    with Served(model, Access(token), limits, n_ctx) as served:
        yield served
