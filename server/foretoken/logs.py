"""Log files: one per process, rotated, old ones removed; no source text below the level debug, and never a secret.

Each process writes a file of its own (``server-<pid>.log``), because two processes that rotate one file corrupt it,
and because Windows cannot rename a file that another process holds open.
"""

import contextlib
import logging
import os
import stat
import sys
import time
import traceback
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType

import platformdirs

MAX_BYTES = 2 * 1024 * 1024
BACKUPS = 2
KEPT_PROCESSES = 5
SKEW = 60  # seconds that a disk's clock may be ahead of ours
KINDS = ("server", "runtime", "worker")
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


def log_folder() -> Path:
    """The folder of the log files on this platform; it need not exist yet."""
    return Path(platformdirs.user_log_dir("foretoken", appauthor=False))


def start_logging(kind: str, level: str, folder: Path | None = None) -> Path | None:
    """Send this process's log records to ``<folder>/<kind>-<pid>.log``; return the file.

    kind: one of ``KINDS``. level: one of ``log.level``'s values. None when the file cannot be written: a full
    or read-only disk must not keep the server from starting, so nothing is logged then.
    """
    folder = folder or log_folder()
    path = folder / f"{kind}-{os.getpid()}.log"
    try:
        private_folder(folder)
        for old_kind in KINDS:
            remove_old_logs(old_kind, folder)
        handler: logging.Handler = rotating_file(path, MAX_BYTES, BACKUPS)
    except OSError:
        handler = logging.NullHandler()
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    logging.raiseExceptions = False  # a failing log write must not print to stderr, which editors show as an error
    set_level(level)
    return path if isinstance(handler, logging.FileHandler) else None


def private_folder(folder: Path) -> None:
    """Make the folder for its owner alone, or make one of ours that. Raises OSError when it cannot be made."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if sys.platform != "win32":
        found = folder.stat()
        if found.st_uid == os.geteuid() and found.st_mode & 0o077 and not found.st_mode & stat.S_ISVTX:
            with contextlib.suppress(OSError):
                folder.chmod(0o700)


def rotating_file(path: Path, max_bytes: int, backups: int) -> logging.FileHandler:
    """A log file for its owner alone: below the level debug it quotes no source, but it names files. Raises OSError."""
    import logging.handlers  # here, because the server asks for the folder before it starts the model process

    class PrivateFileHandler(logging.handlers.RotatingFileHandler):
        def _open(self) -> TextIOWrapper:
            return open(self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=_private)

    return PrivateFileHandler(
        path, maxBytes=max_bytes, backupCount=backups, encoding="utf-8", errors="backslashreplace"
    )


def _private(path: str, flags: int) -> int:
    fd = os.open(path, flags, 0o600)
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.fchmod(fd, 0o600)  # one that an earlier version made
    return fd


def set_level(level: str) -> None:
    """Change the level while running. Libraries write whole messages at info, so theirs starts at warning."""
    debug = level == "debug"
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if debug else logging.WARNING)
    logging.getLogger("foretoken").setLevel(level.upper())
    for handler in root.handlers:
        handler.setFormatter(SecretFreeFormatter(FORMAT) if debug else SourceFreeFormatter(FORMAT))


def remove_old_logs(kind: str, folder: Path, clock: Callable[[], float] = time.time) -> None:
    """Keep the files of the newest processes of this kind, and of all that still run. clock: seconds, as ``time.time``."""
    import psutil

    now = clock()
    by_process: dict[int, list[Path]] = {}
    for path in folder.glob(f"{kind}-*.log*"):
        number = path.name.removeprefix(f"{kind}-").split(".")[0]
        if number.isdigit():
            by_process.setdefault(int(number), []).append(path)
    ended = [pid for pid in by_process if pid != os.getpid() and not psutil.pid_exists(pid)]
    ended.sort(key=lambda pid: max(_modified(path, now) for path in by_process[pid]), reverse=True)
    for pid in ended[KEPT_PROCESSES:]:
        for path in by_process[pid]:
            try:
                path.unlink(missing_ok=True)
            except OSError:
                continue


def _modified(path: Path, now: float) -> float:
    """A clock that was set back leaves files from the future, which would stay the newest: their age counts from now on."""
    try:
        modified = path.stat().st_mtime
        if modified > now + SKEW:
            os.utime(path, (now, now))
            modified = now
    except OSError:
        return 0.0
    return modified


class SecretFreeFormatter(logging.Formatter):
    """Puts placeholders for secrets into what is written, tracebacks included: at debug whole documents are."""

    def format(self, record: logging.LogRecord) -> str:
        from foretoken.trust.secrets import redact  # here, because a process may never write a record

        return redact(super().format(record)).text


class SourceFreeFormatter(SecretFreeFormatter):
    """Leaves out what may quote the user's source: libraries' arguments, and the messages of exceptions.

    An exception keeps its type and where it was raised; an OSError keeps its message, which names a path at most.
    Records of ``foretoken`` itself keep their message: their writers answer for it.
    """

    def format(self, record: logging.LogRecord) -> str:
        if record.name.split(".")[0] == "foretoken":
            return super().format(record)
        lines = str(record.msg).splitlines() or [""]
        safe = logging.makeLogRecord(record.__dict__ | {"msg": lines[0], "args": (), "exc_text": None})
        return super().format(safe)

    def formatException(self, ei: _ExcInfo) -> str:
        _, error, trace = ei
        parts = traceback.format_tb(trace)
        while error is not None:
            name = type(error).__qualname__
            parts.append(f"{name}: {error}\n" if isinstance(error, OSError) else f"{name}\n")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "".join(parts).rstrip()
