"""The syntax tree of one version of a text. Parsing after an edit reuses what the edit did not touch."""

import time
from collections.abc import Sequence

from tree_sitter import Node, Parser, Point, Tree

from foretoken.syntax.c_reading import Reading
from foretoken.syntax.grammar import Grammar, grammar
from foretoken.syntax.kotlin_recovery import without_mistakes
from foretoken.syntax.source import Source, utf8
from foretoken.text.edit import TextEdit

# tree-sitter asks for the text piece by piece, and a query's predicate for each name that it looks at: a piece is copied.
_PIECE = 1 << 10
_MOST_PIECES = 20_000

_WITH_MACROS = frozenset({"c", "cpp"})
# The language whose grammar gives up on all of a file for one mistake.
_WITHOUT_RECOVERY = "kotlin"


class TooSlow(Exception):
    """The text was not parsed within its time, or is such that whatever is asked of its tree would take too long."""


class SyntaxTree:
    """A parsed text. Immutable; make one with ``parse`` or, after an edit, with ``edited``. Only this room looks inside."""

    __slots__ = ("source", "grammar", "_tree", "_read", "_reading")

    def __init__(
        self, source: Source, its_grammar: Grammar, tree: Tree, read: bytes, reading: Reading | None = None
    ) -> None:
        self.source = source
        self.grammar = its_grammar
        self._tree = tree
        self._read = read  # what the parser saw: as long as the source's bytes, blanks where it could not read them
        self._reading = reading  # how that came about, in C and C++

    @property
    def text(self) -> str:
        return self.source.text

    @property
    def language_id(self) -> str:
        return self.grammar.language_id

    @property
    def root(self) -> Node:
        return self._tree.root_node

    @property
    def has_error(self) -> bool:
        """Whether some part of the text is not understood."""
        return self._tree.root_node.has_error

    def edited(self, edits: Sequence[TextEdit], text: str, seconds: float | None = None) -> "SyntaxTree":
        """The tree of ``text``, which is this one's text after the edits, each in the text that the one before it left.

        Only what the edits touch is parsed again. Raises TooSlow like ``parse``.
        """
        old = self._tree.copy()
        source, reading = self.source, self._reading
        data, changed_text = source.data, source.text
        for edit in edits:
            if source.text is not changed_text:
                source = Source(changed_text, data)
            start = source.byte(edit.start)
            end = start + len(utf8(changed_text[edit.start : edit.end]))
            inserted = utf8(edit.new_text)
            changed = b"".join((data[:start], inserted, data[end:]))
            new_end = start + len(inserted)
            if reading is not None:
                reading, start, end, new_end = reading.edited(changed, start, end, new_end)
            _edit(old, data, changed, start, end, new_end)
            data = changed
            changed_text = changed_text[: edit.start] + edit.new_text + changed_text[edit.end :]
        if changed_text != text:
            raise ValueError("the text is not what the edits make of the old one")
        read = reading.read if reading is not None else data
        tree = _understood(_parse(self.grammar, read, old, seconds))
        if self.language_id == _WITHOUT_RECOVERY and (_is_lost(tree) or self._read != self.source.data):
            return parse(text, self.language_id, seconds) or self
        return SyntaxTree(Source(text, data), self.grammar, tree, read, reading)


def parse(text: str, language_id: str, seconds: float | None = None) -> SyntaxTree | None:
    """The tree of a text; None for a language that has no grammar here.

    A text with errors has a tree, too. seconds: how long it may take; None = as long as it takes. Raises TooSlow.
    """
    its_grammar = grammar(language_id)
    if its_grammar is None:
        return None
    source = Source(text)
    reading = Reading(source.data, cplusplus=language_id == "cpp") if language_id in _WITH_MACROS else None
    read = reading.read if reading is not None else source.data
    tree = _parse(its_grammar, read, None, seconds)
    if language_id == _WITHOUT_RECOVERY and _is_lost(tree):
        read = without_mistakes(read, lambda data: _parse(its_grammar, data, None, seconds).root_node.has_error)
        tree = _parse(its_grammar, read, None, seconds)
    return SyntaxTree(source, its_grammar, _understood(tree), read, reading)


def _understood(tree: Tree) -> Tree:
    """Raises TooSlow for a text that is one heap of errors: looking for facts in it takes the square of its length."""
    root = tree.root_node
    if root.child_count > _MOST_PIECES and root.type == "ERROR":
        raise TooSlow(f"not understood: {root.child_count:,} pieces without structure")
    return tree


def _is_lost(tree: Tree) -> bool:
    """Whether a mistake somewhere in the text hid all of its structure."""
    root = tree.root_node
    return root.type == "ERROR" or (root.has_error and any(child.type == "ERROR" for child in root.children))


def _parse(its_grammar: Grammar, data: bytes, old: Tree | None, seconds: float | None) -> Tree:
    # A parser is not shared: one that was stopped would go on with the old text.
    parser = Parser(its_grammar.language)
    if seconds is None:
        return parser.parse(data, old) if old is not None else parser.parse(data)
    deadline = time.perf_counter() + seconds
    # The callbacks let other threads run meanwhile: without them parsing holds the interpreter's lock to its end.
    arguments = () if old is None else (old,)
    try:
        return parser.parse(
            lambda offset, _: data[offset : offset + _PIECE],
            *arguments,
            progress_callback=lambda _offset, _error: time.perf_counter() > deadline,
        )
    except ValueError as error:
        raise TooSlow(f"not parsed within {seconds:g} s") from error


def _edit(tree: Tree, before: bytes, after: bytes, start: int, end: int, new_end: int) -> None:
    """Tells the tree that ``before[start:end]`` became ``after[start:new_end]``."""
    line = before.rfind(b"\n", 0, start) + 1
    at = Point(before.count(b"\n", 0, start), start - line)
    tree.edit(start, end, new_end, at, _further(at, before, start, end), _further(at, after, start, new_end))


def _further(point: Point, data: bytes, start: int, end: int) -> Point:
    """The point at ``end``, from that at ``start``: to count lines from the text's beginning takes longer."""
    lines = data.count(b"\n", start, end)
    if not lines:
        return Point(point.row, point.column + end - start)
    return Point(point.row + lines, end - (data.rfind(b"\n", start, end) + 1))
