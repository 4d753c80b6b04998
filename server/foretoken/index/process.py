"""The worker's process, as the language server holds it: two threads at its pipes, its end, and its last words."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from foretoken.index.outbox import Outbox
from foretoken.index.wire import BadFrame, read_frame, write_all

LEAVE_SECONDS = 4.0  # for a worker whose input was closed
_WORDS = 32 * 1024  # bytes; a traceback of many threads comes after what it was


class WorkerProcess:
    """A started worker. heard: called on the event loop with each object that it sends. ended: set when its output ends.
    parsing: the path of the open document that it looks into at this moment, else empty.
    """

    def __init__(
        self, popen: subprocess.Popen[bytes], stderr: IO[bytes], heard: Callable[[dict[str, Any]], None]
    ) -> None:
        self._popen = popen
        self._stderr = stderr
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self.outbox = Outbox()
        self.ended = asyncio.Event()
        self.parsing = ""
        for work, name in ((self._read, "worker-out"), (self._write, "worker-in")):
            threading.Thread(target=work, name=name, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    def end(self) -> None:
        """Blocking. Closing its input asks it to leave."""
        self.outbox.close()
        for force in (lambda: None, self._popen.terminate, self._popen.kill):
            force()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(LEAVE_SECONDS)
                break

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            self._popen.kill()

    def obituary(self) -> str:
        """How it ended, for a person. Blocking, a moment."""
        try:
            code = self._popen.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            code = self._popen.wait()
        how = f"with exit code {code}"
        if code < 0:
            with contextlib.suppress(ValueError):
                how = f"by {signal.Signals(-code).name}"
        words = self._last_words()
        return f"{how}: {words}" if words else how

    def _last_words(self) -> str:
        """What Python or a failed assertion said last; one line."""
        try:
            size = self._stderr.seek(0, os.SEEK_END)
            self._stderr.seek(max(0, size - _WORDS))
            lines = self._stderr.read().decode("utf-8", "replace").strip().splitlines()
        except (OSError, ValueError):
            return ""
        # faulthandler's first line says what it was; the rest is where.
        fatal = [line for line in lines if line.startswith(("Fatal Python error", "Timeout ("))]
        return (fatal or lines or [""])[-1][:300]

    def _read(self) -> None:
        assert self._popen.stdout is not None
        try:
            while (message := read_frame(self._popen.stdout.fileno())) is not None:
                self._sort(message[0])
        except (BadFrame, OSError):
            self.kill()
        except RuntimeError:  # the loop is closed
            return
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.ended.set)

    def _sort(self, head: dict[str, Any]) -> None:
        """With every key a document is parsed; the loop need not hear of it."""
        match head.get("event"):
            case "parsing":
                self.parsing = head["path"]
            case "parsed":
                self.parsing = ""
            case _:
                self._loop.call_soon_threadsafe(self._heard, head)

    def _write(self) -> None:
        assert self._popen.stdin is not None
        with contextlib.suppress(OSError):
            while (data := self.outbox.take()) is not None:
                write_all(self._popen.stdin.fileno(), data)
        with contextlib.suppress(OSError):
            self._popen.stdin.close()


def spawn(log_dir: Path | None, log_level: str) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """Start a worker; returns it and where its standard error goes. Blocking, some milliseconds. Raises OSError."""
    # -P: without it a folder named foretoken or numpy in the user's workspace would be imported.
    command = [sys.executable, "-P", "-m", "foretoken.index", "--log-level", log_level]
    if log_dir is not None:
        command += ["--log-dir", str(log_dir)]
    # A session or group of its own: Ctrl-C in the editor's terminal is for the editor, and closing stdin ends it.
    separate: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        separate = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    stderr = tempfile.TemporaryFile()  # without a name: nothing is left of it
    popen = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        bufsize=0,
        env={**os.environ, "PYTHONSAFEPATH": "1"},  # for the processes that it starts
        **separate,
    )
    return popen, stderr
