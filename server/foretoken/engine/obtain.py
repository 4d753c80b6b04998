"""Getting a model process: the one that runs already, or a new one, under a lock so that two windows get the same."""

import asyncio
import contextlib
import importlib
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foretoken import __version__
from foretoken.engine.discovery import Discovery, clean_up, discovery_path, read_discovery
from foretoken.engine.identity import runtime_key
from foretoken.engine.launch import RuntimeProcess, start_runtime
from foretoken.engine.life import Life
from foretoken.engine.options import RuntimeOptions
from foretoken.engine.process_end import LEAVE_SECONDS, end, let_go, runs, when_ended
from foretoken.engine.runtime_folder import FolderUnusable, prepare_folder
from foretoken.engine.shared_process import ModelProcess, SharedProcess
from foretoken.engine.sweep import sweep

if TYPE_CHECKING:
    from foretoken.engine.client import RuntimeClient

log = logging.getLogger(__name__)

CONNECT_SECONDS = 60.0  # until a started process says where it listens
LOCK_SECONDS = CONNECT_SECONDS + 30.0  # for another window that is starting one
ANSWER_SECONDS = 20.0  # for a running process to say that it is there
LISTEN_POLL, LOCK_POLL = 0.01, 0.02

Launch = Callable[[Path | None, str, Path | None], RuntimeProcess]


class NoProcess(Exception):
    """No process could be had; the message is a sentence. Trying again may help."""


@dataclass(slots=True)
class Hold:
    """What one window has of a model process; filled step by step, so that ``release`` knows what there is at any time.

    window: the number that /attach gave. leaving: why the process left of its own accord. served: the model was ready.
    """

    process: ModelProcess | None = None
    client: "RuntimeClient | None" = None
    sharing: bool = False
    window: int | None = None
    leaving: str = ""
    served: bool = False

    async def release(self, linger: bool = True) -> None:
        """Let go of it; a process of our own ends. linger False: so does a shared one that nobody else uses.

        Given up in the middle, what is left is still known, and the next call does it.
        """
        leaving = False
        module = importlib.import_module("foretoken.engine.client") if self.client is not None else None
        if self.client is not None and module is not None:
            if not linger and self.sharing and self.window is not None:
                with contextlib.suppress(module.RuntimeGone, module.RuntimeRefused, TimeoutError):
                    async with asyncio.timeout(ANSWER_SECONDS):
                        leaving = await self.client.detach(self.window, linger=False)
            await self.client.close()
            self.client = None
            if leaving:  # its memory may be needed; what it still answers to others is not waited for
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LEAVE_SECONDS):
                        await _gone(self.process)
        process, self.process = self.process, None
        if isinstance(process, RuntimeProcess):
            if self.sharing:
                let_go(process)  # it may be shared already: it knows best
                return
            self.process = process
            await asyncio.to_thread(end, process)
            self.process = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a process is wanted for.

    wanted: what the windows agree on, by which they find each other's process. options: what is loaded, which takes less
    where memory ran out. folder: where windows find each other's; None = the process is not shared. journal: the path,
    without suffix, of what must survive a death of a process that is not shared.
    """

    wanted: RuntimeOptions
    options: RuntimeOptions
    life: Life
    folder: Path | None
    journal: Path | None
    log_dir: Path | None
    log_level: str
    launch: Launch = start_runtime


async def obtain(hold: Hold, terms: Terms, early: RuntimeProcess | None) -> None:
    """Fill ``hold`` with a process that knows its model. Raises NoProcess, OSError or FolderUnusable.

    early: a process that was started before, for nobody yet; ``hold`` has it, or it is ended.
    """
    hold.process = early
    hold.sharing = terms.folder is not None
    if terms.folder is None:
        await _start(hold, terms, {"journal": str(terms.journal)} if terms.journal else {})
        return
    await asyncio.to_thread(prepare_folder, terms.folder)
    key = await asyncio.to_thread(runtime_key, terms.wanted)
    path = discovery_path(terms.folder, key)
    async with _locked(terms.folder / f"{key}.lock"):
        with contextlib.suppress(OSError):
            os.utime(terms.folder / f"{key}.lock")  # in use: see sweep
        found = await _running(path, key)
        if found is not None:
            if isinstance(hold.process, RuntimeProcess):
                unused, hold.process = hold.process, None
                let_go(unused)
                when_ended(unused)  # so that the system forgets it
            discovery, hold.client = found
            hold.process = SharedProcess(discovery)
            return
        await asyncio.to_thread(sweep, terms.folder)
        share = {"discovery": str(path), "key": key}
        shared = await _start(hold, terms, {"share": share, "journal": str(terms.folder / key)})
        discovery = read_discovery(path)
        if shared and discovery is not None and isinstance(hold.process, RuntimeProcess):
            let_go(hold.process)
            hold.process = SharedProcess(discovery, hold.process)
        else:
            hold.sharing = False
            log.warning("the model process could not be shared; this window has its own")


async def _start(hold: Hold, terms: Terms, more: dict[str, object]) -> bool:
    """Whether the process is shared."""
    if hold.process is None:
        # Not in a thread: given up in the middle, it would leave a process that nobody knows.
        hold.process = terms.launch(terms.log_dir, terms.log_level, terms.folder)
    process = hold.process
    module = await _client_module()
    deadline = time.monotonic() + CONNECT_SECONDS
    while (port := process.port()) is None:
        if not runs(process):
            return False
        if time.monotonic() > deadline:
            raise NoProcess("The model process does not answer.")
        await asyncio.sleep(LISTEN_POLL)
    hold.client = module.RuntimeClient(port, process.token)
    try:
        return await hold.client.load({**terms.options.to_wire(), "life": terms.life.to_wire(), **more})
    except (module.RuntimeGone, module.RuntimeRefused) as error:
        if not runs(process):
            return False
        raise NoProcess(f"The model process cannot be reached: {error}.") from error


async def _client_module() -> Any:
    """A quarter of a second of imports: not before the editor's first answer, and off the event loop."""
    return await asyncio.to_thread(importlib.import_module, "foretoken.engine.client")


