"""WorkspaceIndex: brings the editor's documents, folders, settings and file events to the workspace worker, and what
happens there to the user.

The worker is started after ``initialized``, when the model is there or has taken its time, so that it delays neither.
"""

import asyncio
import importlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foretoken.engine.engine import EngineState, EngineStatus
from foretoken.index.events import Event, Finished, Notice, Progress
from foretoken.index.status import IndexState, IndexStatus
from foretoken.lsp.file_changes import MANY, folders_of, paths_of
from foretoken.lsp.file_watching import FileWatching
from foretoken.lsp.index_progress import IndexProgress
from foretoken.session.settings import IndexSettings, Settings
from foretoken.text.document import Document
from foretoken.text.edit import TextEdit
from foretoken.text.uris import file_path

if TYPE_CHECKING:
    from foretoken.index.client import IndexClient, Listener
    from foretoken.lsp.server import ForetokenServer

logger = logging.getLogger(__name__)

IndexFactory = Callable[["Listener"], "IndexClient"]
PATIENCE_SECONDS = 5.0  # for a model that is being loaded
QUIET_SECONDS = 1.0  # after it is there: the first suggestion comes first
SHOWN_FILES = 300  # so many to be read are worth a progress bar that nobody asked for
_BUSY = {EngineState.STARTING, EngineState.LOADING, EngineState.RESTARTING}


