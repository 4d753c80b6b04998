"""The workspace worker: what the language server says, done; what it asks, answered; what happens, told.

Messages are read on the main thread. Documents and questions go to one thread, in order, so that an answer holds what was
typed before the question; it is the only one that uses the Index. Questions about Python that need inference have a thread
of their own, because they take their time.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from foretoken.index.event_wire import event_to_wire
from foretoken.index.events import Changed, Event
from foretoken.index.folders import sweep
from foretoken.index.index import Index, IndexedFolder
from foretoken.index.overlay import Mismatch
from foretoken.index.python import WHAT as PYTHON_WHAT
from foretoken.index.python import PythonQuestion, PythonQuestions
from foretoken.index.questions import QUESTIONS
from foretoken.index.roots import refusal
from foretoken.index.served_folder import ServedFolder
from foretoken.text.edit import TextEdit
from foretoken.trust.confine import distinct_roots
from foretoken.trust.workspace_files import changes_rules

log = logging.getLogger(__name__)

Say = Callable[[dict[str, Any]], None]
IDLE_SECONDS = 0.3  # after the last key, until the facts of what was typed are looked for
_FIGURES_SHARE = 50  # times as long as counting took, until the next time
_NEAR = 8  # open files that say where somebody works


class Worker:
    """say: sends an object to the language server; called on any thread."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._index = Index(on_damage=self._check)
        self._served: dict[Path, ServedFolder] = {}
        self._given: dict[Path, str] = {}
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
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
            self._orders.put(lambda: self._answer(head, arrived))
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
        elif what in ("save", "changed"):
            paths = [str(path) for path in head["paths"]]
            self._orders.put(lambda: self._on_disk(paths))
        else:
            self._orders.put(lambda: self._document(what, head, body))

    def stop(self) -> None:
        """Ends all threads and processes, and waits for them."""
        self._orders.put(None)
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
        roots = distinct_roots(list(given))
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
        indexed = [IndexedFolder(self._given[root], root, served.folder) for root, served in self._served.items()]
        self._orders.put(lambda: self._index.set_folders(indexed))
        self._orders.put(self._tell_stored)
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
            return
        sweep(but=self._served[root].folder)

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
            self._orders.put(lambda: None)  # who waits for a question looks at it
        self._say(event_to_wire(folder, event))

    # -- the queries' thread --

    def _run(self) -> None:
        while True:
            try:
                order = self._orders.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                order = self._nothing_asked()
            if order is None:
                break
            try:
                order()
            except (ValueError, TypeError, KeyError, OSError, RecursionError, MemoryError):
                log.exception("a message of the language server failed")
        self._index.close()

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

    def _nothing_asked(self) -> Callable[[], None] | None:
        """Use the time; the next order, if it came meanwhile or there is nothing left to do."""
        if self._index.overlay.look_ahead():
            return lambda: None
        if self._figures_old:
            if time.monotonic() >= self._figures_from:
                self._figures_old = False
                return self._tell_stored
            try:
                return self._orders.get(timeout=max(0.0, self._figures_from - time.monotonic()))
            except queue.Empty:
                return lambda: None
        return self._orders.get()

    def _tell_stored(self) -> None:
        """How much is stored: from earlier, before anything is compared, and after files changed. Not too often, for it is
        counted: where that takes long, seldom."""
        began = time.thread_time()  # what it costs, not how long others kept it waiting
        for folder, summary in self._index.summary().items():
            figures = {"files": summary.files, "lines": summary.lines, "symbols": summary.symbols}
            self._say({"event": "stored", "folder": folder, **figures})
        self._figures_from = time.monotonic() + _FIGURES_SHARE * (time.thread_time() - began)

    def _on_disk(self, paths: list[str]) -> None:
        by_root: dict[Path, list[str]] = {}
        for path in paths:
            place = self._index.place(path)
            if place is not None:
                by_root.setdefault(place[0].root, []).append(place[1])
        for root, changed in by_root.items():
            if any(changes_rules(path) for path in changed):
                self._index.rules_changed()
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
            )
        )  # fmt: skip


def _edits(lengths: list[list[int]], body: str) -> list[TextEdit]:
    """Each edit's start, end and how many characters of the body it puts there."""
    edits, at = [], 0
    for start, end, length in lengths:
        edits.append(TextEdit(start, end, body[at : at + length]))
        at += length
    return edits
