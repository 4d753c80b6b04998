"""``python -m foretoken.runtime``: one model process. It lives as long as its standard input is open.

The bearer token comes through the environment, never through the arguments, which every user of the machine can
read. Standard output stays empty; the log goes to a file.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import secrets
import socket
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from foretoken import __version__
from foretoken.engine.launch import RUNTIME_ENVIRONMENT, STDERR_SUFFIX, TOKEN_VARIABLE
from foretoken.logs import set_level
from foretoken.runtime.counters import Counters
from foretoken.runtime.options import LoadOptions
from foretoken.runtime.status import StatusBoard
from foretoken.runtime.worker import Worker

if TYPE_CHECKING:
    import uvicorn

log = logging.getLogger("foretoken.runtime")
LOG_BYTES, LOG_FILES = 1 << 20, 3
EXIT_DEFECT = 70  # EX_SOFTWARE
GRACE = 2.0  # seconds for open answers when the parent is gone
KEEP_ALIVE = 3600  # seconds: the client closes idle connections first


def main() -> None:
    arguments = _arguments()
    for name, value in RUNTIME_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    secret = os.environ.pop(TOKEN_VARIABLE, "") or secrets.token_urlsafe(32)
    _log_to(arguments.log_file, arguments.log_level)
    threading.excepthook = _on_thread_defect
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    # Before anything slow: the parent connects while llama.cpp and the model are still being loaded.
    write_discovery(arguments.discovery, listener.getsockname()[1])
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(listener, secret, _options(arguments), sys.stdin.fileno()))
    _leave(arguments.discovery)


async def serve(listener: socket.socket, secret: str, options: LoadOptions | None, parent_fd: int) -> None:
    """Serve until ``parent_fd`` reaches its end or a signal comes."""
    status = StatusBoard(asyncio.get_running_loop())
    counters = Counters()
    worker = Worker(status, counters)
    worker.start()
    if options is not None:
        worker.load(options)
    # While these are imported the worker imports llama.cpp.
    import uvicorn

    from foretoken.runtime.app import create_app

    config = uvicorn.Config(
        create_app(secret, status, worker, counters),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    threading.Thread(target=_watch_parent, args=(parent_fd, server, worker), name="parent", daemon=True).start()
    log.info("listening on port %d", listener.getsockname()[1])
    await server.serve(sockets=[listener])
    worker.stop()


def _watch_parent(fd: int, server: "uvicorn.Server", worker: Worker) -> None:
    """Nothing is ever written to our standard input: its end means that the parent is gone, however it went."""
    with contextlib.suppress(OSError):
        while os.read(fd, 1024):
            pass
    log.info("the parent is gone")
    worker.stop()
    server.should_exit = True
    timer = threading.Timer(GRACE, os._exit, (0,))
    timer.daemon = True
    timer.start()


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
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        json.dump({"pid": os.getpid(), "port": port, "version": __version__}, file)
    draft.replace(path)


def _loop_factory() -> object | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


def _log_to(path: Path | None, level: str) -> None:
    """A log that cannot be written must not keep the model from being loaded: then there is none."""
    handler: logging.Handler = logging.NullHandler()
    if path is not None:
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(
                path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", errors="backslashreplace"
            )
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
    parser.add_argument("--log-level", choices=("error", "warning", "info", "debug"), default="info")
    return parser.parse_args()


if __name__ == "__main__":
    main()
