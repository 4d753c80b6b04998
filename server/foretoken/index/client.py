"""The language server's side of the workspace worker: documents and changes go there, questions are answered from there.

Light to import: nothing here parses, and no database is opened. Whoever asks while no worker is there is answered with
nothing at once.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from foretoken.index.event_wire import event_from_wire
from foretoken.index.events import Event, Finished, Notice, Progress, Role
from foretoken.index.open_documents import OpenDocument, OpenDocuments
from foretoken.index.process import WorkerProcess, spawn
from foretoken.index.status import FolderStatus, IndexState, IndexStatus
from foretoken.index.supervision import PAUSES, Spawn, Supervision
from foretoken.index.wire import definition_from_wire, import_from_wire
from foretoken.syntax.facts import Definition, Import
from foretoken.syntax.python_inference import PythonAnswer, PythonName, PythonSignature, Trouble
from foretoken.text.edit import TextEdit

log = logging.getLogger(__name__)

SECONDS = 1.0
_COVERED = "It lies in another workspace folder and is indexed with it."
_READ = "Another window keeps its index up to date, and this one reads it."

# A workspace folder as it was given and what happened there; "" and None: ``status`` changed otherwise.
Listener = Callable[[str, Event | None], None]


class IndexClient:
    """For one event loop. Paths are absolute, as the editor spells them; offsets count code points.

    start: starts a worker process. listener: see ``Listener``. seconds: how long an answer may take, unless who asks says
    otherwise.
    """

    def __init__(
        self,
        listener: Listener = lambda folder, event: None,
        start: Spawn = lambda: spawn(None, "info"),
        pauses: tuple[float, ...] = PAUSES,
        seconds: float = SECONDS,
    ) -> None:
        self._listener = listener
        self._seconds = seconds
        self._documents = OpenDocuments()
        self._folders: dict[str, FolderStatus] = {}
        self._setup: dict[str, Any] | None = None
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self._supervision = Supervision(
            start, self._hear, self._begin, self._lose, self._cured, lambda: self._listener("", None), pauses
        )

    # Life

    def set_up(
        self,
        folders: Sequence[str],
        *,
        watches: bool = True,
        heals: bool = True,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        """The workspace folders from now on; a worker is started for the first. watches: whether it looks itself for what
        other programs do. heals: whether it compares everything now and then. limits: ``max_files``, ``max_file_bytes``.
        """
        setup = {
            "do": "setup",
            "folders": list(folders),
            "watches": watches,
            "heals": heals,
            "limits": dict(limits or {}),
        }
        if setup == self._setup:
            return
        self._setup = setup
        self._folders = {folder: self._folders.get(folder) or FolderStatus(folder) for folder in folders}
        if folders:
            self._supervision.start()
        self._send(setup)

    def index_now(self) -> None:
        """Compare everything with the disk; after the worker was given up, start it again."""
        if self._folders:
            self._supervision.start()
            self._send({"do": "sync"})

    def stop_indexing(self, folder: str) -> None:
        """Stop the comparison that is under way. What is stored stays; the next one goes on from there."""
        if (known := self._folders.get(folder)) is not None:
            known.stopping = True
        self._send({"do": "stop", "folder": folder})

    async def close(self) -> None:
        self._setup, self._folders = None, {}
        await self._supervision.close()

    @property
    def status(self) -> IndexStatus:
        state, process = self._supervision.state, self._supervision.process
        folders = tuple(self._folders.values())
        if state is IndexState.READY and not all(folder.refused or folder.compared for folder in folders):
            state = IndexState.INDEXING
        if state is IndexState.READY and any(folder.indexing for folder in folders):
            state = IndexState.INDEXING
        if state is IndexState.READY and any(folder.stopped for folder in folders):
            state = IndexState.STOPPED
        return IndexStatus(state, self._supervision.message, process.pid if process is not None else None, folders)

    # Documents

    def opened(self, path: str, language_id: str, text: str) -> None:
        """Also for a document whose text is another one now."""
        self._send_whole(self._documents.open(path, language_id, text))

    def edited(self, path: str, edits: Sequence[TextEdit], text: str) -> None:
        """text: what the edits, each in the text that the one before it left, make of the text so far."""
        document = self._documents.get(path)
        if document is None:
            return
        document.text = text
        document.revision += 1
        process = self._supervision.process
        if process is None or not document.sent:
            return
        head = {
            "do": "edit",
            "path": path,
            "revision": document.revision,
            "edits": [[edit.start, edit.end, len(edit.new_text)] for edit in edits],
            "length": len(text),
        }
        body = "".join(edit.new_text for edit in edits)
        process.outbox.put_edit(path, head, body, document.whole, text)

    def closed(self, path: str) -> None:
        if self._documents.close(path):
            self._send({"do": "close", "path": path})

    def saved(self, path: str) -> None:
        self._send({"do": "save", "paths": [path]})

    def changed(self, paths: Iterable[str]) -> None:
        """These files were written, made or removed, says the editor. Some hundred at most; of more, see ``look``."""
        self._send({"do": "changed", "paths": list(paths)})

    def look(self, folder: str) -> None:
        """So much changed in a workspace folder that it is better compared with the disk than told."""
        self._send({"do": "look", "folder": folder})

    # Questions

    async def symbols(self, path: str, seconds: float | None = None) -> tuple[Definition, ...]:
        """The definitions of a file, in the order of its text."""
        return tuple(definition_from_wire(values) for values in await self._ask("symbols", path, seconds=seconds))

    async def imports(self, path: str, seconds: float | None = None) -> tuple[Import, ...]:
        """What a file imports, in the order of its text."""
        return tuple(import_from_wire(values) for values in await self._ask("imports", path, seconds=seconds))

    async def find(self, name: str, seconds: float | None = None) -> list[tuple[str, Definition]]:
        """Where a name is defined: (path, definition)."""
        return _placed(await self._ask("find", name, seconds=seconds))

    async def search(self, text: str, limit: int = 50, seconds: float | None = None) -> list[tuple[str, Definition]]:
        """Definitions whose name begins with the text, holds it, or holds its characters in this order."""
        return _placed(await self._ask("search", text, limit, seconds=seconds))

    async def uses(self, name: str, seconds: float | None = None) -> list[tuple[str, frozenset[str], int]]:
        """The files in whose text a name stands: (path, how it is used there, how often it stands there)."""
        found = await self._ask("uses", name, seconds=seconds)
        return [(path, frozenset(kinds), count) for path, kinds, count in found]

    async def edges_from(self, path: str, seconds: float | None = None) -> list[str]:
        """The files of the workspace that a file imports."""
        return list(await self._ask("edges_from", path, seconds=seconds))

    async def edges_to(self, path: str, seconds: float | None = None) -> list[str]:
        """The files of the workspace that import a file."""
        return list(await self._ask("edges_to", path, seconds=seconds))

    async def python(self, what: str, path: str, offset: int, seconds: float | None = None) -> PythonAnswer:
        """What jedi knows of a place in a Python file of the workspace, its text as the editor has it. what: ``goto``,
        ``infer``, ``names`` or ``signatures``, see PythonInference."""
        found = await self._ask("python", what, path, offset, seconds=seconds)
        if not found:
            return PythonAnswer(trouble=Trouble.UNAVAILABLE)
        signatures = tuple(
            PythonSignature(**{**one, "parameters": tuple(one["parameters"])}) for one in found["signatures"]
        )
        names = tuple(PythonName(**name) for name in found["names"])
        return PythonAnswer(names, signatures, Trouble(found["trouble"]))

    async def summary(self, seconds: float | None = None) -> dict[str, Any]:
        """Of each workspace folder, what reading.Summary says."""
        return dict(await self._ask("summary", seconds=seconds))

    async def _ask(self, method: str, *arguments: Any, seconds: float | None) -> Any:
        """The answer; nothing when there is no worker, it ends, or it is late."""
        if self._supervision.process is None:
            return ()
        seconds = self._seconds if seconds is None else seconds
        self._number += 1
        number = self._number
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._send({"do": "ask", "id": number, "method": method, "arguments": arguments, "seconds": seconds})
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            log.info("no answer to %s within %g s", method, seconds)
            self._send({"do": "cancel", "id": number})
            return ()
        except asyncio.CancelledError:
            self._send({"do": "cancel", "id": number})
            raise
        finally:
            self._asked.pop(number, None)

    # The worker

    def _send(self, head: dict[str, Any]) -> None:
        process = self._supervision.process
        if process is not None:
            process.outbox.put(head)

    def _send_whole(self, document: OpenDocument) -> None:
        process = self._supervision.process
        if process is not None and document.sent:
            process.outbox.put_whole(document.path, document.whole, document.text)

    def _begin(self, process: WorkerProcess) -> None:
        """What a new worker must know, before anything is asked of it."""
        for folder in self._folders.values():
            folder.indexing, folder.compared, folder.writer = False, False, None
            folder.stopping = folder.stopped = False
        for document in self._documents:
            self._send_whole(document)
        if self._setup is not None:
            process.outbox.put(self._setup)

    def _lose(self) -> None:
        for answer in self._asked.values():
            if not answer.done():
                answer.set_result(())

    def _cured(self, process: WorkerProcess) -> bool:
        """A document that a worker did not survive is plain text for the next one."""
        sentence = self._documents.died(process.parsing) if process.parsing else ""
        if sentence:
            self._listener("", Notice(sentence))
        return bool(process.parsing)

    def _hear(self, head: dict[str, Any]) -> None:
        if "id" in head:
            answer = self._asked.get(head["id"])
            if "error" in head:
                log.error("the index worker did not answer: %s", head["error"])
            if answer is not None and not answer.done():
                answer.set_result(head.get("result", ()))
        elif head["event"] == "ready":
            self._supervision.ready()
        elif head["event"] == "resync":
            if (document := self._documents.get(head["path"])) is not None:
                self._send_whole(document)
        else:
            self._note(head)

    def _note(self, head: dict[str, Any]) -> None:
        known = self._folders.get(head["folder"])
        if known is None:  # closed meanwhile
            return
        if head["event"] == "stored":
            if not known.indexing:
                known.files, known.lines, known.symbols = head["files"], head["lines"], head["symbols"]
                self._listener("", None)
            return
        if head["event"] == "covered":
            known.compared, known.notice = True, _COVERED
            return
        event = event_from_wire(head)
        match event:
            case Progress():
                known.indexing, known.done, known.total = True, event.done, event.total
                known.stopped = False
            case Finished():
                known.indexing, known.compared = False, True
                known.stopped, known.stopping = known.stopping and event.cancelled, False
                known.files, known.lines, known.symbols = event.files, event.lines, event.symbols
            case Role():
                known.writer = event.writer
                known.compared = known.compared or not event.writer
                if not event.writer:
                    known.notice = _READ
                elif known.notice in (_READ, _COVERED):
                    known.notice = ""
            case Notice() if head["event"] == "refused":
                known.refused = event.text
            case Notice():
                known.notice = event.text
        self._listener(head["folder"], event)


def _placed(found: Iterable[Sequence[Any]]) -> list[tuple[str, Definition]]:
    return [(path, definition_from_wire(values)) for path, values in found]
