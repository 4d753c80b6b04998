"""Every place where a word stands in a file, and what it is there; in any language."""

import re
from functools import lru_cache

from tree_sitter import Node

from foretoken.syntax.definitions import definitions
from foretoken.syntax.doc_comments import COMMENTS
from foretoken.syntax.facts import Occurrence
from foretoken.syntax.grammar import cursor
from foretoken.syntax.references import references
from foretoken.syntax.roles import CODE, COMMENT, STRING, role_within
from foretoken.syntax.tree import SyntaxTree

DEFINITION, TEXT, OTHER = "definition", "text", "other"
# Where a hyphen may stand within a name.
_HYPHENATED = frozenset({"css", "html", "toml", "yaml"})
# Comments and strings that lie deeper than a query looks are asked for one by one, and finding a node takes its depth.
_MOST_DEEP = 200
_IN_STRINGS = ("string", "str_text", "heredoc")


def occurrences(tree: SyntaxTree, word: str) -> tuple[Occurrence, ...]:
    """The places where ``word`` stands as a whole word. role: definition, one of references' kinds (other: a use that no
    query marks), comment, or string."""
    hits = [match.start() for match in _word(word, tree.language_id in _HYPHENATED).finditer(tree.text)]
    if not hits:
        return ()
    sigil = int(tree.language_id == "php" and word.startswith("$"))  # no part of the name
    name = word[sigil:]
    defined = {definition.name_start - sigil for definition in definitions(tree) if definition.name == name}
    used = {reference.start - sigil: reference.kind for reference in references(tree) if reference.name == name}
    marked = _comments_and_strings(tree)
    open_here: list[tuple[int, int, str, Node]] = []
    found = []
    place = row = last = deep = 0
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
            if open_here:
                role = role_within(open_here[-1][2], open_here[-1][3], byte, byte + 1)
            else:
                role = _deep_role(tree, byte) if deep < _MOST_DEEP else CODE
                deep += 1
            role = OTHER if role == CODE else role
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


def _deep_role(tree: SyntaxTree, byte: int) -> str:
    """What the smallest node at a place says of itself."""
    node = tree.root.descendant_for_byte_range(byte, byte + 1)
    if node is None:
        return CODE
    if node.type in COMMENTS:
        return COMMENT
    return STRING if any(part in node.type for part in _IN_STRINGS) and not node.named_child_count else CODE


@lru_cache(maxsize=64)
def _word(word: str, hyphenated: bool = False) -> re.Pattern[str]:
    if hyphenated:  # not `item` in `cart-item` nor `color` in `--color`, but in `<!--color-->`
        return re.compile(rf"(?<!\w)(?<!\w-)(?:(?<=!--)|(?<!--)){re.escape(word)}(?!\w)(?!-\w)")
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
