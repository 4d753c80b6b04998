"""States on disk, so that a restart is warm: what the model read of the repository needs no second evaluation.

One file a state: a line of JSON that describes it, then its token ids, the last hidden state (for MTP) and llama.cpp's own
form of the sequence. A file is named by what it was made with and from; it is written whole or not at all, is readable
by this user alone, and the oldest go when the folder grows past its limit. What cannot be read is as good as absent.
"""

import contextlib
import ctypes
import hashlib
import json
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

log = logging.getLogger(__name__)

SUFFIX = ".state"
HEADER_BYTES = 4096
HEAD_OF_MODEL = 1 << 20
ABANDONED = 3600  # seconds after which a half-written file is of a process that is gone
SKEW = 60  # seconds that a disk's clock may be ahead of ours


@dataclass(frozen=True, slots=True)
class StoredState:
    """token_ids, int32; last: the hidden state of the last one, float32, or empty; data: llama.cpp's form."""

    token_ids: np.ndarray
    last: np.ndarray
    data: "ctypes.Array[ctypes.c_uint8]"


class StateFiles:
    """For one model as it runs now. limit: bytes of all files of the folder together."""

    def __init__(self, folder: Path, limit: int, key: str) -> None:
        self._folder = folder
        self._limit = limit
        self._key = key

    def has(self, token_ids: np.ndarray) -> bool:
        return os.path.isfile(self._path(token_ids))

    def fits(self, size: int) -> bool:
        """Whether a state of ``size`` bytes may be kept."""
        return size <= self._limit

    def discard(self, token_ids: np.ndarray) -> None:
        """That state cannot be used."""
        with contextlib.suppress(OSError):
            self._path(token_ids).unlink()

    def read(self, token_ids: np.ndarray) -> StoredState | None:
        """The state after exactly these tokens; None when there is none that is whole."""
        path = self._path(token_ids)
        try:
            with path.open("rb") as file:
                header = json.loads(file.read(HEADER_BYTES))
                sizes = [int(header[name]) for name in ("tokens", "last", "data")]
                if HEADER_BYTES + sum(sizes) != os.fstat(file.fileno()).st_size:
                    raise ValueError("its length is wrong")
                tokens, last = (
                    np.frombuffer(file.read(size), kind) for size, kind in zip(sizes, ("<i4", "<f4"), strict=False)
                )
                data = (ctypes.c_uint8 * sizes[2])()
                file.readinto(data)
            if header["sum"] != _sum(tokens, last, data) or not np.array_equal(tokens, token_ids):
                raise ValueError("it is damaged")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            log.warning("the state file %s is not used: %s", path.name, error)
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # the folder's oldest go first
        return StoredState(tokens, last, data)

    def write(self, state: StoredState) -> bool:
        """False when it does not fit the limit, or the disk refused; nothing is left behind then."""
        size = HEADER_BYTES + state.token_ids.nbytes + state.last.nbytes + len(state.data)
        if size > self._limit:
            return False
        path = self._path(state.token_ids)
        draft = path.with_suffix(f".{os.getpid()}")
        header = {"tokens": state.token_ids.nbytes, "last": state.last.nbytes, "data": len(state.data)}
        header["sum"] = _sum(state.token_ids, state.last, state.data)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            prune(self._folder, self._limit - size)
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(json.dumps(header).encode().ljust(HEADER_BYTES))
                for part in (state.token_ids.astype("<i4"), state.last.astype("<f4"), state.data):
                    file.write(part)
            draft.replace(path)
        except OSError as error:
            log.warning("a state could not be written to %s: %s", self._folder, error)
            with contextlib.suppress(OSError):
                draft.unlink()
            return False
        return True

    def _path(self, token_ids: np.ndarray) -> Path:
        name = hashlib.blake2b(self._key.encode() + token_ids.astype("<i4").tobytes(), digest_size=20).hexdigest()
        return self._folder / f"{name}{SUFFIX}"


def prune(folder: Path, limit: int, clock: Callable[[], float] = time.time) -> None:
    """Delete the oldest states until ``limit`` bytes are left, all of them for 0, and what killed processes left half
    written. What cannot be deleted stays.

    A clock that was set back leaves files from the future: their age counts from now on. clock: seconds, as ``time.time``.
    """
    now = clock()
    files = []
    for path in folder.glob("*") if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            stat = path.stat()
            if path.is_dir():
                continue
            modified = stat.st_mtime
            if modified > now + SKEW:
                os.utime(path, (now, now))
                modified = now
            if path.suffix == SUFFIX:
                files.append((modified, stat.st_size, path))
            elif limit <= 0 or modified < now - ABANDONED:
                path.unlink()
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= limit:
            return
        with contextlib.suppress(OSError):
            path.unlink()
        total -= size


def model_key(path: Path, *how: object) -> str:
    """Names a model file by its content's beginning, length and time, and how it is run."""
    stat = path.stat()
    with path.open("rb") as file:
        head = hashlib.blake2b(file.read(HEAD_OF_MODEL), digest_size=20).hexdigest()
    return "|".join(str(part) for part in (head, stat.st_size, stat.st_mtime_ns, *how))


def _sum(*parts: object) -> str:
    digest = hashlib.blake2b(digest_size=20)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
