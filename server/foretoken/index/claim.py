"""Which process writes an index, and whether what it writes is still the one that everybody reads."""

from pathlib import Path

from filelock import FileLock, Timeout

from foretoken.index.folders import LOCK_FILE, prepare
from foretoken.index.store import database, identity

_Places = tuple[tuple[int, int] | None, ...]


class Claim:
    """folder: where the index lies. root: the workspace folder that it is of. For one thread."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root
        self._lock = FileLock(folder / LOCK_FILE)
        self._places: _Places = ()

    def take(self) -> bool:
        """Whether this process writes from now on; False while another does. Raises OSError."""
        try:
            try:
                self._lock.acquire(timeout=0)
            except FileNotFoundError:  # the folder was removed meanwhile
                prepare(self._folder, self._root)
                self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def opened(self) -> None:
        """The database was opened. Raises OSError."""
        self._places = self._look()

    @property
    def lost(self) -> bool:
        """Whether somebody removed the database or the lock since then, so that nobody will ever read what is written, or
        that another process takes itself for the writer."""
        try:
            return self._look() != self._places
        except OSError:  # it cannot be told
            return False

    def begin_anew(self) -> None:
        """Make the folder where it is gone; who takes the lock now writes. Raises OSError."""
        self.release()
        self._lock = FileLock(self._folder / LOCK_FILE)
        prepare(self._folder, self._root)

    def release(self) -> None:
        self._lock.release()

    def _look(self) -> _Places:
        return identity(database(self._folder)), identity(self._folder / LOCK_FILE)
