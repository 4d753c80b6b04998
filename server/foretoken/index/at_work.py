"""What the worker's queries' thread works on, and its end when that does not come to one.

A parser is C, and a regular expression holds the interpreter's lock: neither can be interrupted from within. So the language
server is told which document is about to be parsed, and a process that stands still ends itself. Whoever starts the next one
knows from both what not to hand to it again.
"""

import contextlib
import faulthandler
import itertools
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

log = logging.getLogger(__name__)

LIMIT_SECONDS = 20.0  # for one message; the slowest questions of a million lines take a tenth of a second
EXIT_STUCK = 75  # EX_TEMPFAIL
_LOOKS = 4  # within the limit


class AtWork:
    """say: sends an object to the language server. ``piece`` and ``document`` are for the queries' thread."""

    def __init__(self, say: Callable[[dict[str, Any]], None]) -> None:
        self._say = say
        self._pieces = itertools.count(1)
        self._piece = 0  # the number of what is being done; 0 = nothing
        self._document = ""

    @contextlib.contextmanager
    def piece(self) -> Iterator[None]:
        """Around everything that the thread does in one go."""
        self._piece = next(self._pieces)
        try:
            yield
        finally:
            self._piece = 0

    @contextlib.contextmanager
    def document(self, path: str) -> Iterator[None]:
        """Around everything that looks into an open document's text."""
        if self._document:
            yield
            return
        self._document = path
        self._say({"event": "parsing", "path": path})
        try:
            yield
        finally:
            self._document = ""
            self._say({"event": "parsed"})

    def watch(self) -> None:
        """From now on a piece of work that takes longer than LIMIT_SECONDS ends the process."""
        threading.Thread(target=self._watch, name="liveness", daemon=True).start()

    def _watch(self) -> None:
        pause = threading.Event()
        seen = times = 0
        while times < _LOOKS:
            # Where the interpreter's lock is not given back this thread does not come to its next turn: then this ends the
            # process, which needs no lock.
            faulthandler.dump_traceback_later(LIMIT_SECONDS, exit=True)
            pause.wait(LIMIT_SECONDS / _LOOKS)
            # Looks are counted, not seconds: a machine that slept is no thread that stands still.
            piece = self._piece
            times = times + 1 if piece and piece == seen else 0
            seen = piece
        what = f"looking into {self._document}" if self._document else "answering"
        log.critical("given up after %g s: %s", LIMIT_SECONDS, what)
        sys.stderr.write(f"{ascii(what)[1:-1]} did not come to an end within {LIMIT_SECONDS:g} s\n")
        logging.shutdown()
        os._exit(EXIT_STUCK)
