"""Every place where a word stands in a file, and what it is there; in any language."""

import re
from functools import lru_cache

from tree_sitter import Node

from foretoken.syntax.definitions import definitions
from foretoken.syntax.facts import Occurrence
from foretoken.syntax.references import references
from foretoken.syntax.tree import SyntaxTree

COMMENT, STRING, DEFINITION, TEXT = "comment", "string", "definition", "text"
_STRINGS = ("string", "char_literal", "rune_literal", "character_literal", "heredoc", "regex")
_INTERPOLATED = ("interpolation", "template_substitution", "expansion", "command_substitution", "interpolated")


def occurrences(tree: SyntaxTree, word: str) -> tuple[Occurrence, ...]:
    """The places where ``word`` stands as a whole word. role: definition, one of references' kinds (other: a use that no
    query marks), comment, or string."""
    hits = [match.start() for match in _word(word).finditer(tree.text)]
    if not hits:
        return ()
    defined = {definition.name_start for definition in definitions(tree) if definition.name == word}
    used = {reference.start: reference.kind for reference in references(tree) if reference.name == word}
    found = []
    for start in hits:
        byte = tree.source.byte(start)
        node = tree.root.descendant_for_byte_range(byte, tree.source.byte(start + len(word)))
        role = DEFINITION if start in defined else used.get(start) or _role(node)
        row = (
            node.start_point[0]
            if node is not None and node.start_byte == byte
            else tree.source.data.count(b"\n", 0, byte)
        )
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


def _role(node: Node | None) -> str:
    while node is not None:
        kind = node.type
        if any(part in kind for part in _INTERPOLATED):
            return "other"
        if "comment" in kind:
            return COMMENT
        if any(part in kind for part in _STRINGS):
            return STRING
        node = node.parent
    return "other"


@lru_cache(maxsize=64)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
