"""The file that says where a shared model process listens: ``<key>.json`` in the runtime folder, for its owner alone.

What it says is a claim. A process that ended without a word leaves its file behind, and its number and port may be
somebody else's by now: whoever reads it compares the process' start, then asks ``/health`` with the token.
"""

import contextlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Discovery:
    """started: see ``process_start``. folder: the process' own, with its standard error. log: its log file, or ""."""

    pid: int
    started: str
    port: int
    token: str
    version: str
    key: str
    model: str
    folder: str
    log: str = ""

    def looks_alive(self) -> bool:
        """Whether the process that wrote it still runs."""
        return bool(self.started) and process_start(self.pid) == self.started


def discovery_path(folder: Path, key: str) -> Path:
    return folder / f"{key}{SUFFIX}"


def read_discovery(path: Path) -> Discovery | None:
    """None when there is none, or what is there makes no sense."""
    try:
        value = json.loads(path.read_text("utf-8"))
        found = Discovery(**{field.name: value[field.name] for field in fields(Discovery)})
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    whole = isinstance(found.pid, int) and isinstance(found.port, int) and 0 < found.port < 1 << 16 and found.pid > 0
    texts = (found.started, found.token, found.version, found.key, found.model, found.folder, found.log)
    return found if whole and all(isinstance(text, str) for text in texts) else None


def discoveries(folder: Path) -> Iterator[tuple[Path, Discovery]]:
    """All that can be read, of processes that run or not."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        found = read_discovery(path)
        if found is not None and path.name == f"{found.key}{SUFFIX}":
            yield path, found


def write_private(path: Path, value: object) -> None:
    """Write JSON whole or not at all, readable by this user alone. Raises OSError."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            json.dump(value, file)
        draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def write_discovery(path: Path, discovery: Discovery) -> None:
    """Raises OSError."""
    write_private(path, asdict(discovery))


def withdraw(path: Path, discovery: Discovery) -> None:
    """Remove the file, unless it speaks of another process by now."""
    if read_discovery(path) == discovery:
        with contextlib.suppress(OSError):
            path.unlink()


def clean_up(path: Path, discovery: Discovery) -> None:
    """What a process that ended without a word left behind. With the key's lock held."""
    withdraw(path, discovery)
    own = Path(discovery.folder)
    if own.parent == path.parent:
        shutil.rmtree(own, ignore_errors=True)


def machine() -> str:
    """Within what a process' number means something: the machine and, on Linux, the container."""
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return f"{platform.node()} {space}".rstrip()


def process_start(pid: int) -> str:
    """When a process started, as a text to compare; "" when there is no such process.

    On Linux in ticks since the machine started, which no change of the clock touches.
    """
    if sys.platform == "linux":
        try:
            state, *later = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            return "" if state in "ZX" else later[18]  # proc(5): the state is field 3, the start field 22
        except (OSError, ValueError, IndexError):
            return ""
    import psutil  # a fortieth of a second: not where it is not needed

    try:
        return f"{psutil.Process(pid).create_time():.3f}"
    except psutil.Error:
        return ""
