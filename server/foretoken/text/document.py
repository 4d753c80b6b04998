"""Document: one version of an open text. Frozen: a change makes a new one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from foretoken.text.edit import TextEdit
from foretoken.text.line_index import LineIndex
from foretoken.text.position import without_lone_surrogates


@dataclass(frozen=True, slots=True)
class Document:
    """uri: as the editor writes it. version: as the editor counts it. Make one with ``Document.of``."""

    uri: str
    language_id: str
    version: int
    lines: LineIndex

    @classmethod
    def of(cls, uri: str, language_id: str, version: int, text: str) -> "Document":
        return cls(uri, language_id, version, LineIndex.of(without_lone_surrogates(text)))

    @property
    def text(self) -> str:
        """The whole text; every offset in the project counts its code points. It never holds a lone surrogate."""
        return self.lines.text

    def apply(self, edits: Iterable[TextEdit], version: int | None = None) -> "Document":
        """The document after the edits, each of which speaks of the text that the one before it left.

        Raises ValueError for an edit that lies outside the text or ends before it starts.
        """
        lines = self.lines
        for edit in edits:
            if not 0 <= edit.start <= edit.end <= len(lines.text):
                raise ValueError(f"edit from {edit.start} to {edit.end} in a text of {len(lines.text)} characters")
            lines = lines.replaced(edit.start, edit.end, without_lone_surrogates(edit.new_text))
        return replace(self, lines=lines, version=self.version if version is None else version)

    def with_text(self, text: str, version: int | None = None) -> "Document":
        """The document with its whole text replaced."""
        return Document.of(self.uri, self.language_id, self.version if version is None else version, text)
