"""``python -m foretoken.runtime``: one model process. It lives as long as its standard input is open, or, once it is
shared, as long as windows are attached (``lifetime.py``).

The bearer token comes through the environment, never through the arguments, which every user of the machine can
read. Standard output stays empty; the log goes to a file.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from foretoken import __version__
from foretoken.engine.discovery import machine, write_private
from foretoken.engine.launch import RUNTIME_ENVIRONMENT, STDERR_SUFFIX, TOKEN_VARIABLE, log_name
from foretoken.logs import private_folder, rotating_file, set_level
from foretoken.runtime.counters import Counters
from foretoken.runtime.options import LoadOptions
from foretoken.runtime.status import RuntimeState, StatusBoard
from foretoken.runtime.worker import Worker

log = logging.getLogger("foretoken.runtime")
LOG_BYTES, LOG_FILES = 1 << 20, 3
EXIT_DEFECT = 70  # EX_SOFTWARE
GRACE = 2.0  # seconds for open answers when the process leaves


def main() -> None:
    arguments = _arguments()
    for name, value in RUNTIME_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    secret = os.environ.pop(TOKEN_VARIABLE, "") or secrets.token_urlsafe(32)
    if arguments.log_dir is not None:
        arguments.log_file = arguments.log_dir / log_name(os.getpid())
    _log_to(arguments.log_file, arguments.log_level, private=arguments.log_dir is not None)
    threading.excepthook = _on_thread_defect
    # With the protocol named asyncio sends small answers at once (TCP_NODELAY); uvloop does in any case.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    # Before anything slow: the parent connects while llama.cpp and the model are still being loaded.
    write_discovery(arguments.discovery, listener.getsockname()[1])
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(listener, secret, arguments, sys.stdin.fileno()))
    _leave(arguments.discovery)


async def serve(listener: socket.socket, secret: str, arguments: argparse.Namespace, parent_fd: int) -> None:
    """Serve until ``parent_fd`` reaches its end while the process is not shared, or it leaves for another reason."""
    loop = asyncio.get_running_loop()
    status = StatusBoard(loop)
    counters = Counters()
    worker = Worker(status, counters)
    worker.start()
    options = _options(arguments)
    if options is not None:
        worker.load(options)
    # While these are imported the worker imports llama.cpp.
    from foretoken.runtime.app import Counted, create_app
    from foretoken.runtime.control import Control
    from foretoken.runtime.gateway_claims import GatewayClaims
    from foretoken.runtime.gateway_mount import LazyGateway
    from foretoken.runtime.gateway_port import GatewayPort, QuietServer, server_config
    from foretoken.runtime.lifetime import PARENT, STOPPED, Lifetime
    from foretoken.runtime.residence import Residence

    gateway = LazyGateway(worker, status, counters)
    port = GatewayPort(lambda wanted: Counted(gateway.make(wanted), lifetime))

    def on_leave(_reason: str) -> None:
        residence.move_out()
        _stop_work(worker)
        server.should_exit = True

    lifetime = Lifetime(loop, on_leave, stays=lambda: port.open or status.status.state is RuntimeState.LOADING)
    log_file = str(arguments.log_file or "")
    where = listener.getsockname()[1]
    residence = Residence(secret, arguments.discovery.parent, log_file, where, lifetime, counters)
    claims = GatewayClaims(port, lifetime.name)
    control = Control(worker, status, lifetime, residence, claims)
    app = create_app(secret, status, worker, counters, control, gateway.own(secret))
    server = QuietServer(server_config(app))

    def parent_is_gone() -> bool:
        if lifetime.shared:
            return False
        _stop_work(worker)
        loop.call_soon_threadsafe(lifetime.leave, PARENT)
        return True

    threading.Thread(target=_watch_parent, args=(parent_fd, parent_is_gone), name="parent", daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(lifetime.leave, STOPPED))
    log.info("listening on port %d", where)
    await server.serve(sockets=[listener])
    await port.close()
    worker.stop()


def _stop_work(worker: Worker) -> None:
    """The process leaves of its own accord: nothing that is being evaluated is to blame, and nothing may hold it up."""
    worker.stop()
    if worker.journal is not None:
        worker.journal.clear()
    timer = threading.Timer(GRACE, os._exit, (0,))
    timer.daemon = True
    timer.start()


def _watch_parent(fd: int, gone: Callable[[], bool]) -> None:
    """Nothing is ever written to our standard input: its end means that the parent is gone, however it went, or that the
    process is shared and needs it no longer."""
    with contextlib.suppress(OSError):
        while os.read(fd, 1024):
            pass
    if gone():
        log.info("the parent is gone")


def _leave(discovery: Path) -> None:
    """End the process and remove what was made for it; a folder that holds anything else stays."""
    for path in (discovery, discovery.with_suffix(STDERR_SUFFIX)):
        with contextlib.suppress(OSError):
            path.unlink()
    with contextlib.suppress(OSError):
        discovery.parent.rmdir()
    logging.shutdown()
    # A thread inside llama_decode cannot be joined; ending in the normal way would free what it uses.
    os._exit(0)


def _on_thread_defect(arguments: threading.ExceptHookArgs) -> None:
    """No thread here may die alone: somebody would wait for it for ever. The supervisor starts a clean process."""
    log.critical("a thread failed", exc_info=(arguments.exc_type, arguments.exc_value, arguments.exc_traceback))
    logging.shutdown()
    os._exit(EXIT_DEFECT)


def write_discovery(path: Path, port: int) -> None:
    """Tell the parent where we listen: written whole, readable by this user alone."""
    write_private(path, {"pid": os.getpid(), "port": port, "version": __version__, "machine": machine()})


def _loop_factory() -> object | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


def _log_to(path: Path | None, level: str, private: bool = False) -> None:
    """A log that cannot be written must not keep the model from being loaded: then there is none.

    private: its folder holds nothing but logs, and is made its owner's alone.
    """
    handler: logging.Handler = logging.NullHandler()
    if path is not None:
        with contextlib.suppress(OSError):
            if private:
                private_folder(path.parent)
            else:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handler = rotating_file(path, LOG_BYTES, LOG_FILES)
    logging.raiseExceptions = False
    logging.getLogger().addHandler(handler)
    set_level(level)


def _options(arguments: argparse.Namespace) -> LoadOptions | None:
    if arguments.model is None:
        return None
    return LoadOptions(arguments.model, arguments.n_ctx, arguments.threads, arguments.gpu_layers)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m foretoken.runtime", description="Serve one model on loopback.")
    parser.add_argument("--discovery", type=Path, required=True, help="file to write pid and port to")
    parser.add_argument("--model", type=Path, help="GGUF file; without it, the first POST /load names one")
    parser.add_argument("--n-ctx", type=int, default=8192, help="context window in tokens")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 = all cores but one")
    parser.add_argument("--gpu-layers", type=int, default=-1, help="layers on the GPU; -1 = all")
    parser.add_argument("--log-file", type=Path, help="rotated log file; without it nothing is logged")
    parser.add_argument("--log-dir", type=Path, help="folder for a log file that is named after the process")
    parser.add_argument("--log-level", choices=("error", "warning", "info", "debug"), default="info")
    return parser.parse_args()


if __name__ == "__main__":
    main()
