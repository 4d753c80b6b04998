"""One workspace folder in the worker: its indexer, its watch, and when the two compare everything with the disk."""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from foretoken.index.events import Changed, Event, Finished, Notice, Progress, Role
from foretoken.index.folders import prepare_index_folder
from foretoken.index.indexer import Indexer
from foretoken.index.reading import Reader
from foretoken.index.spool import Spool
from foretoken.index.store import database
from foretoken.index.watch import MANY, Watch, far_away
from foretoken.index.watcher import CannotWatch
from foretoken.trust.workspace_files import changes_rules

log = logging.getLogger(__name__)

HEAL_SECONDS = 600.0  # after so long all is compared once more, for events that were missed
COVER_SECONDS = 0.5  # into a comparison, until new folders are watched for the first time; then 1, 2, 4, ...
POLL_SECONDS = 10.0  # where nobody tells of changes; longer where looking takes long
_POLL_SHARE = 20  # times as long as a comparison takes
LOOK_SECONDS = 1.0  # how often two windows on one folder look at what the other one left


class ServedFolder:
    """root: the workspace folder, as a real path. said: told of every event, on some thread. near: the open files, relative.

    watches: whether to see for itself what other programs do. heals: whether to compare everything now and then.
    Raises OSError when there is no place for the index. ``stop`` is the only method that takes its time.
    """

    def __init__(
        self,
        root: Path,
        said: Callable[[Event], None],
        near: Callable[[], Sequence[str]] = tuple,
        *,
        watches: bool = True,
        heals: bool = True,
        limits: dict[str, int] | None = None,
    ) -> None:
        self.root = root
        self.terms = heals, dict(limits or {})  # what cannot be changed afterwards
        self.folder = prepare_index_folder(root)
        self._said = said
        self._near = near
        self._heals = heals
        self._watches = watches
        self._watch: Watch | None = None
        self._polls = False
        self._sync_seconds = 0.0
        self._active = False
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        # Of the thread alone:
        self.started = False
        self._spool = Spool(self.folder)
        self._early: list[str | None] = []  # for the writer, before it is known who that is
        self._written: tuple[tuple[int, int] | None, ...] = ()
        self._writer: bool | None = None
        self._syncing = False
        self._again = False
        self._stopped = False  # by the user, until all is asked for again, or it is time to heal
        self._compared = time.monotonic()
        self._cover_at = self._cover_pause = 0.0
        self.indexer = Indexer(root, self.folder, self._heard, **(limits or {}))

    def start(self) -> None:
        """What is stored is there at once; the comparison with the disk begins when it is clear who writes."""
        self.started = True
        self._thread.start()
        self.indexer.start()

    def stop(self) -> None:
        self._orders.put(None)
        self._thread.join()
        self._stop_watching()
        self.indexer.stop()

    def sync(self) -> None:
        """Somebody asks for it: compare everything with the disk, after the comparison that is under way."""
        self._orders.put(self._asked)

    def look(self) -> None:
        """Something changed that only a comparison with the disk can tell. Not while the user has stopped them."""
        self._active = True
        self._orders.put(self._compare)

    def cancel(self) -> None:
        """The user stops the comparison that is under way, and those that would follow from what happened meanwhile.
        What is saved is still read."""
        self._orders.put(self._cancel)

    def changed(self, paths: Sequence[str]) -> None:
        """These files (relative) were written, made or removed."""
        self._active = True
        if len(paths) > MANY or any(changes_rules(path) for path in paths):
            self.look()
        elif paths and self._writer:
            self.indexer.changed(paths)
        elif paths:
            self._orders.put(lambda: self._leave_to_writer(paths))

    def set_watches(self, watches: bool) -> None:
        self._orders.put(lambda: self._set_watches(watches))

    def active(self) -> None:
        """Somebody works here: it is worth to look for what was missed."""
        self._active = True

    # -- the thread --

    def _run(self) -> None:
        while True:
            try:
                order = self._orders.get(timeout=self._patience())
            except queue.Empty:
                order = self._on_time
            if order is None:
                return
            order()

    def _patience(self) -> float | None:
        if self._writer is None:
            return None
        heal = self._until_heal()
        return LOOK_SECONDS if heal is None else min(heal, LOOK_SECONDS)

    def _until_heal(self) -> float | None:
        """In how many seconds everything is to be compared, whether or not something was told."""
        if self._syncing or not self._writer:
            return None
        every = HEAL_SECONDS
        if self._polls and not self._stopped:
            every = max(POLL_SECONDS, _POLL_SHARE * self._sync_seconds)
        elif not self._heals:
            return None
        return max(0.0, self._compared + every - time.monotonic())

    def _on_time(self) -> None:
        if self._writer:
            paths, compare = self._spool.take()
            if compare:
                self._asked()
            elif paths:
                self.changed(paths)
        elif (written := self._look_at_database()) != self._written:
            self._written = written
            self._said(Changed(()))
        if self._until_heal() == 0.0:
            self._heal()

    def _look_at_database(self) -> tuple[tuple[int, int] | None, ...]:
        """Changes when another process writes it."""

        def stamp(path: str) -> tuple[int, int] | None:
            try:
                status = os.stat(path)
            except OSError:
                return None
            return status.st_mtime_ns, status.st_size

        return tuple(stamp(f"{database(self.folder)}{ending}") for ending in ("", "-wal"))

    def _heal(self) -> None:
        """Where nobody worked meanwhile it can wait until somebody does."""
        self._compared = time.monotonic()
        if self._polls or self._active:
            self._asked()

    def _leave_to_writer(self, paths: Sequence[str | None]) -> None:
        """While it is not known who that is, it waits; one who becomes the writer compares everything."""
        if self._writer is None:
            self._early += paths
        elif not self._writer:
            self._spool.put(paths)

    def _asked(self) -> None:
        self._stopped = False
        self._compare()

    def _cancel(self) -> None:
        if self._syncing:
            self._stopped = True
            self.indexer.cancel()

    def _compare(self) -> None:
        if not self._writer:
            self._leave_to_writer([None])
            return
        if self._stopped:
            return
        if self._syncing:
            self._again = True
            return
        self._active = False
        self._syncing = True
        self._cover_pause = COVER_SECONDS
        self._cover_at = time.monotonic() + self._cover_pause
        self.indexer.sync(self._near())

    def _heard(self, event: Event) -> None:
        """Runs on a thread of the indexer's."""
        self._said(event)
        if isinstance(event, Finished):
            self._orders.put(lambda: self._compared_all(event))
        elif isinstance(event, Role):
            self._orders.put(lambda: self._take_role(event.writer))
        elif isinstance(event, Progress):
            self._orders.put(self._cover_meanwhile)

    def _compared_all(self, event: Finished) -> None:
        self._syncing = False
        self._sync_seconds = event.seconds
        self._compared = time.monotonic()
        again, self._again = self._again, False
        if not event.cancelled:
            self._stopped = False  # it was over before it could be stopped
            again = self._cover() or again  # something may have happened there before it was watched
        if again:
            self._compare()

    def _cover_meanwhile(self) -> None:
        """A first index takes its time, and what is saved in its course is to be seen, too."""
        if self._syncing and time.monotonic() >= self._cover_at:
            self._cover_pause *= 2
            self._cover_at = time.monotonic() + self._cover_pause
            self._again = self._cover() or self._again

    def _take_role(self, writer: bool) -> None:
        self._writer = writer
        if writer:
            self._spool.clear()
            self._cover()
            self._compare()
        else:
            self._spool.put(self._early)
            self._written = self._look_at_database()
            self._syncing = False
            self._stop_watching()
        self._early.clear()

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.stop()
        self._watch, self._polls = None, False

    def _set_watches(self, watches: bool) -> None:
        self._watches = watches
        if watches:
            if self._cover():
                self._compare()
        else:
            self._stop_watching()

    def _cover(self) -> bool:
        """Watch the folders of all files that are stored; whether some were not watched before."""
        if not self._watches or self._polls or not self._writer:
            return False
        try:
            kind = far_away(self.root) if self._watch is None else ""
            if kind:
                raise CannotWatch(f"it lies on a network file system ({kind})")
            if self._watch is None:
                self._watch = Watch(self.root, self.changed, self.look, self._lost)
            reader = Reader(self.folder)
            try:
                folders = reader.folders()
            finally:
                reader.close()
            return self._watch.cover(folders)
        except CannotWatch as error:
            self._poll(str(error))
            return False

    def _lost(self, why: str) -> None:
        """Runs on a thread of the watch's."""

        def poll() -> None:
            if self._watch is not None:
                self._poll(why)
                self._compare()  # what was missed

        self._orders.put(poll)

    def _poll(self, why: str) -> None:
        self._stop_watching()
        self._polls = True
        self._said(
            Notice(
                f"{self.root} cannot be watched: {why}. What other programs change there is seen within "
                f"{max(POLL_SECONDS, _POLL_SHARE * self._sync_seconds):.0f} seconds."
            )
        )
