"""Open documents as the editor has them, unsaved text included. They lie over the stored files and are never stored."""

import logging
from collections.abc import Iterator, Sequence
from functools import cached_property

from foretoken.index.analyse import uses
from foretoken.syntax.definitions import definitions
from foretoken.syntax.facts import Definition, Import
from foretoken.syntax.imports import imports
from foretoken.syntax.tree import SyntaxTree, TooSlow, parse
from foretoken.text.edit import TextEdit
from foretoken.trust.kinds import MAX_FILE_BYTES, left_by_name
from foretoken.trust.secrets import mask

log = logging.getLogger(__name__)

PARSE_SECONDS = 1.0


class Mismatch(Exception):
    """An edit does not fit the text that is here; the whole text is needed."""


class OpenFile:
    """One open document. revision: the server's count of its changes."""

    def __init__(self, path: str, language_id: str, revision: int, text: str) -> None:
        self.path = path
        self.language_id = language_id
        self.revision = revision
        self.text = text
        self._secret = left_by_name(path) is not None
        self._tree: SyntaxTree | None = None
        self._edits: list[TextEdit] = []  # since the tree was made
        self._facts: OpenFacts | None = None

    def edit(self, edits: Sequence[TextEdit], revision: int, length: int) -> None:
        """Each edit speaks of the text that the one before it left. length: of the text afterwards, in code points.

        Raises Mismatch: then the text here is not to be used any more.
        """
        if revision != self.revision + 1:
            raise Mismatch(f"revision {revision} after {self.revision}")
        text = self.text
        for edit in edits:
            if not 0 <= edit.start <= edit.end <= len(text):
                raise Mismatch(f"an edit from {edit.start} to {edit.end} in a text of {len(text)} characters")
            text = text[: edit.start] + edit.new_text + text[edit.end :]
        if len(text) != length:
            raise Mismatch(f"{len(text)} characters where there should be {length}")
        self.text, self.revision = text, revision
        self._facts = None
        if self._tree is not None:
            self._edits += edits

    def facts(self) -> "OpenFacts | None":
        """The facts of the newest text; None for a document that is not to be looked into. Takes a parse when it changed."""
        if self._secret or len(self.text) > MAX_FILE_BYTES:
            return None
        if self._facts is None:
            self._facts = self._parsed()
        return self._facts

    @property
    def looked_into(self) -> bool:
        """Whether the definitions of the newest text are known already."""
        return self._facts is not None and "definitions" in self._facts.__dict__

    def _parsed(self) -> "OpenFacts":
        shown = mask(self.text)
        edits, self._edits = self._edits, []
        try:
            if shown != self.text:
                # The tree of the text itself would put the secret into signatures.
                self._tree = None
                return OpenFacts(parse(shown, self.language_id, PARSE_SECONDS), shown)
            self._tree = self._reparsed(edits) or parse(self.text, self.language_id, PARSE_SECONDS)
            return OpenFacts(self._tree, self.text)
        except TooSlow:
            self._tree = None
            return OpenFacts(None, shown)

    def _reparsed(self, edits: Sequence[TextEdit]) -> SyntaxTree | None:
        """The tree after the edits; None where there is none to begin with, or it does not lead to the text."""
        if self._tree is None:
            return None
        try:
            return self._tree.edited(edits, self.text, PARSE_SECONDS)
        except ValueError:
            log.warning("%s: the edits do not lead to the text; it is parsed anew", self.path)
            return None


class OpenFacts:
    """The facts of one text, each found when it is first asked for: most questions want the definitions alone."""

    def __init__(self, tree: SyntaxTree | None, text: str) -> None:
        self._tree = tree
        self._text = text

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        return definitions(self._tree) if self._tree is not None else ()

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return imports(self._tree) if self._tree is not None else ()

    @cached_property
    def uses(self) -> dict[str, tuple[int, int]]:
        """See ``FileFacts.uses``."""
        return uses(self._tree, self._text)


class Overlay:
    """The open documents by their path. For one thread."""

    def __init__(self) -> None:
        self._files: dict[str, OpenFile] = {}

    def open(self, path: str, language_id: str, revision: int, text: str) -> None:
        """Also in place of what is open there already."""
        self._files.pop(path, None)
        self._files[path] = OpenFile(path, language_id, revision, text)

    def edit(self, path: str, edits: Sequence[TextEdit], revision: int, length: int) -> None:
        """Raises Mismatch; the document is then not open here any more, until it comes whole."""
        file = self._files.pop(path, None)
        if file is None:
            raise Mismatch("it is not open")
        file.edit(edits, revision, length)
        self._files[path] = file  # the last one changed is the last one in the list

    def close(self, path: str) -> None:
        self._files.pop(path, None)

    def get(self, path: str) -> OpenFile | None:
        return self._files.get(path)

    def __iter__(self) -> Iterator[OpenFile]:
        """The last one changed first."""
        return iter([*reversed(self._files.values())])

    def __len__(self) -> int:
        return len(self._files)

    def look_ahead(self) -> bool:
        """Find the definitions of one document whose text is new, so that a query need not wait; False when there is none."""
        for file in self:
            if not file.looked_into and (facts := file.facts()) is not None:
                _ = facts.definitions
                return True
        return False
