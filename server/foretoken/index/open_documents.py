"""The documents that are open in the editor, as the worker is to have them.

One that the worker's parser did not survive costs its own facts alone: it goes to the next worker as plain text, and if it
cannot even be read, not at all. That holds until it is closed and opened with another text, or gets another language.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PLAIN = "plaintext"
_MOST_DEADLY = 1000


@dataclass(slots=True)
class OpenDocument:
    """revision: how often it changed. deaths: how many workers ended while they looked into it."""

    path: str
    language: str
    text: str
    revision: int = 0
    deaths: int = 0

    @property
    def sent(self) -> bool:
        """Whether the worker is to have it."""
        return self.deaths < 2

    @property
    def whole(self) -> dict[str, Any]:
        """The message that opens it in a worker, whose body is its text."""
        language = PLAIN if self.deaths else self.language
        return {"do": "open", "path": self.path, "language": language, "revision": self.revision}


class OpenDocuments:
    """By their path."""

    def __init__(self) -> None:
        self._documents: dict[str, OpenDocument] = {}
        # Of closed documents: language, text (as a hash), deaths.
        self._deadly: dict[str, tuple[str, int, int]] = {}

    def __iter__(self) -> Iterator[OpenDocument]:
        return iter([*self._documents.values()])

    def get(self, path: str) -> OpenDocument | None:
        return self._documents.get(path)

    def open(self, path: str, language: str, text: str) -> OpenDocument:
        """Also one that is open already, and has another text or language now."""
        document = self._documents.get(path)
        deadly = self._deadly.pop(path, None)
        if document is None:
            document = self._documents[path] = OpenDocument(path, language, text)
            if deadly is not None and deadly[:2] == (language, hash(text)):
                document.deaths = deadly[2]
            return document
        if document.language != language:
            document.deaths = 0
        document.language, document.text = language, text
        document.revision += 1
        return document

    def close(self, path: str) -> bool:
        """Whether it was open."""
        document = self._documents.pop(path, None)
        if document is not None and document.deaths:
            if len(self._deadly) >= _MOST_DEADLY:
                self._deadly.pop(next(iter(self._deadly)))
            self._deadly[path] = document.language, hash(document.text), document.deaths
        return document is not None

    def died(self, path: str) -> str:
        """A worker ended while it looked into this document. Returns a sentence for the user; empty where it is not open
        any more, and so not handed to the next worker."""
        document = self._documents.get(path)
        if document is None:
            return ""
        document.deaths += 1
        return (
            f"The parser for {document.language} did not survive {path}, which therefore counts as plain text until it is "
            "closed and opened with another text."
        )
