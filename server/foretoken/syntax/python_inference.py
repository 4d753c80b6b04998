"""PythonInference: what jedi knows of a place in Python text, asked of a process of its own, under a time limit.

jedi is kept out of the process that asks, for three reasons. It puts the workspace's source roots into ``sys.path``
while it looks for a module (``jedi/inference/compiled/subprocess/functions.py``), so any import that another thread did
at that moment could run the workspace's code. What it computes cannot be stopped from outside, and a process can. And
what it keeps of the files it has read goes back to the system only when its process ends.

One query at a time. A query that is not answered in time is *late*: the caller goes on, and the process has a little
longer, so that what it read on the way serves the next query; then it ends itself.
"""

import json
import logging
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from foretoken.text.line_index import LineIndex
from foretoken.text.position import PositionEncoding

_logger = logging.getLogger(__name__)

LARGEST_TEXT = 1_000_000  # code points; jedi takes seconds to read more
# A process that dies this often without an answer between is not started again for a while.
_MOST_DEATHS = 3
_PAUSE_SECONDS = 60.0


class Trouble(StrEnum):
    """Why there is no answer. An empty answer without trouble means that jedi knows nothing of the place."""

    NONE = ""
    LATE = "late"  # not within the time limit
    FAILED = "failed"  # jedi raised an error, or its process died
    LARGE = "large"  # more text than jedi reads in a useful time
    UNAVAILABLE = "unavailable"  # the process does not start, or died several times in a row and rests


@dataclass(frozen=True, slots=True)
class PythonName:
    """Something that jedi found.

    path: the file that defines it, absolute; "" for what no file defines. kind: jedi's word (module, class, instance,
    function, param, path, keyword, property, statement). line: from 0, by LSP's line ends; column: in code points; both
    0 where there is no place. signature: "name(a, b=1) -> int", "" for what cannot be called. doc: its
    docstring's first line. Neither is shortened, so that secrets can still be found in them.
    """

    name: str
    kind: str
    path: str
    line: int
    column: int
    full_name: str
    signature: str
    doc: str


@dataclass(frozen=True, slots=True)
class PythonSignature:
    """A call that the place is inside of. parameters: as written, with defaults and annotations. index: the parameter
    that the place belongs to, None when it belongs to none. path: the file that defines it, see PythonName.
    """

    name: str
    parameters: tuple[str, ...]
    index: int | None
    doc: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class PythonAnswer:
    names: tuple[PythonName, ...] = ()
    signatures: tuple[PythonSignature, ...] = ()
    trouble: Trouble = Trouble.NONE


