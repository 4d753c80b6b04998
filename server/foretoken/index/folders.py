"""Where the index of a workspace folder lies on disk, and what is cleared away of it.

Everything is in the user's cache folder, for its owner alone. An index holds no source text, but names, signatures and
first lines of documentation.
"""

import contextlib
import hashlib
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from foretoken.logs import private_folder

# A folder to use instead of the platform's, for tests and for several setups side by side.
FOLDER_VARIABLE = "FORETOKEN_INDEX_DIR"
ROOT_FILE = "root.txt"  # which workspace folder an index is of; written anew when it is used
LOCK_FILE = "writer.lock"  # held by the process that writes
KEPT_SECONDS = 90 * 24 * 3600.0
KEPT_BYTES = 4 << 30
_WINDOWS = os.name == "nt"
_NAME = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class StoredIndex:
    """folder: where it lies. root: the workspace folder that it is of; empty when that is not known.

    size: bytes on disk. used: when it was used last, in seconds since the epoch.
    """

    folder: Path
    root: str
    size: int
    used: float


def indexes_folder() -> Path:
    """The folder of all indexes; it need not exist yet."""
    named = os.environ.get(FOLDER_VARIABLE, "")
    if named:
        return Path(named).absolute()
    return Path(platformdirs.user_cache_dir("foretoken", appauthor=False)) / "index"


def index_folder(root: Path) -> Path:
    """The folder of a workspace folder's index, there or not; the same for every way that leads to the folder."""
    real = os.path.realpath(root)
    digest = hashlib.blake2b(os.path.normcase(real).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    name = _NAME.sub("-", Path(real).name).strip("-.")[:40] or "root"
    return indexes_folder() / f"{name}-{digest}"


def prepare_index_folder(root: Path) -> Path:
    """Make the folder, for its owner alone, and note that it is used. Raises OSError."""
    folder = index_folder(root)
    private_folder(folder.parent)
    prepare(folder, root)
    return folder


def prepare(folder: Path, root: Path) -> None:
    """The same for a folder that is chosen. Raises OSError."""
    private_folder(folder)
    (folder / ROOT_FILE).write_text(os.path.realpath(root) + "\n", encoding="utf-8", errors="surrogateescape")


def stored_indexes() -> list[StoredIndex]:
    """All indexes on this machine, the most recently used first."""
    found = []
    with contextlib.suppress(OSError):
        for entry in os.scandir(indexes_folder()):
            if entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    found.append(_stored(Path(entry.path)))
    return sorted(found, key=lambda index: index.used, reverse=True)


def remove_index(folder: Path) -> bool:
    """Delete an index; False while another process writes it. Raises OSError."""
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    try:
        # The lock's own file last, and while it is held: who takes it afterwards holds the one that lies there then.
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name == LOCK_FILE):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            elif entry.name != LOCK_FILE or not _WINDOWS:  # where what is open cannot be deleted
                os.unlink(entry.path)
        if not _WINDOWS:
            with contextlib.suppress(OSError):  # somebody begins anew already
                os.rmdir(folder)
    finally:
        lock.release()
    if _WINDOWS:
        shutil.rmtree(folder, ignore_errors=True)
    return True


def sweep(but: Collection[Path] = (), clock: Callable[[], float] = time.time) -> list[Path]:
    """Delete indexes that were not used for ``KEPT_SECONDS``, and those used longest ago while all together take more than
    ``KEPT_BYTES``. Those in ``but`` stay, and so does what another process writes. clock: seconds, as ``time.time``.
    Returns the folders that were deleted.
    """
    gone: list[Path] = []
    total, now = 0, clock()
    for index in stored_indexes():
        total += index.size
        if index.folder in but:
            continue
        if now - index.used > KEPT_SECONDS or total > KEPT_BYTES:
            with contextlib.suppress(OSError):
                if remove_index(index.folder):
                    gone.append(index.folder)
                    total -= index.size
    return gone


def _stored(folder: Path) -> StoredIndex:
    size, used, root = 0, folder.stat().st_mtime, ""
    for entry in os.scandir(folder):
        found = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(found.st_mode):
            size += found.st_size
            used = max(used, found.st_mtime)
    with contextlib.suppress(OSError):
        root = (folder / ROOT_FILE).read_text(encoding="utf-8", errors="surrogateescape").strip()
    return StoredIndex(folder, root, size, used)
