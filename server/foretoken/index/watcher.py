"""One set of the system's watches, and the thread that hears of them."""

import errno
import os
import threading
from collections.abc import Callable
from typing import NamedTuple

from watchfiles._rust_notify import RustNotify

# watchfiles looks for events every step and hands them over when a step brought no more: two steps at most, so that a saved
# file is seen within 30 ms. Steps of 10 ms take half a percent of a core while nothing happens.
STEP_MS = 15
DEBOUNCE_MS = 60
TICK_MS = 1000  # how soon a watch that is given up ends, and how often its owner is told that time passes
_NONE_LEFT = "the system has no watches left (fs.inotify.max_user_watches)"


class CannotWatch(Exception):
    """The system does not tell of changes here. The message says why, as the end of a sentence."""


class Ears(NamedTuple):
    """Who is told, on the watcher's thread. seen: events, as (what happened, whole path). tick: now and then. broke: the
    watcher has ended, for this reason; what happened lately may have been missed."""

    seen: Callable[[set[tuple[int, str]]], None]
    tick: Callable[[], None]
    broke: Callable[["Watcher", str], None]


class Watcher:
    """folders: relative to the root, with slashes; those of them that are there are watched. Raises CannotWatch."""

    def __init__(self, root: str, folders: set[str], ears: Ears) -> None:
        self._ears = ears
        self._stopped = threading.Event()
        places = {os.path.join(root, folder) if folder else root: folder for folder in sorted(folders)}
        self._notify, watched = _notify([place for place in places if os.path.isdir(place)])
        self.folders = frozenset(places[place] for place in watched)
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def stop(self) -> None:
        """Returns at once; the thread ends within a tick."""
        self._stopped.set()

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                try:
                    events = self._notify.watch(DEBOUNCE_MS, STEP_MS, TICK_MS, self._stopped)
                except RuntimeError as error:  # WatchfilesRustInternalError: a name that is no Unicode; it is for good
                    if not self._stopped.is_set():
                        self._ears.broke(self, str(error))
                    return
                if isinstance(events, set):
                    self._ears.seen(events)
                if not self._stopped.is_set():
                    self._ears.tick()
        finally:
            self._notify.close()


def _notify(paths: list[str]) -> tuple[RustNotify, list[str]]:
    """And which of the paths are watched."""
    while True:
        try:
            return RustNotify(paths, False, False, 0, False, True), paths
        except FileNotFoundError:  # removed since it was looked at
            left = [path for path in paths if os.path.isdir(path)]
            if len(left) == len(paths):
                raise CannotWatch("a folder could not be watched") from None
            paths = left
        except UnicodeEncodeError as error:
            raise CannotWatch("its name is not valid Unicode") from error
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EMFILE) or "limit" in str(error).lower()
            raise CannotWatch(_NONE_LEFT if full else str(error)) from error
        except RuntimeError as error:  # WatchfilesRustInternalError
            full = "limit" in str(error).lower() or "os error 28" in str(error) or "os error 24" in str(error)
            raise CannotWatch(_NONE_LEFT if full else str(error)) from error
