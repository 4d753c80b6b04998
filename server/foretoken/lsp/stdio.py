"""The server on standard input and output.

The two descriptors are moved away before anything else can write to them: one stray line on standard output makes
VS Code drop the connection for good. Input is read by a thread of its own, so no amount of other work makes the server
deaf, and with ``os.read``, which holds no lock that the interpreter would wait for when it ends.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from foretoken.lsp.framing import BadFrame, FrameReader
from foretoken.lsp.memory import keep_freed_memory
from foretoken.lsp.parent_watch import POLL_SECONDS, process_ended
from foretoken.lsp.server import EngineFactory, ForetokenServer, build_server
from foretoken.lsp.workspace_index import IndexFactory
from foretoken.session.session import Session
from foretoken.session.settings_sources import SettingsSources

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
_CHUNK = 1 << 16


def take_stdio() -> tuple[int, int]:
    """New descriptors for the editor's pipes. Standard input then reads nothing; what is written to standard output by
    anyone goes to standard error.
    """
    if sys.stdout is not None:
        sys.stdout.flush()
    rpc_in, rpc_out = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    try:
        os.dup2(2, 1)
    except OSError:  # the editor gave no standard error
        os.dup2(null, 1)
    os.close(null)
    for descriptor in (rpc_in, rpc_out):
        if sys.platform == "win32":
            import msvcrt

            msvcrt.setmode(descriptor, os.O_BINARY)
        else:  # a pipe that the editor made non-blocking would fail in the middle of a message
            os.set_blocking(descriptor, True)
    return rpc_in, rpc_out


async def serve_stdio(
    session: Session,
    engine_factory: EngineFactory,
    *,
    sources: SettingsSources | None = None,
    log_path: Path | None = None,
    client_process_id: int | None = None,
    poll_seconds: float = POLL_SECONDS,
    index_factory: IndexFactory | None = None,
) -> int:
    """Serve one editor; returns the exit code.

    0 after ``shutdown``; 1 when the editor left without: it said ``exit``, closed the pipe, or its process ended
    (``client_process_id``, or ``processId`` in ``initialize``). engine_factory, index_factory: see ``build_server``.
    """
    loop = asyncio.get_running_loop()
    rpc_in, rpc_out = take_stdio()
    keep_freed_memory()
    over: asyncio.Future[int] = loop.create_future()
    server = build_server(session, engine_factory, sources=sources, log_path=log_path, index_factory=index_factory)

    def leave(code: int | None = None) -> None:
        if not over.done():
            over.set_result(server.exit_code() if code is None else code)

    async def watch(pid: int) -> None:
        await process_ended(pid, poll_seconds)
        logger.warning("the editor's process %d ended", pid)
        leave()

    server.on_exit = leave
    server.on_client_process = lambda pid: server.spawn(watch(pid))
    server.protocol.on_disconnect = leave
    server.protocol.set_writer(_Writer(rpc_out))
    if client_process_id is not None:
        server.spawn(watch(client_process_id))
    _leave_on_signals(loop, leave)
    threading.Thread(target=_read, args=(rpc_in, loop, server, leave), name="lsp-stdin", daemon=True).start()
    try:
        return await over
    finally:
        await _close(server)


class _Writer:
    """pygls' writer over a descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes) -> None:
        """Raises OSError when nobody reads any more."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def close(self) -> None:
        os.close(self._descriptor)


def _read(descriptor: int, loop: asyncio.AbstractEventLoop, server: ForetokenServer, leave: Callable[[], None]) -> None:
    """Runs in the reading thread: hands each message to the loop, in order."""
    frames = FrameReader()
    try:
        while data := os.read(descriptor, _CHUNK):
            for frame in frames.feed(data):
                if isinstance(frame, BadFrame):
                    loop.call_soon_threadsafe(server.protocol.reject_frame, frame.reason)
                else:
                    loop.call_soon_threadsafe(server.protocol.receive, frame)
        logger.info("the editor closed the pipe")
    except OSError as error:
        logger.warning("the editor's pipe failed: %s", error)
    except RuntimeError:  # the loop is closed: the server is leaving
        return
    try:
        loop.call_soon_threadsafe(leave)
    except RuntimeError:
        return


def _leave_on_signals(loop: asyncio.AbstractEventLoop, leave: Callable[[], None]) -> None:
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, leave)
        except (NotImplementedError, RuntimeError, ValueError):  # Windows; or not the main thread
            return


async def _close(server: ForetokenServer) -> None:
    try:
        await asyncio.wait_for(server.close(), CLOSE_SECONDS)
    except TimeoutError:
        logger.error("the engine and the workspace worker did not close within %g seconds", CLOSE_SECONDS)
