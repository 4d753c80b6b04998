"""Keeps one workspace folder's index equal to the disk, on a thread of its own."""

import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from foretoken.index.analysers import Analysers
from foretoken.index.events import Event, Notice, Role
from foretoken.index.folders import LOCK_FILE
from foretoken.index.keeper import Keeper
from foretoken.index.store import Damaged, check, open_to_write, remove_database
from foretoken.text.cancel import Cancelled, CancelToken
from foretoken.trust.workspace_files import WorkspaceFiles

logger = logging.getLogger(__name__)

MAX_FILES = 200_000
MAX_FILE_BYTES = 1_000_000
_LOCK_SECONDS = 1.0
_NEWER = "a newer sync"

_Order = Callable[[Keeper], None]


def default_processes() -> int:
    """How many analyser processes: the editor, the model and the user's own work want processors, too."""
    return max(1, min(4, (os.cpu_count() or 2) // 2))


class Indexer:
    """The only writer of its folder's database, or, while another process is, a follower that takes over when that ends.

    root: the workspace folder. folder: where its database is; it must exist. listener: told what happens, on a thread of
    this object's. All methods but ``stop`` return at once.
    """

    def __init__(
        self,
        root: Path,
        folder: Path,
        listener: Callable[[Event], None],
        *,
        processes: int | None = None,
        max_files: int = MAX_FILES,
        max_file_bytes: int = MAX_FILE_BYTES,
    ) -> None:
        self._root = root
        self._folder = folder
        self._listener = listener
        self._files = WorkspaceFiles(root, max_files, max_file_bytes)
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._lock = FileLock(folder / LOCK_FILE)
        self._analysers = Analysers(
            root,
            folder,
            max_file_bytes,
            processes or default_processes(),
            lambda found: self._orders.put(lambda keeper: keeper.take(found)),
        )
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)
        self._stopping = False
        self._token = CancelToken()
        # Of the thread alone:
        self._keeper: Keeper | None = None
        self._wanted: tuple[str, ...] | None = None  # a sync that is still to be made, near to these files
        self._role: bool | None = None
        self._told_disk = False

    def start(self) -> None:
        self._thread.start()

    def sync(self, near: Sequence[str] = ()) -> None:
        """Compare everything with the disk, what is nearest to these files and newest first. One that is under way begins
        anew; what it has found stays."""
        near = tuple(near)
        self._token.cancel(_NEWER)

        def want(_: Keeper) -> None:
            self._wanted = near

        self._orders.put(want)

    def changed(self, paths: Iterable[str]) -> None:
        """These files or folders (relative, with slashes) were written, made or removed."""
        paths = tuple(paths)

        def look(keeper: Keeper) -> None:
            if keeper.look_at(paths) and self._wanted is None:
                self._wanted = paths[:1]

        self._orders.put(look)

    def cancel(self) -> None:
        """Stop the sync that is under way. What is stored stays, and the next one goes on from there."""
        self._token.cancel("cancelled")

        def give_up(keeper: Keeper) -> None:
            self._wanted = None
            keeper.cancel()

        self._orders.put(give_up)

    def check(self) -> None:
        """Read the whole database and make it anew when it is damaged; for when a reader met damage."""

        def look(keeper: Keeper) -> None:
            if why := check(keeper.connection):
                raise sqlite3.DatabaseError(why)

        self._orders.put(look)

    def token_counts(self, counts: dict[bytes, int], vocabulary: str) -> None:
        """Remember how many model tokens these texts (by hash) have."""
        self._orders.put(lambda keeper: keeper.remember(counts, vocabulary))

    def stop(self) -> None:
        """End the thread and the analyser processes, and wait for them. What was found is stored."""
        self._stopping = True
        self._token.cancel("stopping")
        self._orders.put(lambda keeper: None)
        if self._thread.is_alive():
            self._thread.join()
        self._analysers.stop()

    # -- the thread --

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._turn()
            if self._keeper is not None:
                self._guarded(Keeper.cancel)
        finally:
            # First those who read: the last one to close the database puts its log away.
            self._analysers.stop()
            if self._keeper is not None:
                self._keeper.close()
            self._lock.release()

    def _turn(self) -> None:
        if self._keeper is None:
            self._become_writer()
        patience = (
            _LOCK_SECONDS if self._keeper is None else 0.0 if self._wanted is not None else self._keeper.patience()
        )
        try:
            order = self._orders.get(timeout=patience)
        except queue.Empty:
            order = None
        if self._keeper is None:
            # Who writes sees what changes, too. After taking over, everything is looked at anyway.
            return
        if order is not None:
            self._guarded(order)
        if self._wanted is not None and not self._stopping:
            self._guarded(self._begin_sync)
        self._guarded(lambda keeper: keeper.due(not self._orders.empty()))
        self._analysers.kill_hung()

    def _guarded(self, order: _Order) -> None:
        """A database that is damaged is made anew; a full disk ends what is under way."""
        if self._keeper is None:
            return
        try:
            order(self._keeper)
        except sqlite3.OperationalError as error:
            logger.warning("the index could not be written: %s", error)
            self._told(f"The index of this workspace could not be written ({error}). What is stored stays.")
            try:
                self._keeper.give_up()
            except sqlite3.DatabaseError as damage:
                self._rebuild(str(damage))
        except sqlite3.DatabaseError as error:
            self._rebuild(str(error))

    def _begin_sync(self, keeper: Keeper) -> None:
        near, self._wanted = self._wanted or (), None
        self._token = token = CancelToken()
        if self._stopping:
            return
        try:
            keeper.begin_sync(near, token)
        except Cancelled:
            if token.reason == _NEWER:
                keeper.drop_sync()
            else:
                keeper.cancel()

    def _become_writer(self) -> None:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            if self._role is None:
                self._role = False
                self._listener(Role(False))
            return
        except OSError as error:
            self._end(f"its folder {self._folder} cannot be written ({error.strerror})")
            return
        if self._role is False:
            self._wanted = ()  # nobody knows what the writer before left undone
        self._role = True
        try:
            connection = open_to_write(self._folder)
            self._keeper = self._keep(connection)
        except (Damaged, sqlite3.DatabaseError) as error:
            self._rebuild(str(error))
        except OSError as error:
            self._end(str(error))
        if self._keeper is not None:
            self._listener(Role(True))

    def _rebuild(self, why: str) -> None:
        logger.warning("the index is damaged: %s", why)
        if self._keeper is not None:
            self._analysers.clear()
            self._keeper.close()
            self._keeper = None
        try:
            remove_database(self._folder)
            self._keeper = self._keep(open_to_write(self._folder))
        except (OSError, Damaged, sqlite3.DatabaseError) as error:
            self._end(str(error))
            return
        self._listener(
            Notice("The index of this workspace was damaged and is made anew. None of your files is concerned.")
        )
        self._wanted = self._wanted or ()

    def _keep(self, connection: sqlite3.Connection) -> Keeper:
        return Keeper(connection, self._root, self._files, self._analysers, self._listener)

    def _told(self, text: str) -> None:
        if not self._told_disk:
            self._told_disk = True
            self._listener(Notice(text))

    def _end(self, why: str) -> None:
        self._listener(Notice(f"The workspace is not indexed: {why}."))
        self._stopping = True
