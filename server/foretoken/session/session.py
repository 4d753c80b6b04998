"""Session: the one mutable object of the language server. It lives on the event loop and is never shared with a thread.

Whoever works for a request gets a frozen Snapshot; only ``lsp`` and ``app`` see the Session itself.
"""

import logging
from collections.abc import Callable, Iterable, Sequence

from foretoken.session.anchor import Anchor, Cause
from foretoken.session.counters import Counters
from foretoken.session.documents import ContentChange, OpenDocuments, OutOfSync
from foretoken.session.settings import Settings
from foretoken.session.snapshot import Snapshot
from foretoken.session.workspace import WorkspaceFolders
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Timings
from foretoken.text.position import Position
from foretoken.text.uris import document_key

logger = logging.getLogger(__name__)

SettingsListener = Callable[[Settings], None]


class Session:
    """Documents, notebooks, folders, settings, the requests in flight, and the counters."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.documents = OpenDocuments()
        self.folders = WorkspaceFolders()
        self.counters = Counters()
        self._settings = settings or Settings()
        self._settings_listeners: list[SettingsListener] = []
        self._in_flight: dict[str, CancelToken] = {}
        self._notebooks: dict[str, list[str]] = {}

    # Documents

    def open_document(self, uri: str, language_id: str, version: int, text: str) -> None:
        self._cancel(uri)
        self.documents.open(uri, language_id, version, text)

    def change_document(self, uri: str, version: int, changes: Sequence[ContentChange]) -> None:
        """Raises UnknownDocument, OutOfSync (see OpenDocuments.change)."""
        self.documents.change(uri, version, changes)

    def save_document(self, uri: str, text: str | None) -> None:
        """Raises UnknownDocument."""
        self.documents.save(uri, text)

    def close_document(self, uri: str) -> None:
        self._cancel(uri)
        self.documents.close(uri)

    # Notebooks: a cell is a document; the notebook knows their order

    def set_notebook(self, uri: str, cells: Iterable[str]) -> None:
        """The URIs of the notebook's cells, in order; opening and closing their texts is separate."""
        self._notebooks[document_key(uri)] = list(cells)

    def notebook_cells(self, uri: str) -> list[str] | None:
        """The URIs of the notebook's cells, or None when it is not open."""
        return self._notebooks.get(document_key(uri))

    def close_notebook(self, uri: str) -> None:
        self._notebooks.pop(document_key(uri), None)

    # Requests

    def snapshot(
        self, uri: str, at: Position | int, automatic: bool, room: int | None = None, background: bool = True
    ) -> Snapshot:
        """What a request at a position (in the editor's encoding) or an offset (in code points) sees.

        room: how many characters of the file an anchor shows that is fixed for it; None = as many as the model takes.
        background: whether a fresh anchor is prepared behind the answer; else nothing stale is used.
        Raises UnknownDocument, OutOfSync. The anchor that the request uses becomes the document's own.
        """
        state = self.documents.get(uri)
        if state.lost:
            raise OutOfSync(state.lost)
        self.documents.touch(uri)
        document = state.document
        if isinstance(at, Position):
            offset = document.lines.offset_at(at, self.documents.encoding)
        else:
            offset = min(max(at, 0), len(document.text))
        # Who asks while nothing is prepared in the background waits for the truth.
        keep_stale = background and (automatic or self._settings.inline.automatic)
        anchor, cause = state.anchoring.at(document.text, offset, keep_stale, room)
        if cause is not None:
            self.counters.anchors[cause.value] += 1
        repo_name, path = self.folders.place(uri)
        return Snapshot(
            document=document,
            offset=offset,
            anchor=anchor,
            settings=self._settings,
            repo_name=repo_name,
            path=path,
            automatic=automatic,
            recent=self.documents.recent(uri),
        )

    # Anchors that are prepared in the background

    def prepare_anchor(self, snapshot: Snapshot, fresh: Anchor, cause: Cause) -> CancelToken | None:
        """The token for the work of making ``fresh`` ready, an anchor for the snapshot; None when it is not wanted:
        the document or its anchor has changed since, or such work is being done, or it has failed.
        """
        uri = snapshot.document.uri
        state = self.documents.get(uri) if uri in self.documents else None
        if state is None or state.anchoring.anchor is not snapshot.anchor:
            return None
        return state.anchoring.prepare(fresh, cause)

    def anchor_prepared(self, uri: str, cancel: CancelToken, timings: Timings | None) -> None:
        """The work for the token has ended; timings: the runtime's, None when it failed. The anchor is used from now
        on, unless it is not wanted any more.
        """
        state = self.documents.get(uri) if uri in self.documents else None
        self.counters.prefilled += timings.prompt_n if timings is not None else 0
        adopted = state.anchoring.prepared(cancel, timings is not None) if state is not None else None
        if adopted is not None:
            self.counters.adopted[adopted.value] += 1

    def begin(self, uri: str, cancel: CancelToken | None = None) -> CancelToken:
        """The token of a new request for the document; the older request's token is cancelled as superseded."""
        self._cancel(uri, "superseded")
        token = cancel or CancelToken()
        key = document_key(uri)
        self._in_flight[key] = token
        token.on_cancel(lambda: self._forget(key, token))
        return token

    def end(self, uri: str, token: CancelToken) -> None:
        """The request is over; a newer one for the document stays."""
        self._forget(document_key(uri), token)

    def cancel_all(self, reason: str) -> None:
        for token in list(self._in_flight.values()):
            token.cancel(reason)
        self.documents.give_up_anchors(reason)

    @property
    def in_flight(self) -> int:
        return len(self._in_flight)

    # Settings

    @property
    def settings(self) -> Settings:
        return self._settings

    def update_settings(self, settings: Settings) -> None:
        """The new settings hold from the next snapshot on; listeners are told when something changed."""
        if settings == self._settings:
            return
        self._settings = settings
        for listener in self._settings_listeners:
            listener(settings)

    def on_settings(self, listener: SettingsListener) -> None:
        self._settings_listeners.append(listener)

    def _cancel(self, uri: str, reason: str = "closed") -> None:
        token = self._in_flight.pop(document_key(uri), None)
        if token is not None:
            token.cancel(reason)

    def _forget(self, key: str, token: CancelToken) -> None:
        if self._in_flight.get(key) is token:
            del self._in_flight[key]
