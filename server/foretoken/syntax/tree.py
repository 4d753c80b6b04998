"""The syntax tree of one version of a text. Parsing after an edit reuses what the edit did not touch."""

import re
import time
from collections.abc import Sequence

from tree_sitter import Node, Parser, Point, Tree

from foretoken.syntax.c_macros import without_macros
from foretoken.syntax.grammar import Grammar, grammar
from foretoken.syntax.kotlin_recovery import without_mistakes
from foretoken.syntax.source import Source, utf8
from foretoken.text.edit import TextEdit

# tree-sitter asks for the text piece by piece; a piece is copied.
_PIECE = 1 << 16
_MOST_PIECES = 20_000


# What of a line may decide how lines far from it are read: the branches of an `#if` and what they open.
_FAR_REACHING = re.compile(rb"[#{}]|/\*|\*/")
_WITH_MACROS = frozenset({"c", "cpp"})
# The language whose grammar gives up on all of a file for one mistake.
_WITHOUT_RECOVERY = "kotlin"


class TooSlow(Exception):
    """The text was not parsed within its time, or is such that whatever is asked of its tree would take too long."""


class SyntaxTree:
    """A parsed text. Immutable; make one with ``parse`` or, after an edit, with ``edited``. Only this room looks inside."""

    __slots__ = ("source", "grammar", "_tree", "_read")

    def __init__(self, source: Source, its_grammar: Grammar, tree: Tree, read: bytes) -> None:
        self.source = source
        self.grammar = its_grammar
        self._tree = tree
        self._read = read  # what the parser saw: as long as the source's bytes, blanks where it could not read them

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
        data, read = self.source.data, self._read
        current = self.source
        for edit in edits:
            start, end = current.byte(edit.start), current.byte(edit.end)
            inserted = utf8(edit.new_text)
            changed = b"".join((data[:start], inserted, data[end:]))
            new_end = start + len(inserted)
            if self.language_id in _WITH_MACROS:  # what is read of the touched lines may change to their ends
                tail = len(data) - _line_end(data, end)
                start = data.rfind(b"\n", 0, start) + 1
                end, new_end = len(data) - tail, len(changed) - tail
                if _FAR_REACHING.search(data, start, end) or _FAR_REACHING.search(changed, start, new_end):
                    anew = _readable(self.language_id, changed)
                    start = _same(read, anew, start)
                    tail = _same(read[end:][::-1], anew[new_end:][::-1], tail)
                    end, new_end, read = len(data) - tail, len(changed) - tail, anew
                else:
                    read = b"".join((read[:start], _readable(self.language_id, changed[start:new_end]), read[end:]))
            else:
                read = changed
            old.edit(start, end, new_end, _point(data, start), _point(data, end), _point(changed, new_end))
            data = changed
            if len(edits) > 1:
                current = Source(data.decode("utf-8"))
        source = Source(text)
        if source.data != data:
            raise ValueError("the text is not what the edits make of the old one")
        tree = _understood(_parse(self.grammar, read, old, seconds))
        if self.language_id == _WITHOUT_RECOVERY and (_is_lost(tree) or self._read != self.source.data):
            return parse(text, self.language_id, seconds) or self
        return SyntaxTree(source, self.grammar, tree, read)


def parse(text: str, language_id: str, seconds: float | None = None) -> SyntaxTree | None:
    """The tree of a text; None for a language that has no grammar here.

    A text with errors has a tree, too. seconds: how long it may take; None = as long as it takes. Raises TooSlow.
    """
    its_grammar = grammar(language_id)
    if its_grammar is None:
        return None
    source = Source(text)
    read = _readable(language_id, source.data)
    tree = _parse(its_grammar, read, None, seconds)
    if language_id == _WITHOUT_RECOVERY and _is_lost(tree):
        read = without_mistakes(read, lambda data: _parse(its_grammar, data, None, seconds).root_node.has_error)
        tree = _parse(its_grammar, read, None, seconds)
    return SyntaxTree(source, its_grammar, _understood(tree), read)


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


def _same(one: bytes, other: bytes, most: int) -> int:
    """How many bytes two texts begin with alike, at most so many."""
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            most = middle - 1
    return low


def _readable(language_id: str, data: bytes) -> bytes:
    return without_macros(data, cplusplus=language_id == "cpp") if language_id in _WITH_MACROS else data


def _line_end(data: bytes, offset: int) -> int:
    end = data.find(b"\n", offset)
    return len(data) if end < 0 else end


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


def _point(data: bytes, offset: int) -> Point:
    return Point(data.count(b"\n", 0, offset), offset - (data.rfind(b"\n", 0, offset) + 1))