class WorkspaceIndex:
    """For the event loop. ``client`` is there once the worker was wanted for the first time."""

    def __init__(self, server: "ForetokenServer", factory: IndexFactory | None) -> None:
        self._server = server
        self._factory = factory
        self._started = False
        self._wait: asyncio.TimerHandle | None = None
        self._waits_for_model = False
        self._settings = server.session.settings.index
        self._watching = FileWatching(server)
        self._progress: dict[str, IndexProgress] = {}
        self._asked: set[str] = set()  # folders whose next comparison the user asked for
        self._told: set[str] = set()
        self.client: IndexClient | None = None

    def start(self) -> None:
        """The editor is initialized."""
        if self._factory is None or self._started:
            return
        self._started = True
        self._server.session.documents.listeners.append(self)
        self._server.session.on_settings(self._settings_changed)
        self._settings = self._server.session.settings.index
        self._waits_for_model = self._server.engine.status.state in _BUSY
        self._begin_after(PATIENCE_SECONDS if self._waits_for_model else QUIET_SECONDS)

    def engine_changed(self, status: EngineStatus) -> None:
        if self._waits_for_model and status.state not in _BUSY:
            self._waits_for_model = False
            if self._wait is not None:
                self._begin_after(QUIET_SECONDS)

    def refresh(self) -> None:
        """The folders changed, or the settings."""
        if self._started and self._wait is None:
            self._set_up()

    def index_now(self) -> str:
        """Compare everything with the disk. Returns why that cannot be, as a sentence; empty when it is done."""
        if self._factory is None or not self._settings.enabled:
            return "The index is switched off (index.enabled)."
        if not self._server.session.folders.paths:
            return "No folder is open, so there is nothing to index."
        if self._wait is not None:
            self._begin()
        if self.client is not None:
            self._asked.update(str(folder) for folder in self._server.session.folders.paths)
            self.client.index_now()
        return ""

    def files_changed(self, changes: list[Any]) -> None:
        """changes: the protocol's FileEvents, as they came; the list is this object's from now on."""
        if self.client is None:
            return
        if len(changes) <= MANY:
            self.client.changed(paths_of(changes))
        else:
            self._server.spawn(self._look_where(changes))

    async def _look_where(self, changes: list[Any]) -> None:
        async for folder in folders_of(changes, self._server.session.folders.paths):
            if self.client is not None:
                self.client.look(str(folder))

    def cancel_progress(self, token: int | str) -> None:
        for folder, progress in self._progress.items():
            if progress.token == token and self.client is not None:
                self.client.stop_indexing(folder)

    @property
    def status(self) -> IndexStatus:
        if self._factory is None or not self._settings.enabled:
            return IndexStatus(IndexState.OFF, "The index is switched off (index.enabled)." if self._factory else "")
        if not self._server.session.folders.paths:
            return IndexStatus(IndexState.OFF, "No folder is open, so nothing is indexed.")
        if self.client is None:
            return IndexStatus(IndexState.STARTING, "The index is started when the model is loaded.")
        return self.client.status

    async def close(self) -> None:
        self._factory = None
        if self._wait is not None:
            self._wait.cancel()
        if self.client is not None:
            await self.client.close()

    # Documents, as session.documents.DocumentListener

    def opened(self, document: Document) -> None:
        if self.client is not None and (path := file_path(document.uri)) is not None:
            self.client.opened(str(path), document.language_id, document.text)

    def edited(self, document: Document, edits: Sequence[TextEdit]) -> None:
        if self.client is not None and (path := file_path(document.uri)) is not None:
            self.client.edited(str(path), edits, document.text)

    def saved(self, document: Document) -> None:
        if self.client is not None and (path := file_path(document.uri)) is not None:
            self.client.saved(str(path))

    def closed(self, document: Document) -> None:
        if self.client is not None and (path := file_path(document.uri)) is not None:
            self.client.closed(str(path))

    # The worker

    def _begin_after(self, seconds: float) -> None:
        if self._wait is not None:
            self._wait.cancel()
        self._wait = asyncio.get_running_loop().call_later(seconds, self._begin)

    def _begin(self) -> None:
        if self._wait is not None:
            self._wait.cancel()
            self._wait = None
        self._server.spawn(self._set_up_soon())

    async def _set_up_soon(self) -> None:
        # In a thread: it would hold up a key.
        await asyncio.to_thread(importlib.import_module, "foretoken.index.client")
        self._set_up()

    def _set_up(self) -> None:
        folders = [str(folder) for folder in self._server.session.folders.paths] if self._settings.enabled else []
        if self.client is None:
            if not folders or self._factory is None:
                return
            self.client = self._factory(self._heard)
            for document in reversed(self._server.session.documents.trusted()):
                self.opened(document)
        by_editor = self._settings.watch == "auto" and self._watching.possible
        self.client.set_up(
            folders,
            watches=self._settings.watch != "off" and not by_editor,
            heals=self._settings.watch != "off",
            limits={"max_files": self._settings.max_files},
        )
        self._watching.watch([Path(folder) for folder in folders] if by_editor else [], self.refresh)
        for folder in [folder for folder in self._progress if folder not in folders]:
            self._progress.pop(folder).over("")

    def _settings_changed(self, settings: Settings) -> None:
        changed: IndexSettings = settings.index
        if changed != self._settings:
            self._settings = changed
            self.refresh()

    def _heard(self, folder: str, event: Event | None) -> None:
        match event:
            case Progress():
                if folder not in self._progress and self._worth_showing(folder, event):
                    self._progress[folder] = IndexProgress(self._server, folder)
                if folder in self._progress:
                    self._progress[folder].update(event)
            case Finished():
                self._asked.discard(folder)
                if folder in self._progress:
                    self._progress.pop(folder).over(_result(event))
            case Notice():
                self._tell(event.text)
            case None if self.client is not None:
                self._state_changed(self.client.status)

    def _worth_showing(self, folder: str, event: Progress) -> bool:
        """A first index, one that was asked for, and one that takes its time; not each look at whether all is as it was."""
        if folder in self._asked or event.total > SHOWN_FILES:
            return True
        known = self.client.status.folders if self.client is not None else ()
        return any(each.folder == folder and not each.compared and not each.files for each in known)

    def _state_changed(self, status: IndexStatus) -> None:
        if status.state in (IndexState.RESTARTING, IndexState.FAILED, IndexState.OFF):
            for progress in self._progress.values():
                progress.over("")
            self._progress.clear()
        if status.state is IndexState.FAILED:
            self._tell(status.message)

    def _tell(self, sentence: str) -> None:
        """Each once: a worker that is started again says the same again."""
        if sentence not in self._told:
            self._told.add(sentence)
            logger.warning("%s", sentence)
            self._server.tell_user(f"Foretoken: {sentence}")


def _result(event: Finished) -> str:
    if event.cancelled:
        return f"stopped; {event.files:,} files are indexed"
    return f"{event.files:,} files in {event.seconds:,.0f} s"
