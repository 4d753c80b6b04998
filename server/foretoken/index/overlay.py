"""Open documents as the editor has them, unsaved text included. They lie over the stored files and are never stored."""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property, partial

from foretoken.index.analyse import uses
from foretoken.index.moved import moved
from foretoken.syntax.definitions import definitions
from foretoken.syntax.facts import Definition, Import
from foretoken.syntax.imports import imports
from foretoken.syntax.tree import SyntaxTree, TooSlow, parse
from foretoken.text.edit import TextEdit
from foretoken.trust.kinds import MAX_FILE_BYTES, left_by_name
from foretoken.trust.secrets import mask

log = logging.getLogger(__name__)

PARSE_SECONDS = 1.0
# After a key. A text that is in the middle of being typed can take tree-sitter seconds to make sense of.
EDIT_SECONDS = 0.15
# So many keys without a tree: a parse of the whole is tried.
_MOST_EDITS = 200

# Put around everything that looks into the text of the document of this path.
Guard = Callable[[str], AbstractContextManager[None]]


def unguarded(path: str) -> AbstractContextManager[None]:
    return contextlib.nullcontext()


class Mismatch(Exception):
    """An edit does not fit the text that is here; the whole text is needed."""


class OpenFile:
    """One open document. revision: the server's count of its changes."""

    def __init__(self, path: str, language_id: str, revision: int, text: str, guard: Guard = unguarded) -> None:
        self.path = path
        self.language_id = language_id
        self.revision = revision
        self.text = text
        self._guard = guard
        self._secret = left_by_name(path) is not None
        self._tree: SyntaxTree | None = None
        self._edits: list[TextEdit] = []  # since the tree was made
        self._of_tree: OpenFacts | None = None
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
        if not self.wanted:
            return None
        if self._facts is None:
            with self._guard(self.path):
                self._facts = self._parsed()
        return self._facts

    @property
    def wanted(self) -> bool:
        """Whether it is to be looked into at all."""
        return not self._secret and len(self.text) <= MAX_FILE_BYTES

    @property
    def looked_into(self) -> bool:
        """Whether the definitions of the newest text are known already."""
        return self._facts is not None and "definitions" in self._facts.__dict__

    def _parsed(self) -> "OpenFacts":
        shown = mask(self.text)
        guard = partial(self._guard, self.path)
        if shown != self.text or len(self._edits) > _MOST_EDITS:
            # The tree of the text itself would put the secret into signatures.
            self._tree = None
        try:
            if self._tree is None:
                self._edits = []
                tree = parse(shown, self.language_id, PARSE_SECONDS)
            else:
                tree = self._reparsed(self._tree) or parse(shown, self.language_id, PARSE_SECONDS)
        except TooSlow:
            if self._tree is None:
                return OpenFacts(None, shown, guard)
            # The tree and all edits since are good for the next key.
            before = self._of_tree.definitions if self._of_tree is not None else ()
            return OpenFacts(None, shown, guard, moved(before, self._edits, self.text))
        facts = OpenFacts(tree, shown, guard)
        if shown == self.text:
            self._tree, self._edits, self._of_tree = tree, [], facts
        return facts

    def _reparsed(self, tree: SyntaxTree) -> SyntaxTree | None:
        """The tree after the edits; None where they do not lead to the text."""
        try:
            return tree.edited(self._edits, self.text, EDIT_SECONDS)
        except ValueError:
            log.warning("%s: the edits do not lead to the text; it is parsed anew", self.path)
            self._tree = None
            return None


class OpenFacts:
    """The facts of one text, each found when it is first asked for: most questions want the definitions alone.

    before: the definitions to answer with where there is no tree.
    """

    def __init__(
        self,
        tree: SyntaxTree | None,
        text: str,
        guard: Callable[[], AbstractContextManager[None]],
        before: tuple[Definition, ...] = (),
    ) -> None:
        self._tree = tree
        self._text = text
        self._guard = guard
        self._before = before

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        if self._tree is None:
            return self._before
        with self._guard():
            return definitions(self._tree)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        if self._tree is None:
            return ()
        with self._guard():
            return imports(self._tree)

    @cached_property
    def uses(self) -> dict[str, tuple[int, int]]:
        """See ``FileFacts.uses``."""
        with self._guard():
            return uses(self._tree, self._text)


class Overlay:
    """The open documents by their path. For one thread."""

    def __init__(self, guard: Guard = unguarded) -> None:
        self._guard = guard
        self._files: dict[str, OpenFile] = {}

    def open(self, path: str, language_id: str, revision: int, text: str) -> None:
        """Also in place of what is open there already."""
        self._files.pop(path, None)
        self._files[path] = OpenFile(path, language_id, revision, text, self._guard)

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

    @property
    def waits(self) -> bool:
        """Whether there is something to look ahead for."""
        return any(not file.looked_into and file.wanted for file in self._files.values())

    def look_ahead(self) -> None:
        """Find the definitions of the document that was changed last of those whose text is new, so that a query need not
        wait for it."""
        for file in self:
            if not file.looked_into and (facts := file.facts()) is not None:
                _ = facts.definitions
                return
