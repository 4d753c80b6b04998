"""``python -m foretoken.index``: one workspace worker. It lives as long as its standard input is open.

It is a process of its own so that neither indexing nor inference holds the interpreter's lock of the language server's
event loop. Standard output carries the answers and nothing else.
"""

import argparse
import faulthandler
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

from foretoken.index.wire import BadFrame, frame, read_frame, write_all
from foretoken.index.worker import Worker
from foretoken.logs import set_level, start_logging

log = logging.getLogger("foretoken.index")

LEAVE_SECONDS = 3.0
EXIT_DEFECT = 70  # EX_SOFTWARE


def main() -> None:
    parser = argparse.ArgumentParser(prog="foretoken.index")
    parser.add_argument("--log-dir", type=Path)
    parser.add_argument("--log-level", default="info")
    arguments = parser.parse_args()
    faulthandler.enable()
    if arguments.log_dir is not None:
        start_logging("worker", arguments.log_level, arguments.log_dir)
    else:
        logging.getLogger().addHandler(logging.NullHandler())
        set_level(arguments.log_level)
    threading.excepthook = _on_thread_defect
    incoming, outgoing = _take_stdio()
    lock = threading.Lock()

    def say(head: dict[str, Any]) -> None:
        data = frame(head)
        try:
            with lock:
                write_all(outgoing, data)
        except OSError:  # nobody reads any more; the end of standard input follows
            return

    worker = Worker(say)
    worker.at_work.watch()
    try:
        while (message := read_frame(incoming)) is not None:
            head, body = message
            try:
                worker.receive(head, body)
            except (KeyError, TypeError, ValueError, OSError):
                log.exception("a message of the language server says nothing")
    except (BadFrame, OSError) as error:
        log.error("the language server's pipe failed: %s", error)
    _leave(worker)


def _leave(worker: Worker) -> None:
    """A thread that does not come to its end, such as one in a parser, must not keep the process."""
    timer = threading.Timer(LEAVE_SECONDS, lambda: os._exit(0))
    timer.daemon = True
    timer.start()
    worker.stop()
    logging.shutdown()
    os._exit(0)


def _take_stdio() -> tuple[int, int]:
    """The pipes' descriptors, moved to where no library writes by chance."""
    incoming, outgoing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.close(null)
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (incoming, outgoing):
            msvcrt.setmode(descriptor, os.O_BINARY)
    return incoming, outgoing


def _on_thread_defect(arguments: threading.ExceptHookArgs) -> None:
    """Half a worker is worse than none: the language server starts another one."""
    log.critical(
        "a thread failed", exc_info=(arguments.exc_type, arguments.exc_value or Exception(), arguments.exc_traceback)
    )
    sys.stderr.write(f"{arguments.exc_type.__name__} in the thread {getattr(arguments.thread, 'name', '?')}\n")
    logging.shutdown()
    os._exit(EXIT_DEFECT)


if __name__ == "__main__":
    main()
