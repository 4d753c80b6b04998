"""What stands around a cursor: whether it is in code, its statement, its block, the definitions it is in."""

import re
from dataclasses import dataclass

from tree_sitter import Node

from foretoken.syntax.definitions import definitions
from foretoken.syntax.facts import Definition
from foretoken.syntax.grammar import cursor
from foretoken.syntax.tree import SyntaxTree

# What begins a block that says itself where it ends.
_DELIMITED = re.compile(r"[{(\[<]|(?:do|then|begin)\b")


@dataclass(frozen=True, slots=True)
class Around:
    """role: code, comment or string. statement: the innermost one, as (start, end); None between statements.
    block: the innermost block that the cursor is in, or that it would continue by its indentation; None at the top.
    scope: the definitions around the cursor, the outermost first.
    """

    role: str
    statement: tuple[int, int] | None
    block: tuple[int, int] | None
    scope: tuple[Definition, ...]


def around(tree: SyntaxTree, offset: int, known: tuple[Definition, ...] | None = None) -> Around:
    """known: the file's definitions, where the caller has them.

    Raises ValueError for an offset outside the text.
    """
    if not 0 <= offset <= len(tree.text):
        raise ValueError(f"offset {offset} in a text of {len(tree.text)} characters")
    found = _captures(tree, offset)
    char, byte = tree.source.char, tree.source.byte(offset)
    statement = _innermost(
        [node for node in found.get("statement.outer", []) if node.start_byte <= byte <= node.end_byte]
    )
    block = _innermost([node for node in found.get("block.outer", []) if _in_block(tree, node, offset)])
    if statement is not None and block is not None and _holds(statement, block):
        statement = None  # between two statements of the block
    scope = tuple(
        definition
        for definition in (definitions(tree) if known is None else known)
        if definition.start <= offset <= definition.end
        or (block is not None and definition.start < char(block.start_byte) < definition.end)
    )
    return Around(
        _role(found, byte),
        (char(statement.start_byte), char(statement.end_byte)) if statement is not None else None,
        (char(block.start_byte), char(block.end_byte)) if block is not None else None,
        scope,
    )


def _captures(tree: SyntaxTree, offset: int) -> dict[str, list[Node]]:
    query = tree.grammar.query("textobjects")
    if query is None:
        return {}
    # From the last character before the cursor to the next one behind it that is code: a block's first and last lines
    # may be blank or comments, and then lie outside of its node.
    first = max(len(tree.text[:offset].rstrip()) - 1, 0)
    running = cursor(query)
    running.set_byte_range(tree.source.byte(first), tree.source.byte(_next_code(tree, offset)) + 1)
    return running.captures(tree.root)


def _next_code(tree: SyntaxTree, offset: int) -> int:
    """Where the next thing behind the offset begins that is neither white space nor a comment."""
    text = tree.text
    while True:
        offset += len(text[offset:]) - len(text[offset:].lstrip())
        node = tree.root.descendant_for_byte_range(tree.source.byte(offset), tree.source.byte(offset))
        if node is None or "comment" not in node.type or node.parent is None:
            return offset
        end = tree.source.char(node.end_byte)
        if end <= offset:
            return offset
        offset = end


def _role(found: dict[str, list[Node]], byte: int) -> str:
    for capture, role in (("comment.outer", "comment"), ("string.outer", "string")):
        for node in found.get(capture, []):
            # A comment that ends with its line still goes on at its end; a string is over behind its quote.
            inside = node.start_byte < byte < node.end_byte
            if inside or (role == "comment" and byte == node.end_byte and node.end_point[0] == node.start_point[0]):
                if role == "comment" and byte == node.end_byte and (node.text or b"").endswith((b"*/", b"-->", b"]]")):
                    continue
                return role
    return "code"


def _in_block(tree: SyntaxTree, node: Node, offset: int) -> bool:
    text, char = tree.text, tree.source.char
    start, end = char(node.start_byte), char(node.end_byte)
    if _DELIMITED.match(text, start) and end - start > 1:
        return start < offset < end
    if start <= offset <= end:
        return True
    # Without a bracket at its ends a block reaches as far as its indentation does.
    if offset < start:
        if _next_code(tree, offset) < start:
            return False
    elif text[end:offset].strip():
        return False
    line = text.rfind("\n", 0, offset) + 1
    line_end = text.find("\n", offset)
    content = text[line : line_end if line_end >= 0 else len(text)]
    column = len(content) - len(content.lstrip()) if content.strip() else offset - line
    head = text[text.rfind("\n", 0, start) + 1 : start]
    indent = len(head) if not head.strip() else len(head) - len(head.lstrip()) + 1
    return column >= indent


def _holds(outer: Node, inner: Node) -> bool:
    """Whether more than the inner one is in the outer one."""
    return (
        outer.byte_range != inner.byte_range
        and outer.start_byte <= inner.start_byte
        and inner.end_byte <= outer.end_byte
    )


def _innermost(nodes: list[Node]) -> Node | None:
    return max(nodes, key=lambda node: (node.start_byte, -node.end_byte), default=None)
