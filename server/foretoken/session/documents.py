"""OpenDocuments: the text of every open document, kept exactly as the editor has it, or known not to be."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from foretoken.session.anchoring import Anchoring
from foretoken.text.document import Document
from foretoken.text.edit import TextEdit
from foretoken.text.position import Position, PositionEncoding, without_lone_surrogates
from foretoken.text.uris import document_key

logger = logging.getLogger(__name__)


class UnknownDocument(Exception):
    """The document is not open. The message names it."""


class OutOfSync(Exception):
    """The editor and the server disagree about the document's text, so nothing is said about it.

    ``first`` is true once per document and loss: the user is told then.
    """

    def __init__(self, message: str, first: bool = False) -> None:
        super().__init__(message)
        self.first = first


@dataclass(frozen=True, slots=True)
class ContentChange:
    """One change as the editor sends it: positions are in the session's encoding; no range = the whole text."""

    text: str
    start: Position | None = None
    end: Position | None = None


@dataclass(slots=True)
class OpenDocument:
    """document: the newest version. anchoring: where its infill stands. lost: why the text can no longer be trusted,
    "" while it can. used: counts up, the most recently used document has the largest.
    """

    document: Document
    anchoring: Anchoring = field(default_factory=Anchoring)
    lost: str = ""
    used: int = 0


class DocumentListener(Protocol):
    """Told of what happens to the documents that can be trusted."""

    def opened(self, document: Document) -> None:
        """A text is there, or another one in its place."""

    def edited(self, document: Document, edits: Sequence[TextEdit]) -> None:
        """document: after the edits, each of which speaks of the text that the one before it left."""

    def saved(self, document: Document) -> None: ...

    def closed(self, document: Document) -> None:
        """It is closed, or its text can no longer be trusted."""


class OpenDocuments:
    """The open documents by ``document_key``. ``encoding`` is what the editor's positions count."""

    def __init__(self) -> None:
        self.encoding = PositionEncoding.UTF_16
        self.listeners: list[DocumentListener] = []
        self._open: dict[str, OpenDocument] = {}
        self._clock = 0

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, uri: str) -> bool:
        return document_key(uri) in self._open

    def open(self, uri: str, language_id: str, version: int, text: str) -> None:
        """Opening what is open already replaces it: the editor's newest word counts."""
        if uri in self:
            logger.warning("%s was opened while it was open; the new text replaces the old one", uri)
            self.get(uri).anchoring.forget("closed")
        opened = self._open[document_key(uri)] = OpenDocument(Document.of(uri, language_id, version, text))
        self.touch(uri)
        for listener in self.listeners:
            listener.opened(opened.document)

    def close(self, uri: str) -> None:
        closed = self._open.pop(document_key(uri), None)
        if closed is None:
            logger.warning("%s was closed, but it was not open", uri)
        else:
            closed.anchoring.forget("closed")
            for listener in self.listeners:
                listener.closed(closed.document)

    def trusted(self) -> list[Document]:
        """The documents whose text is known, the most recently used first."""
        states = [state for state in self._open.values() if not state.lost]
        return [state.document for state in sorted(states, key=lambda state: state.used, reverse=True)]

    def get(self, uri: str) -> OpenDocument:
        """Raises UnknownDocument."""
        found = self._open.get(document_key(uri))
        if found is None:
            raise UnknownDocument(f"the document {uri} is not open; send textDocument/didOpen first")
        return found

    def change(self, uri: str, version: int, changes: Sequence[ContentChange]) -> None:
        """Apply the changes in order.

        Raises UnknownDocument; raises OutOfSync when a change cannot be what the editor did (a range that ends before
        it starts, a version older than the last one). From then on the text is not trusted until the editor sends it
        whole: as a full change, by opening it again, or when it saves.
        """
        state = self.get(uri)
        if version < state.document.version and not (changes and changes[-1].start is None):
            raise self.lose(uri, f"the editor sent version {version} after version {state.document.version}")
        if version == state.document.version:
            logger.warning("%s: version %d was sent twice", uri, version)
        problem: OutOfSync | None = None
        edits: list[TextEdit] | None = []  # None: the text is another one
        for change in changes:
            if change.start is None or change.end is None:
                state.document = state.document.with_text(change.text, version)
                state.lost, edits = "", None
                state.anchoring.forget("superseded")
            elif change.end < change.start:
                problem = self.lose(uri, f"a change ends at {change.end} before it starts at {change.start}")
            elif not state.lost:
                edit = self._apply(state, change, version)
                if edits is not None:
                    edits.append(edit)
        self.touch(uri)
        if state.lost:
            raise problem or OutOfSync(state.lost)
        for listener in self.listeners:
            if edits is None:
                listener.opened(state.document)
            elif edits:
                listener.edited(state.document, edits)

    def save(self, uri: str, text: str | None) -> None:
        """A saved document is back in sync when the editor sent its text along. Raises UnknownDocument."""
        state = self.get(uri)
        if state.lost and text is not None:
            logger.info("%s is in sync again", uri)
            state.document, state.lost = state.document.with_text(text), ""
            state.anchoring.forget("superseded")
            for listener in self.listeners:
                listener.opened(state.document)
        for listener in self.listeners:
            listener.saved(state.document)

    def lose(self, uri: str, why: str) -> OutOfSync:
        """Stop trusting the document's text; returns what to raise."""
        state = self._open.get(document_key(uri))
        first = state is None or not state.lost
        message = f"suggestions for {uri} are paused until it is saved or opened again: {why}"
        logger.error("%s", message)
        if state is not None:
            state.lost = state.lost or message
            state.anchoring.forget("superseded")
            if first:
                for listener in self.listeners:
                    listener.closed(state.document)
        return OutOfSync(message, first)

    def recent(self, than: str) -> tuple[Document, ...]:
        """The documents that can be trusted other than ``than``, the most recently used first."""
        key = document_key(than)
        others = [state for other, state in self._open.items() if other != key and not state.lost]
        others.sort(key=lambda state: state.used, reverse=True)
        return tuple(state.document for state in others)

    def give_up_anchors(self, reason: str) -> None:
        """Cancel the work for anchors that are being prepared."""
        for state in self._open.values():
            state.anchoring.give_up(reason)

    def lost(self) -> list[str]:
        return [state.document.uri for state in self._open.values() if state.lost]

    def _apply(self, state: OpenDocument, change: ContentChange, version: int) -> TextEdit:
        lines = state.document.lines
        start = lines.offset_at(change.start, self.encoding)
        end = start if change.end == change.start else lines.offset_at(change.end, self.encoding)
        edit = TextEdit(start, end, without_lone_surrogates(change.text))
        state.document = state.document.apply((edit,), version)
        state.anchoring.edit(start, end, change.text)
        return edit

    def touch(self, uri: str) -> None:
        """Make it the most recently used."""
        self._clock += 1
        self._open[document_key(uri)].used = self._clock
