"""The analyser processes: files are handed out to them, and one that dies or hangs costs one file's facts."""

import dataclasses
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from foretoken.index.analyser_wire import Found, read_message, write_message
from foretoken.trust.stamp import stamp_of

BATCH_BYTES = 128 * 1024
BATCH_FILES = 32
# So many batches are being read or wait for being stored at most, not counting what was added first: a slow disk must not
# fill the memory. As many processes as there may be have work meanwhile.
MOST_UNSTORED = 8
HUNG_SECONDS = 30.0
# Bulk work gives way to whatever else the machine does; what somebody just saved does not.
BULK_NICE = 5
CRASHED = "the parser crashed on it"
HUNG = "the parser did not come to an end"


class Analysers:
    """``add`` files; ``results`` is called, on threads of this object's, with what was found of a batch. Say ``stored`` when
    that is dealt with: too many that are not, and nothing more is read of what was not added ``first``.

    Files that are added ``first`` have a process of their own, which stays, so that a saved file is seen at once whatever
    else is under way. For the others up to ``count`` processes with a low priority are started, which end with the work.
    """

    def __init__(
        self,
        root: Path,
        folder: Path,
        limit: int,
        count: int,
        results: Callable[[list[Found]], None],
        hung_seconds: float = HUNG_SECONDS,
        program: Sequence[str] = ("-P", "-m", "foretoken.index.analyser"),
    ) -> None:
        self._root = root
        self._command = [sys.executable, *program, str(root), str(folder), str(limit)]
        self._results = results
        self._hung_seconds = hung_seconds
        self._changed = threading.Condition()
        self._first = _Line(1, nice=0)
        self._bulk = _Line(count, nice=BULK_NICE)
        self._unstored = 0
        self._stopped = False

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is being read."""
        with self._changed:
            return not any(line.waiting or line.busy for line in (self._first, self._bulk))

    def backlog(self) -> int:
        """How many batches wait."""
        return len(self._bulk.waiting) + len(self._first.waiting)

    def add(self, files: Iterable[tuple[str, int]], first: bool = False) -> None:
        """files: paths relative to the workspace folder, with their sizes in bytes."""
        line = self._first if first else self._bulk
        with self._changed:
            line.waiting.extend(_Batch(paths) for paths in _batches(files))
            self._man(line, len(line.waiting) + line.busy)

    def warm(self, languages: Iterable[str]) -> None:
        """Have the queries of these languages compiled, so that the first file that is saved need not wait for it."""
        with self._changed:
            self._first.waiting.append(_Batch(tuple(languages)))
            self._man(self._first, 1)

    def stored(self, batches: int) -> None:
        """So many results are dealt with."""
        with self._changed:
            self._unstored -= batches
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget what waits, but not what was added first; what is being read is still told."""
        with self._changed:
            self._bulk.waiting.clear()

    def kill_hung(self) -> None:
        """End the processes that have had the same batch for too long. To be called now and then."""
        with self._changed:
            now = time.monotonic()
            for desk in (*self._first.desks, *self._bulk.desks):
                if desk.since is not None and now - desk.since > self._hung_seconds and desk.process is not None:
                    desk.hung = True
                    desk.process.kill()

    def stop(self) -> None:
        """End all processes, and wait for them."""
        with self._changed:
            self._stopped = True
            desks = [*self._first.desks, *self._bulk.desks]
            for desk in desks:
                if desk.process is not None:
                    desk.process.kill()
            self._changed.notify_all()
        for desk in desks:
            desk.thread.join()

    def _man(self, line: "_Line", wanted: int) -> None:
        while not self._stopped and len(line.desks) < min(line.count, wanted):
            desk = _Desk()
            desk.thread = threading.Thread(target=self._work, args=(line, desk), name="analyser", daemon=True)
            line.desks.append(desk)
            desk.thread.start()
        self._changed.notify_all()

    def _work(self, line: "_Line", desk: "_Desk") -> None:
        while (batch := self._next(line, desk)) is not None:
            found = self._ask(line, desk, batch)
            with self._changed:
                hung, desk.since = desk.hung, None
                if found is None:
                    desk.hung = False
                    self._leave(desk)
                    found = self._blamed(line, batch, hung)
                self._unstored += bool(found)
            if found:
                self._results(found)
            with self._changed:  # not before: who sees that nothing is at work must have been told everything
                line.busy -= 1
        with self._changed:
            self._leave(desk)

    def _next(self, line: "_Line", desk: "_Desk") -> "_Batch | None":
        with self._changed:
            while not self._stopped:
                if not line.waiting and line is self._bulk:
                    line.desks.remove(desk)
                    return None
                if line.waiting and (line is self._first or self._unstored + line.busy < MOST_UNSTORED):
                    line.busy += 1
                    return line.waiting.popleft()
                self._changed.wait()
            return None

    def _ask(self, line: "_Line", desk: "_Desk", batch: "_Batch") -> list[Found] | None:
        """None when the process died of it."""
        if len(batch.asked) == 1 and isinstance(batch.asked, list):
            batch.alone = self._before(batch.asked[0])
        with self._changed:
            if self._stopped:
                return None
            if desk.process is None:
                try:
                    desk.process = subprocess.Popen(
                        [*self._command, str(line.nice)],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.DEVNULL,
                        bufsize=1 << 16,
                    )
                except OSError:
                    return self._unread(batch)
            process, desk.since = desk.process, time.monotonic()
        assert process.stdin is not None and process.stdout is not None
        try:
            write_message(process.stdin, batch.asked)
            found = read_message(process.stdout)
        except (OSError, EOFError, ValueError):
            return None
        return found if isinstance(found, list) else None

    def _before(self, path: str) -> Found:
        """What there is to say of a file before it is read."""
        when = time.time(), time.perf_counter_ns()
        try:
            return Found(path, *when, stamp_of(os.lstat(self._root / path)))
        except (OSError, ValueError):
            return Found(path, *when)

    def _blamed(self, line: "_Line", batch: "_Batch", hung: bool) -> list[Found]:
        """Which file of a batch was it? Each gets a batch of its own; one that was alone is the one, unless something else
        may have ended the process: a system that is short of memory does that. Then it is tried once more."""
        if self._stopped or isinstance(batch.asked, tuple):
            return []
        if batch.alone is None:
            line.waiting.extendleft(_Batch([path]) for path in reversed(batch.asked))
        elif hung or batch.died:
            # With its stamp: while it is not changed it is not tried again.
            return [dataclasses.replace(batch.alone, left=HUNG if hung else CRASHED)]
        else:
            batch.died = True
            line.waiting.appendleft(batch)
        return []

    def _unread(self, batch: "_Batch") -> list[Found]:
        if isinstance(batch.asked, tuple):
            return []
        when = time.time(), time.perf_counter_ns()
        return [Found(path, *when, left="no process could be started to read it") for path in batch.asked]

    def _leave(self, desk: "_Desk") -> None:
        if desk.process is not None:
            _close(desk.process)
            desk.process = None


@dataclasses.dataclass(slots=True)
class _Batch:
    """asked: paths to read, or language ids (a tuple) to get ready for. alone: of the only path, before it was read.

    died: whether a process has ended already while it had this only path.
    """

    asked: list[str] | tuple[str, ...]
    alone: Found | None = None
    died: bool = False


class _Desk:
    """A thread and its process. since: when the process was given what it works on."""

    def __init__(self) -> None:
        self.thread: threading.Thread
        self.process: subprocess.Popen[bytes] | None = None
        self.since: float | None = None
        self.hung = False


class _Line:
    """Work of one kind and who does it. count: how many desks at most."""

    def __init__(self, count: int, nice: int) -> None:
        self.count = count
        self.nice = nice
        self.waiting: deque[_Batch] = deque()
        self.desks: list[_Desk] = []
        self.busy = 0


def _close(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:  # what was still to be written finds nobody
                pass


def _batches(files: Iterable[tuple[str, int]]) -> Iterator[list[str]]:
    batch: list[str] = []
    total = 0
    for path, size in files:
        if batch and (total + size > BATCH_BYTES or len(batch) >= BATCH_FILES):
            yield batch
            batch, total = [], 0
        batch.append(path)
        total += size
    if batch:
        yield batch
