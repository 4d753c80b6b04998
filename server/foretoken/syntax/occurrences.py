"""Every place where a word stands in a file, and what it is there; in any language."""

import re
from functools import lru_cache

from tree_sitter import Node

from foretoken.syntax.definitions import definitions
from foretoken.syntax.facts import Occurrence
from foretoken.syntax.grammar import cursor
from foretoken.syntax.references import references
from foretoken.syntax.tree import SyntaxTree

COMMENT, STRING, DEFINITION, TEXT = "comment", "string", "definition", "text"
_INTERPOLATED = ("interpolation", "template_substitution", "expansion", "command_substitution", "interpolated")


def occurrences(tree: SyntaxTree, word: str) -> tuple[Occurrence, ...]:
    """The places where ``word`` stands as a whole word. role: definition, one of references' kinds (other: a use that no
    query marks), comment, or string."""
    hits = [match.start() for match in _word(word).finditer(tree.text)]
    if not hits:
        return ()
    defined = {definition.name_start for definition in definitions(tree) if definition.name == word}
    used = {reference.start: reference.kind for reference in references(tree) if reference.name == word}
    marked = _comments_and_strings(tree)
    open_here: list[tuple[int, int, str, Node]] = []
    found = []
    place = row = last = 0
    for start in hits:
        byte = tree.source.byte(start)
        while place < len(marked) and marked[place][0] <= byte:
            open_here.append(marked[place])
            place += 1
        while open_here and open_here[-1][1] <= byte:
            open_here.pop()
        row += tree.source.data.count(b"\n", last, byte)
        last = byte
        role = DEFINITION if start in defined else used.get(start)
        if role is None:
            role = _role(open_here[-1][2], open_here[-1][3], byte) if open_here else "other"
        found.append(Occurrence(start, tree.source.line(row, byte), role))
    return tuple(found)


def text_occurrences(text: str, word: str) -> tuple[Occurrence, ...]:
    """The same for a text that has no tree: all that is known is where."""
    found, line, last = [], 0, 0
    for match in _word(word).finditer(text):
        line += text.count("\n", last, match.start())
        last = match.start()
        found.append(Occurrence(last, line, TEXT))
    return tuple(found)


def _comments_and_strings(tree: SyntaxTree) -> list[tuple[int, int, str, Node]]:
    """(first byte, end byte, role, node), the outer ones first. To ask each word's node for its parents would take the
    cube of a deep tree's depth."""
    query = tree.grammar.query("textobjects")
    if query is None:
        return []
    captures = cursor(query).captures(tree.root)
    found = [
        (node.start_byte, node.end_byte, role, node)
        for capture, role in (("comment.outer", COMMENT), ("string.outer", STRING))
        for node in captures.get(capture, ())
    ]
    return sorted(found, key=lambda mark: (mark[0], -mark[1]))


def _role(role: str, node: Node, byte: int) -> str:
    """What a string holds is code where it is an interpolation."""
    walk = node.walk()
    while role == STRING and walk.goto_first_child_for_byte(byte) is not None:
        inner = walk.node
        if inner is None or inner.start_byte > byte:
            break
        if any(part in inner.type for part in _INTERPOLATED):
            return "other"
    return role


@lru_cache(maxsize=64)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
