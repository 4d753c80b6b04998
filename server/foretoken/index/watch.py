"""Sees what other programs write, make and remove in a workspace folder.

Only the folders that hold indexed files are watched, each for itself: a recursive watch over everything would take the
system's watches for ``node_modules`` and ``.git``. A folder that is made inside a watched one is watched from then on.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from foretoken.index.watcher import CannotWatch, Ears, Watcher
from foretoken.trust.skipped_folders import skipped_by_name
from foretoken.trust.workspace_files import changes_rules

log = logging.getLogger(__name__)

MANY = 200  # changes at once are a checkout or a build: one comparison with the disk is cheaper than each for itself
MOST_FOLDERS = 20_000
# A watch that breaks is made anew after such pauses, in seconds; one more time, and it is given up.
PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0)
STEADY_SECONDS = 60.0  # a watch that held so long starts the pauses from the beginning
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
_ADDED, _MODIFIED, _DELETED = 1, 2, 3


class Watch:
    """changed: told of files (relative, with slashes). sync: told that the whole folder is to be compared with the disk.
    lost: told, once, that nothing is watched any more, and why, as the end of a sentence.

    All are called on this object's threads. Call ``cover`` from one thread at a time.
    """

    def __init__(
        self,
        root: Path,
        changed: Callable[[list[str]], None],
        sync: Callable[[], None],
        lost: Callable[[str], None] = lambda why: None,
    ) -> None:
        self._root = os.path.realpath(root)
        self._changed = changed
        self._sync = sync
        self._lost = lost
        self._ears = Ears(self._seen, self._look_at_root, self._broke)
        self._base: Watcher | None = None
        self._extra: Watcher | None = None
        self._covered: set[str] = set()
        self._identity: tuple[int, int] | None = None
        self._breaks, self._broke_at = 0, 0.0
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def cover(self, folders: Iterable[str]) -> bool:
        """Watch the root and these folders (relative, with slashes) and those that they lie in, as far as they are there;
        returns whether some were not watched before, so that a change there may have been missed. Raises CannotWatch.
        """
        wanted = {""}
        for folder in folders:
            while folder not in wanted:
                wanted.add(folder)
                folder = folder.rpartition("/")[0]
        with self._lock:
            if self._identity != _identity(self._root):
                self._covered = set()  # another folder has its place; the watches are on the one before
            new = {folder for folder in wanted - self._covered if os.path.isdir(os.path.join(self._root, folder))}
            if not new and self._extra is None and len(self._covered) < 2 * len(wanted) + _EXTRA:
                return False
            if len(wanted) > MOST_FOLDERS:
                raise CannotWatch(f"it has more than {MOST_FOLDERS:,} folders")
            self._watch_anew(wanted)
        return bool(new)

    def stop(self) -> None:
        self._stopped.set()
        with self._lock:
            self._stop_all()

    def _stop_all(self) -> None:
        for watcher in (self._base, self._extra):
            if watcher is not None:
                watcher.stop()
        self._base = self._extra = None
        self._covered = set()

    def _watch_anew(self, wanted: set[str]) -> None:
        old = self._base, self._extra
        self._identity = _identity(self._root)
        # The new watches first, so that nothing falls between; what both see is looked at twice.
        self._base, self._extra = Watcher(self._root, wanted, self._ears), None
        self._covered = set(self._base.folders)
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
                old, self._extra = self._extra, Watcher(self._root, extra, self._ears)
            except CannotWatch as error:
                log.warning("new folders are not watched: %s", error)
                return
            self._covered |= self._extra.folders
            if old is not None:
                old.stop()

    # -- the watchers' threads --

    def _seen(self, events: set[tuple[int, str]]) -> None:
        files: list[str] = []
        made: set[str] = set()
        sync = False
        for change, full in events:
            path = self._relative(full)
            if path is None:
                if change == _DELETED and full == self._root:
                    self._identity = None  # what has its name from now on is another folder, whatever its number
                continue
            name = path.rpartition("/")[2]
            if change == _DELETED and path in self._covered:
                self._forget(path)
                sync = True
            elif changes_rules(path):
                sync = True
            elif change == _ADDED and os.path.isdir(full):
                if skipped_by_name(name) is None and not os.path.islink(full):
                    made.add(path)
            elif change != _MODIFIED or not os.path.isdir(full):  # its time or its rights alone say nothing
                files.append(path)
        if made:
            self._add(made)
            sync = True  # what was put into it before it was watched
        if sync or len(files) > MANY:
            self._sync()
        elif files:
            self._changed(sorted(files))

    def _forget(self, folder: str) -> None:
        """It is gone, and so are its watches: when it is made again, it is new, and all that is in it."""
        with self._lock:
            self._covered = {path for path in self._covered if path != folder and not path.startswith(f"{folder}/")}

    def _look_at_root(self) -> None:
        """A folder that was removed and made again, or whose disk came back, has none of its watches any more."""
        identity = _identity(self._root)
        if identity is None or identity == self._identity:
            return
        with self._lock:
            if self._base is None or identity == self._identity:
                return
            covered = self._covered | self._base.folders
        self._mend(covered)

    def _broke(self, watcher: Watcher, why: str) -> None:
        with self._lock:
            if watcher not in (self._base, self._extra):
                return
            now = time.monotonic()
            self._breaks = 1 if now - self._broke_at > STEADY_SECONDS else self._breaks + 1
            self._broke_at = now
            covered, breaks = set(self._covered), self._breaks
        log.warning("the watch of %s broke: %s", self._root, why)
        if breaks > len(PAUSES):
            self._give_up(f"the watch broke {breaks} times in a row ({why})")
        elif not self._stopped.wait(PAUSES[breaks - 1]):
            self._mend(covered)

    def _mend(self, folders: set[str]) -> None:
        """Watch these anew, and have looked at what was missed meanwhile."""
        try:
            with self._lock:
                if self._base is None:
                    return
                self._watch_anew(folders)
        except CannotWatch as error:
            self._give_up(str(error))
            return
        self._sync()

    def _give_up(self, why: str) -> None:
        with self._lock:
            if self._base is None:
                return
            self._stop_all()
        self._lost(why)

    def _relative(self, full: str) -> str | None:
        if not full.startswith(self._root):
            return None
        path = full[len(self._root) :].replace(os.sep, "/").lstrip("/")
        return path or None


def _identity(root: str) -> tuple[int, int] | None:
    """Which folder it is that has this name now; None when there is none."""
    try:
        status = os.stat(root)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


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
