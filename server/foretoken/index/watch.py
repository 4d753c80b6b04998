"""Sees what other programs write, make and remove in a workspace folder.

Only the folders that hold indexed files are watched, each for itself: a recursive watch over everything would take the
system's watches for ``node_modules`` and ``.git``. A folder that is made inside a watched one is watched from then on.
"""

import errno
import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles._rust_notify import RustNotify

from foretoken.trust.skipped_folders import skipped_by_name
from foretoken.trust.workspace_files import changes_rules

log = logging.getLogger(__name__)

# watchfiles looks for events every step and hands them over when a step brought no more: two steps at most, so that a saved
# file is seen within 30 ms. Steps of 10 ms take half a percent of a core while nothing happens.
STEP_MS = 15
DEBOUNCE_MS = 60
_WAKE_MS = 1000  # how soon a watch that is given up ends
MANY = 200  # changes at once are a checkout or a build: one comparison with the disk is cheaper than each for itself
MOST_FOLDERS = 20_000
_EXTRA = 256  # folders that were added one by one before all are watched anew together
_FAR = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "sshfs",
    "fuse.sshfs",
    "9p",
    "afs",
    "ncpfs",
    "davfs",
    "webdav",
    "vboxsf",
}
# ``Change`` of watchfiles, which costs an import of anyio.
_ADDED, _DELETED = 1, 3


class CannotWatch(Exception):
    """The system does not tell of changes here. The message says why, as the end of a sentence."""


class Watch:
    """changed: told of files (relative, with slashes). sync: told that the whole folder is to be compared with the disk.

    Both are called on this object's threads. Call ``cover`` from one thread at a time.
    """

    def __init__(self, root: Path, changed: Callable[[list[str]], None], sync: Callable[[], None]) -> None:
        self._root = os.path.realpath(root)
        self._changed = changed
        self._sync = sync
        self._base: _Watcher | None = None
        self._extra: _Watcher | None = None
        self._covered: set[str] = set()
        self._lock = threading.Lock()

    def cover(self, folders: Iterable[str]) -> bool:
        """Watch the root and these folders (relative, with slashes) and those that they lie in; returns whether some were
        not watched before, so that a change there may have been missed. Raises CannotWatch.
        """
        wanted = {""}
        for folder in folders:
            while folder not in wanted:
                wanted.add(folder)
                folder = folder.rpartition("/")[0]
        with self._lock:
            new = wanted - self._covered
            if not new and self._extra is None and len(self._covered) < 2 * len(wanted) + _EXTRA:
                return False
            if len(wanted) > MOST_FOLDERS:
                raise CannotWatch(f"it has more than {MOST_FOLDERS:,} folders")
            self._watch_anew(wanted)
        return bool(new)

    def stop(self) -> None:
        with self._lock:
            for watcher in (self._base, self._extra):
                if watcher is not None:
                    watcher.stop()
            self._base = self._extra = None
            self._covered = set()

    def _watch_anew(self, wanted: set[str]) -> None:
        old = self._base, self._extra
        # The new watches first, so that nothing falls between; what both see is looked at twice.
        self._base, self._extra = self._watcher(wanted), None
        self._covered = wanted
        for watcher in old:
            if watcher is not None:
                watcher.stop()

    def _add(self, folders: set[str]) -> None:
        """Watch folders that were just made."""
        with self._lock:
            if self._base is None:
                return
            extra = (set(self._extra.folders) if self._extra is not None else set()) | folders
            try:
                if len(extra) > _EXTRA:
                    self._watch_anew(self._covered | folders)
                    return
                old, self._extra = self._extra, self._watcher(extra)
            except CannotWatch as error:
                log.warning("new folders are not watched: %s", error)
                return
            self._covered |= folders
            if old is not None:
                old.stop()

    def _watcher(self, folders: set[str]) -> "_Watcher":
        return _Watcher(self._root, folders, self._seen)

    def _seen(self, events: set[tuple[int, str]]) -> None:
        """Runs in a watcher's thread."""
        files: list[str] = []
        made: set[str] = set()
        sync = False
        for change, full in events:
            path = self._relative(full)
            if path is None:
                continue
            name = path.rpartition("/")[2]
            if changes_rules(path) or (change == _DELETED and path in self._covered):
                sync = True
            elif change == _ADDED and os.path.isdir(full):
                if skipped_by_name(name) is None and not os.path.islink(full):
                    made.add(path)
            else:
                files.append(path)
        if made:
            self._add(made)
            sync = True  # what was put into it before it was watched
        if sync or len(files) > MANY:
            self._sync()
        elif files:
            self._changed(sorted(files))

    def _relative(self, full: str) -> str | None:
        if not full.startswith(self._root):
            return None
        path = full[len(self._root) :].replace(os.sep, "/").lstrip("/")
        return path or None


class _Watcher:
    """One set of watches, and the thread that hears of them. Raises CannotWatch."""

    def __init__(self, root: str, folders: set[str], seen: Callable[[set[tuple[int, str]]], None]) -> None:
        self.folders = frozenset(folders)
        self._seen = seen
        self._stopped = threading.Event()
        paths = [os.path.join(root, folder) if folder else root for folder in sorted(folders)]
        self._notify = _notify([path for path in paths if os.path.isdir(path)])
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def stop(self) -> None:
        """Returns at once; the thread ends within a step."""
        self._stopped.set()

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                events = self._notify.watch(DEBOUNCE_MS, STEP_MS, _WAKE_MS, self._stopped)
                if isinstance(events, set):
                    self._seen(events)
        finally:
            self._notify.close()


def _notify(paths: list[str]) -> RustNotify:
    while True:
        try:
            return RustNotify(paths, False, False, 0, False, True)
        except FileNotFoundError:  # removed since it was looked at
            left = [path for path in paths if os.path.isdir(path)]
            if len(left) == len(paths):
                raise CannotWatch("a folder could not be watched") from None
            paths = left
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EMFILE) or "limit" in str(error).lower()
            why = "the system has no watches left (fs.inotify.max_user_watches)" if full else str(error)
            raise CannotWatch(why) from error
        except RuntimeError as error:  # WatchfilesRustInternalError
            full = "limit" in str(error).lower() or "os error 28" in str(error) or "os error 24" in str(error)
            why = "the system has no watches left (fs.inotify.max_user_watches)" if full else str(error)
            raise CannotWatch(why) from error


def far_away(root: Path) -> str:
    """The kind of the network file system that the folder lies on, whose changes the system does not tell; else empty."""
    import psutil

    real = os.path.realpath(root)
    best, kind = "", ""
    try:
        for partition in psutil.disk_partitions(all=True):
            point = partition.mountpoint.rstrip(os.sep)
            if (real == point or real.startswith(point + os.sep)) and len(point) >= len(best):
                best, kind = point, partition.fstype
    except (OSError, psutil.Error):
        return ""
    return kind if kind in _FAR else ""
