"""The workspace worker: what the language server says, done; what it asks, answered; what happens, told.

Messages are read on the main thread. Documents and questions go to one thread, in order, so that an answer holds what was
typed before the question; it is the only one that uses the Index, and has chores for when nobody asks. Questions about Python
that need inference have a thread of their own, because they take their time.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from foretoken.index.at_work import AtWork
from foretoken.index.event_wire import event_to_wire
from foretoken.index.events import Changed, Event, Finished
from foretoken.index.folders import sweep
from foretoken.index.inbox import Inbox
from foretoken.index.index import Index, IndexedFolder
from foretoken.index.overlay import Mismatch, Overlay
from foretoken.index.python import WHAT as PYTHON_WHAT
from foretoken.index.python import PythonQuestion, PythonQuestions
from foretoken.index.questions import QUESTIONS
from foretoken.index.roots import refusal, sayable, separate_roots
from foretoken.index.served_folder import ServedFolder
from foretoken.index.watch import MANY
from foretoken.text.edit import TextEdit

log = logging.getLogger(__name__)

Say = Callable[[dict[str, Any]], None]
IDLE_SECONDS = 0.3  # after the last key, until the facts of what was typed are looked for
_FIGURES_SHARE = 50  # times as long as counting took, until the next time
_NEAR = 8  # open files that say where somebody works


class Worker:
    """say: sends an object to the language server; called on any thread."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.at_work = AtWork(say)
        self._index = Index(Overlay(self.at_work.document), on_damage=self._check)
        self._served: dict[Path, ServedFolder] = {}
        self._given: dict[Path, str] = {}
        self._inbox = Inbox()
        self._cancelled: set[int] = set()
        self._python = PythonQuestions()
        self._near: tuple[str, ...] = ()
        self._figures_old = False
        self._figures_from = 0.0  # when they may be counted again
        self._thread = threading.Thread(target=self._run, name="queries", daemon=True)
        self._thread.start()

    def receive(self, head: Mapping[str, Any], body: str) -> None:
        """One message, on the main thread. Raises KeyError, TypeError or ValueError for one that says nothing."""
        what = head["do"]
        if what == "ask":
            arrived = time.monotonic()
            self._inbox.put(lambda: self._answer(head, arrived))
        elif what == "cancel":
            self._cancelled.add(int(head["id"]))
            if len(self._cancelled) > 10_000:  # of questions that were answered already
                self._cancelled.clear()
        elif what == "setup":
            self._set_up(head)
        elif what == "sync":
            for folder in list(self._served.values()):
                folder.sync()
        elif what == "stop":
            for folder in list(self._served.values()):
                if head.get("folder") in (None, self._given.get(folder.root)):
                    folder.cancel()
        elif what == "look":
            for folder in list(self._served.values()):
                if head["folder"] == self._given.get(folder.root):
                    folder.look()
        elif what in ("save", "changed"):
            paths = [path for path in map(str, head["paths"]) if sayable(path)]
            self._inbox.put_chore(lambda: self._on_disk(paths))
        else:
            self._inbox.put(lambda: self._document(what, head, body))

    def stop(self) -> None:
        """Ends all threads and processes, and waits for them."""
        self._inbox.close()
        self._thread.join()
        self._python.stop()
        for folder in self._served.values():
            folder.stop()

    # -- the main thread --

    def _set_up(self, head: Mapping[str, Any]) -> None:
        """The workspace folders, and who watches them; again whenever they change."""
        watches, heals = bool(head["watches"]), bool(head["heals"])
        limits = {name: int(value) for name, value in head.get("limits", {}).items()}
        given: dict[Path, str] = {}
        wanted: list[str] = []
        for folder in head["folders"]:
            reason = refusal(Path(folder))
            if reason:
                self._say({"event": "refused", "folder": folder, "text": reason})
            else:
                wanted.append(folder)
                given.setdefault(Path(folder).resolve(), folder)
        roots = separate_roots(list(given))
        for root, served in list(self._served.items()):
            if root not in roots or served.terms != (heals, limits):
                self._served.pop(root).stop()
        self._given = {root: given[root] for root in roots}
        for folder in wanted:
            if folder not in self._given.values():
                self._say({"event": "covered", "folder": folder})
        for root in roots:
            if root in self._served:
                self._served[root].set_watches(watches)
            else:
                self._serve(root, watches, heals, limits)
        if not all(served.started for served in self._served.values()):
            sweep(but=[served.folder for served in self._served.values()])
        indexed = [IndexedFolder(self._given[root], root, served.folder) for root, served in self._served.items()]
        self._inbox.put(lambda: self._index.set_folders(indexed))
        self._inbox.put_chore(self._tell_stored)
        for root, served in self._served.items():
            if not served.started:
                served.start()
        self._say({"event": "ready"})

    def _serve(self, root: Path, watches: bool, heals: bool, limits: dict[str, int]) -> None:
        folder = self._given[root]
        try:
            self._served[root] = ServedFolder(
                root, lambda event: self._tell(folder, event), lambda: self._near_to(root),
                watches=watches, heals=heals, limits=limits,
            )  # fmt: skip
        except OSError as error:
            text = (
                f"{folder} is not indexed: its index cannot be written ({error.strerror or error}: {error.filename})."
            )
            self._say({"event": "refused", "folder": folder, "text": text})

    def _check(self, folder: IndexedFolder) -> None:
        if folder.root in self._served:
            self._served[folder.root].indexer.check()

    def _near_to(self, root: Path) -> tuple[str, ...]:
        given = self._given.get(root, "")
        return tuple(
            Path(path).relative_to(given).as_posix() for path in self._near if Path(path).is_relative_to(given)
        )

    # -- any thread --

    def _tell(self, folder: str, event: Event) -> None:
        if isinstance(event, Changed):
            self._figures_old = True
            self._inbox.put_chore(lambda: None)  # who waits for a question looks at it
        if isinstance(event, Finished) or event == Changed(()):
            self._inbox.put_chore(self._index.rules_changed)  # the ignore rules were read anew, and may be others now
        self._say(event_to_wire(folder, event))

    # -- the queries' thread --

    def _run(self) -> None:
        while True:
            order = self._inbox.take(IDLE_SECONDS)
            if order is None and not self._inbox.closed:
                order = self._idle()
            if self._inbox.closed:
                break
            if order is not None:
                self._do(order)
        self._index.close()

    def _do(self, order: Callable[[], None]) -> None:
        try:
            with self.at_work.piece():
                order()
        except (ValueError, TypeError, KeyError, OSError, RecursionError, MemoryError):
            log.exception("a message of the language server failed")

    def _document(self, what: str, head: Mapping[str, Any], body: str) -> None:
        path, overlay = str(head["path"]), self._index.overlay
        if what == "open":
            overlay.open(path, str(head["language"]), int(head["revision"]), body)
        elif what == "close":
            overlay.close(path)
        elif what == "edit":
            try:
                overlay.edit(path, _edits(head["edits"], body), int(head["revision"]), int(head["length"]))
            except Mismatch as error:
                log.warning("%s: %s", path, error)
                self._say({"event": "resync", "path": path})
        else:
            log.warning("unknown message %r", what)
        place = self._index.place(path)
        if place is not None and (served := self._served.get(place[0].root)) is not None:
            served.active()
        self._near = tuple(file.path for _, file in zip(range(_NEAR), overlay, strict=False))

    def _idle(self) -> Callable[[], None] | None:
        """Nobody has asked for a while: what there is to do then; or the next order, waited for."""
        if self._index.overlay.waits:
            return self._index.overlay.look_ahead
        if not self._figures_old:
            return self._inbox.take(None)
        left = self._figures_from - time.monotonic()
        if left > 0:
            return self._inbox.take(left)
        self._figures_old = False
        return self._tell_stored

    def _tell_stored(self) -> None:
        """How much is stored: from earlier, before anything is compared, and after files changed. Not too often, for it is
        counted: where that takes long, seldom."""
        began = time.thread_time()  # what it costs, not how long others kept it waiting
        for folder, summary in self._index.summary().items():
            figures = {"files": summary.files, "lines": summary.lines, "symbols": summary.symbols}
            self._say({"event": "stored", "folder": folder, **figures})
        self._figures_from = time.monotonic() + _FIGURES_SHARE * (time.thread_time() - began)

    def _on_disk(self, paths: list[str]) -> None:
        if len(paths) > MANY:  # to place one takes longer than to compare it with the disk
            for served in list(self._served.values()):
                served.look()
            return
        by_root: dict[Path, list[str]] = {}
        for path in paths:
            place = self._index.place(path)
            if place is not None and sayable(place[1]):
                by_root.setdefault(place[0].root, []).append(place[1])
        for root, changed in by_root.items():
            if (served := self._served.get(root)) is not None:
                served.changed(changed)

    def _answer(self, head: Mapping[str, Any], arrived: float) -> None:
        number = int(head["id"])
        if number in self._cancelled:
            self._cancelled.discard(number)
            return
        if time.monotonic() - arrived > float(head["seconds"]):
            self._say({"id": number, "late": True})
            return
        if head["method"] == "python":
            self._ask_python(number, head, arrived)
            return
        question = QUESTIONS.get(head["method"])
        if question is None:
            self._say({"id": number, "error": f"unknown question {head['method']!r}"})
            return
        try:
            self._say({"id": number, "result": question(self._index, *head.get("arguments", ()))})
        except (ValueError, TypeError, KeyError, OSError, RecursionError, MemoryError) as error:
            log.exception("the question %s failed", head["method"])
            self._say({"id": number, "error": type(error).__name__})

    def _ask_python(self, number: int, head: Mapping[str, Any], arrived: float) -> None:
        what, path, offset = head["arguments"]
        place, text = self._index.place(str(path)), self._index.text(str(path))
        if place is None or text is None or what not in PYTHON_WHAT:
            self._say({"id": number, "result": None})
            return
        folder, relative = place
        self._python.ask(
            PythonQuestion(
                what, folder.root, folder.folder / "python", relative, text, int(offset), float(head["seconds"]), arrived,
                lambda answer: self._say({"id": number, "result": answer}), lambda: number in self._cancelled,
                tuple(self._given),
            )
        )  # fmt: skip


def _edits(lengths: list[list[int]], body: str) -> list[TextEdit]:
    """Each edit's start, end and how many characters of the body it puts there."""
    edits, at = [], 0
    for start, end, length in lengths:
        edits.append(TextEdit(start, end, body[at : at + length]))
        at += length
    return edits