class PythonInference:
    """jedi for one workspace folder. Its methods block, at most ``seconds`` and what starting a process takes.

    root: the workspace folder. sys_path: source roots and library folders, absolute, in order (``python_libraries``).
    cache: a folder for parsed libraries; files of the workspace are never written there. seconds: how long a caller
    waits. patience: how long a query may take at all, before its process ends itself. memory: bytes of the process from
    which on it forgets what it has read, and ends if that does not help; four times as much it never gets (POSIX).
    """

    def __init__(
        self,
        root: Path,
        sys_path: Sequence[str],
        cache: Path,
        *,
        seconds: float = 0.5,
        patience: float = 5.0,
        memory: int = 200 * 2**20,
    ) -> None:
        self._start = {
            "root": str(root),
            "sys_path": list(sys_path),
            "cache": str(cache),
            "patience": patience,
            "memory": memory,
        }
        self._cache = cache
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._deaths = 0
        self._paused_until = 0.0
        self._asked = time.monotonic()

    def goto(self, text: str, path: str, offset: int) -> PythonAnswer:
        """Where the name at ``offset`` of ``text`` is defined, imports looked through. path: the file's, absolute."""
        return self._ask("goto", text, path, offset)

    def infer(self, text: str, path: str, offset: int) -> PythonAnswer:
        """The types of the name or value at ``offset``."""
        return self._ask("infer", text, path, offset)

    def names(self, text: str, path: str, offset: int) -> PythonAnswer:
        """What can stand at ``offset``, 200 at most: the members of what is before the dot, or the names in scope."""
        return self._ask("names", text, path, offset)

    def signatures(self, text: str, path: str, offset: int) -> PythonAnswer:
        """The signatures of the call around ``offset``."""
        return self._ask("signatures", text, path, offset)

    def close(self) -> None:
        """End the process. A later query starts another."""
        with self._lock:
            self._end()

    def close_idle(self, seconds: float) -> None:
        """End the process, and give its memory back, when it was not asked anything for so long."""
        with self._lock:
            if time.monotonic() - self._asked >= seconds:
                self._end()

    @property
    def pid(self) -> int | None:
        """The running process, for looking; None while there is none."""
        process = self._process
        return process.popen.pid if process is not None and process.popen.poll() is None else None

    def _ask(self, what: str, text: str, path: str, offset: int) -> PythonAnswer:
        if len(text) > LARGEST_TEXT:
            return PythonAnswer(trouble=Trouble.LARGE)
        deadline = time.monotonic() + self._seconds
        if not self._lock.acquire(timeout=self._seconds):
            return PythonAnswer(trouble=Trouble.LATE)
        try:
            self._asked = time.monotonic()
            if self._process is not None and not self._process.settled(deadline):
                return PythonAnswer(trouble=Trouble.LATE)
            process = self._running()
            if process is None:
                return PythonAnswer(trouble=Trouble.UNAVAILABLE)
            # parso leaves a byte order mark out of its columns.
            marked = text.startswith("\ufeff")
            line, column = LineIndex.of(text).position_at(offset, PositionEncoding.UTF_32)
            if marked:
                text, column = text[1:], column - 1 if line == 0 and column else column
            query = {"what": what, "text": text, "path": path, "line": line, "column": column}
            reply = process.ask(query, deadline)
            if reply is None:
                return PythonAnswer(trouble=Trouble.LATE)
            answer = self._answer(reply)
            return _after_mark(answer, path) if marked else answer
        finally:
            self._lock.release()

    def _answer(self, reply: dict[str, Any]) -> PythonAnswer:
        if "names" not in reply:
            _logger.info("jedi gave no answer: %s", reply.get("error", "its process ended"))
            if "error" not in reply:
                self._died()
                self._end()
            return PythonAnswer(trouble=Trouble.FAILED)
        self._deaths = 0
        if reply.get("leaving"):
            self._end()
        return PythonAnswer(
            tuple(PythonName(**name) for name in reply["names"]),
            tuple(PythonSignature(**{**one, "parameters": tuple(one["parameters"])}) for one in reply["signatures"]),
        )

    def _running(self) -> "_Process | None":
        """The process, started when there is none; None while it rests."""
        process = self._process
        if process is not None and (process.ended or process.popen.poll() is not None):
            if process.ended_busy:
                self._died()
            self._end()
            process = None
        if process is None:
            if time.monotonic() < self._paused_until:
                return None
            try:
                process = self._process = _Process(self._start, self._cache)
            except OSError as error:
                _logger.warning("jedi's process did not start: %s", error)
                self._died()
                return None
        return process

    def _died(self) -> None:
        self._deaths += 1
        if self._deaths >= _MOST_DEATHS:
            self._deaths = 0
            self._paused_until = time.monotonic() + _PAUSE_SECONDS

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()


class _Process:
    """One process and the thread that reads its answers. Lines of JSON both ways; leaving is the end of its input."""

    def __init__(self, start: dict[str, Any], cache: Path) -> None:
        command = [sys.executable, "-P", "-m", "foretoken.syntax.python_inference_process"]
        folder = cache if cache.is_dir() else Path(tempfile.gettempdir())
        self.popen = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder
        )
        self.busy = False  # a query was sent, and neither an answer nor the process' end was seen
        self.ended = self.ended_busy = False  # its end was seen; while it was busy
        self._replies: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="jedi answers", daemon=True).start()
        self._write(start)

    def settled(self, deadline: float) -> bool:
        """Wait for the answer to a query that was given up, for a process takes one at a time; False when too late."""
        return not self.busy or self._next(deadline) is not None

    def ask(self, query: dict[str, Any], deadline: float) -> dict[str, Any] | None:
        """The answer, an empty one when the process ended; None when there is none at ``deadline`` (monotonic)."""
        self.busy = True
        self._write(query)
        return self._next(deadline)

    def end(self) -> None:
        self.popen.kill()
        self.popen.wait()
        for stream in (self.popen.stdin, self.popen.stdout):
            if stream is not None:
                _close(stream)

    def _next(self, deadline: float) -> dict[str, Any] | None:
        try:
            reply = self._replies.get(timeout=max(deadline - time.monotonic(), 0.0))
        except queue.Empty:
            return None
        self.ended, self.ended_busy = not reply, not reply and self.busy
        self.busy = False
        return reply

    def _write(self, message: dict[str, Any]) -> None:
        assert self.popen.stdin is not None
        try:
            self.popen.stdin.write(json.dumps(message).encode("ascii") + b"\n")
            self.popen.stdin.flush()
        except OSError:
            pass  # it ended; the reader says so

    def _read(self) -> None:
        assert self.popen.stdout is not None
        try:
            for line in self.popen.stdout:
                self._replies.put(json.loads(line))
        except (OSError, ValueError):
            pass  # closed by end(), or cut off by the process' death
        self._replies.put({})


def _after_mark(answer: PythonAnswer, path: str) -> PythonAnswer:
    """The answer with the first line's columns counted from the byte order mark."""
    names = (replace(one, column=one.column + 1) if one.line == 0 and one.path == path else one for one in answer.names)
    return replace(answer, names=tuple(names))


def _close(stream: Any) -> None:
    try:
        stream.close()
    except (OSError, ValueError):
        pass  # what was still to be written has no reader any more
