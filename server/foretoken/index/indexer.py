"""Keeps one workspace folder's index equal to the disk, on a thread of its own."""

import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from foretoken.index.analysers import Analysers
from foretoken.index.claim import Claim
from foretoken.index.events import Event, Notice, Refused, Role
from foretoken.index.folders import FOLDER_VARIABLE
from foretoken.index.keeper import Keeper
from foretoken.index.retry import PAUSES, Retry
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
    this object's. pauses: before another try to write where the disk is full, see ``retry.PAUSES``. All methods but
    ``stop`` return at once.
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
        pauses: tuple[float, float] = PAUSES,
    ) -> None:
        self._root = root
        self._folder = folder
        self._listener = listener
        self._files = WorkspaceFiles(root, max_files, max_file_bytes)
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._claim = Claim(folder, root)
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
        self._after: tuple[str, ...] | None = None  # the same, when the one that is under way has ended
        self._role: bool | None = None
        self._retry = Retry(pauses)

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
            if keeper.look_at(paths):
                # Not at once: a sync that is begun anew again and again would never end.
                self._after = paths[:1]

        self._orders.put(look)

    def cancel(self) -> None:
        """Stop the sync that is under way. What is stored stays, and the next one goes on from there."""
        self._token.cancel("cancelled")

        def give_up(keeper: Keeper) -> None:
            self._wanted = self._after = None
            keeper.cancel()

        self._orders.put(give_up)

    def check(self) -> None:
        """Read the whole database and make it anew when it is damaged or gone; for when a reader met that."""

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
            self._claim.release()

    def _turn(self) -> None:
        if self._keeper is None:
            self._become_writer()
        try:
            order = self._orders.get(timeout=self._patience())
        except queue.Empty:
            order = None
        if self._keeper is not None and self._claim.lost:
            self._begin_anew()
        if self._keeper is None:
            # Who writes sees what changes, too. After taking over, everything is looked at anyway.
            return
        if order is not None:
            self._guarded(order)
        comparing = self._keeper is not None and self._keeper.comparing
        if self._wanted is None and (self._retry.left == 0 or (self._after is not None and not comparing)):
            self._wanted = self._after or ()
        if self._wanted is not None and not self._stopping:
            self._retry.trying()
            self._guarded(self._begin_sync)
        if self._retry.left is None:
            self._guarded(self._do_due)
        self._analysers.kill_hung()

    def _do_due(self, keeper: Keeper) -> None:
        idle = self._analysers.idle  # before the orders are looked at: what was found is put there first
        if keeper.due(pressed=not self._orders.empty(), idle=idle) and self._retry.failing:
            self._retry.worked()
            self._listener(Notice("The index of this workspace is written again; nothing is missing from it."))

    def _patience(self) -> float | None:
        if self._keeper is None:
            return _LOCK_SECONDS
        if self._wanted is not None:
            return 0.0
        patience = self._keeper.patience()
        left = self._retry.left
        return patience if left is None else left if self._analysers.idle else min(left, 0.5)

    def _guarded(self, order: _Order) -> None:
        """A database that is damaged is made anew; after a full disk what is under way is tried again later."""
        if self._keeper is None:
            return
        try:
            order(self._keeper)
        except sqlite3.OperationalError as error:
            logger.warning("the index could not be written: %s", error)
            if not self._retry.failing:
                self._listener(
                    Notice(
                        f"The index of this workspace could not be written ({error}). What is stored stays, and the rest "
                        f"is tried again every few minutes. Look whether there is room on the disk of {self._folder}."
                    )
                )
            self._retry.failed()
            try:
                self._keeper.give_up()
            except sqlite3.DatabaseError as damage:
                self._rebuild(str(damage))
        except sqlite3.DatabaseError as error:
            self._rebuild(str(error))

    def _begin_sync(self, keeper: Keeper) -> None:
        near, self._wanted, self._after = self._wanted or (), None, None
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
            writes = self._claim.take()
        except OSError as error:
            self._end(f"its folder {self._folder} cannot be written ({error.strerror})")
            return
        if not writes:
            if self._role is not False:
                self._role = False
                self._listener(Role(False))
            return
        if self._role is False:
            self._wanted = ()  # nobody knows what the writer before left undone
        self._role = True
        try:
            self._keep(open_to_write(self._folder))
        except (Damaged, sqlite3.DatabaseError) as error:
            self._rebuild(str(error))
        except OSError as error:
            self._end(str(error))
        if self._keeper is not None:
            self._listener(Role(True))

    def _rebuild(self, why: str) -> None:
        logger.warning("the index is damaged: %s", why)
        self._close_keeper()
        try:
            remove_database(self._folder)
            self._keep(open_to_write(self._folder))
        except (OSError, Damaged, sqlite3.DatabaseError) as error:
            self._end(str(error))
            return
        self._listener(
            Notice("The index of this workspace was damaged and is made anew. None of your files is concerned.")
        )
        self._wanted = self._wanted or ()

    def _keep(self, connection: sqlite3.Connection) -> None:
        self._keeper = Keeper(connection, self._root, self._files, self._analysers, self._listener)
        self._claim.opened()

    def _close_keeper(self) -> None:
        if self._keeper is not None:
            self._keeper.drop()
            self._keeper.close()
            self._keeper = None

    def _begin_anew(self) -> None:
        """As at the start: somebody removed the index."""
        logger.warning("the index was removed: %s", self._folder)
        self._close_keeper()
        self._wanted = self._wanted or ()
        try:
            self._claim.begin_anew()
        except OSError as error:
            self._end(f"its folder {self._folder} cannot be made ({error.strerror})")
            return
        self._listener(Notice("The index of this workspace was removed and is made anew."))

    def _end(self, why: str) -> None:
        self._listener(
            Refused(f"The workspace is not indexed: {why}. {FOLDER_VARIABLE} can name another folder for the index.")
        )
        self._stopping = True
