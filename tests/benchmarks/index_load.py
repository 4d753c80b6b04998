"""What the index's benchmarks share: a window with a worker of its own, memory and processor time of processes, tables."""

import asyncio
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import psutil

from foretoken.index.client import IndexClient
from foretoken.index.events import Event, Finished
from foretoken.index.folders import FOLDER_VARIABLE
from foretoken.index.process import spawn
from foretoken.index.reading import Reader
from foretoken.index.status import IndexState

MIB = 1 << 20
PATIENCE = 3600.0  # seconds; nothing that is measured waits for it to pass


@contextmanager
def indexes_in(folder: Path) -> Iterator[None]:
    """Indexes lie in this folder meanwhile, not in the user's."""
    before = os.environ.get(FOLDER_VARIABLE)
    os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[FOLDER_VARIABLE]
        else:
            os.environ[FOLDER_VARIABLE] = before


class Window:
    """A client with its worker, as an editor window has it. ``events``: (seconds, folder, event)."""

    def __init__(self, **options: Any) -> None:
        self.events: list[tuple[float, str, Event | None]] = []
        self.spawned = 0.0
        self._heard = asyncio.Event()
        self.client = IndexClient(self._hear, **{"start": self._spawn, **options})

    def _spawn(self) -> Any:
        self.spawned = time.perf_counter()
        return spawn(None, "info")

    def _hear(self, folder: str, event: Event | None) -> None:
        self.events.append((time.perf_counter(), folder, event))
        self._heard.set()

    async def until(self, wanted: Callable[[], Any]) -> Any:
        """What is wanted, looked for after each event."""
        async with asyncio.timeout(PATIENCE):
            while not (found := wanted()):
                self._heard.clear()
                await self._heard.wait()
        return found

    async def ready(self) -> None:
        """Everything was compared with the disk."""
        await self.until(lambda: self.client.status.state is IndexState.READY)

    async def sees(self, name: str, gone: bool = False, seconds: float = 60.0) -> list[str]:
        """The files in which the name is defined; asks without a pause until there is one, or, ``gone``, none.

        Raises TimeoutError.
        """
        async with asyncio.timeout(seconds):
            while bool(found := await self.client.find(name)) == gone:
                pass
        return [path for path, _ in found]

    def finished(self) -> list[Finished]:
        return [event for _, _, event in self.events if isinstance(event, Finished)]


def family(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def kill_family(pid: int) -> int:
    """SIGKILL for all of them, the parents first so that nobody starts another; how many there were."""
    processes = family(pid)
    for process in processes:
        try:
            process.kill()
        except psutil.Error:
            continue
    psutil.wait_procs(processes, 10)
    return len(processes)


def memory(pids: Sequence[int]) -> int:
    """Bytes that these processes hold: their shares of what they share (PSS) where the system tells, else resident."""
    total = 0
    for pid in pids:
        try:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
                    break
        except OSError:
            try:
                total += psutil.Process(pid).memory_info().rss
            except psutil.Error:
                continue
    return total


class Sampler:
    """Looks at the memory of a process and all below it, each ``seconds``, until ``stop``. ``peak`` is in bytes."""

    def __init__(self, pid: int, seconds: float = 0.1, below: bool = True) -> None:
        self.peak = 0
        self.last = 0
        self._pid, self._seconds, self._below = pid, seconds, below
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.is_set():
            self.last = memory([process.pid for process in family(self._pid)] if self._below else [self._pid])
            self.peak = max(self.peak, self.last)
            self._over.wait(self._seconds)

    def stop(self) -> int:
        self._over.set()
        self._thread.join()
        return self.peak


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed; nan for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def line_count(path: Path) -> int:
    data = path.read_bytes()
    return data.count(b"\n") + (not data.endswith(b"\n") and bool(data))


def row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def head(*cells: str) -> None:
    row(*cells)
    row(*("---" for _ in cells))


def stored_facts(folder: Path) -> dict[str, bytes]:
    """A digest of all that is stored of each file, without ids and times: equal for equal workspaces."""
    reader = Reader(folder)
    try:
        found = {}
        for file in reader.files():
            path = file.path
            facts = (file.language, file.lines, file.note, reader.symbols(path), reader.imports(path),
                     sorted((name, repr(value)) for name, value in reader.names_in(path).items()),
                     sorted(reader.edges_from(path)))  # fmt: skip
            found[path] = blake2b(repr(facts).encode("utf-8", "surrogatepass"), digest_size=12).digest()
        return found
    finally:
        reader.close()


def different(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """The files whose facts differ, those that only one side has among them."""
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))