async def _running(path: Path, key: str) -> "tuple[Discovery, RuntimeClient] | None":
    """The process that the file speaks of, if it is there and is what we want. What is left of any other is removed.

    Raises FolderUnusable when it is there, is used, and does not answer: it may only be busy, so it stays as it is.
    """
    discovery = read_discovery(path)
    if discovery is None:
        return None
    stuck = False
    if discovery.looks_alive() and discovery.version == __version__:
        module = await _client_module()
        client = module.RuntimeClient(discovery.port, discovery.token)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                health = await client.health()
            if (health.get("version"), health.get("key"), health.get("pid")) == (__version__, key, discovery.pid):
                return discovery, client
        except TimeoutError:
            stuck = True
        except (module.RuntimeGone, module.RuntimeRefused, ValueError):
            pass
        await client.close()
    if stuck:
        if await asyncio.to_thread(used_by_others, discovery):
            raise FolderUnusable(f"The model process {discovery.pid} that they use does not answer.")
        await asyncio.to_thread(_kill, discovery)
        # What it was evaluating is not to blame.
        path.with_suffix(".serving").unlink(missing_ok=True)
    await asyncio.to_thread(clean_up, path, discovery)
    return None


def _kill(discovery: Discovery) -> None:
    import psutil

    log.warning("the model process %d does not answer; it is ended", discovery.pid)
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(discovery.pid)
        if discovery.looks_alive():
            process.kill()
            process.wait(LEAVE_SECONDS)


def used_by_others(discovery: Discovery) -> bool:
    """Whether anybody holds a connection to the process; where the system does not tell, somebody may."""
    import psutil

    try:
        connections = psutil.Process(discovery.pid).net_connections("tcp")
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
    return any(connection.status == psutil.CONN_ESTABLISHED for connection in connections)


async def _gone(process: ModelProcess | None) -> None:
    while process is not None and runs(process):
        await asyncio.sleep(LOCK_POLL)


@contextlib.asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    """Hold the lock of a key. Raises FolderUnusable when it cannot be had."""
    module = await asyncio.to_thread(importlib.import_module, "filelock")
    lock = module.FileLock(path, mode=0o600, blocking=False, thread_local=False, fallback_to_soft=False)
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            lock.acquire()
            break
        except module.Timeout:
            if time.monotonic() > deadline:
                raise FolderUnusable(f"Another window has held {path} for too long.") from None
            await asyncio.sleep(LOCK_POLL)
        except (OSError, NotImplementedError) as error:
            raise FolderUnusable(f"{path} cannot be locked: {error}.") from error
    try:
        yield
    finally:
        lock.release()
