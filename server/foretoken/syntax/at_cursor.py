"""What stands around a cursor: whether it is in code, its statement, its block, the definitions it is in."""

import re
from dataclasses import dataclass

from tree_sitter import Node

from foretoken.syntax.definitions import definitions
from foretoken.syntax.doc_comments import COMMENTS
from foretoken.syntax.facts import Definition
from foretoken.syntax.grammar import cursor
from foretoken.syntax.roles import CODE, COMMENT, STRING, role_within
from foretoken.syntax.tree import SyntaxTree

# What begins a block that says itself where it ends.
_DELIMITED = re.compile(r"[{(\[<]")
# In bytes, from the first to behind the last.
_Span = tuple[int, int]


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
    char, byte = tree.source.char, tree.source.byte(offset)
    next_code = _next_code(tree, offset)
    found, between = _captures(tree, offset, next_code)
    statement = _innermost(
        [
            node.byte_range
            for node in found.get("statement.outer", [])
            if _reaches(tree.source.data, *node.byte_range, byte)
        ]
    )
    blocks = [node.byte_range for node in found.get("block.outer", []) if _in_block(tree, node, offset, next_code)]
    block = _innermost(blocks + [span for span in between if span[0] < byte <= span[1]])
    if statement is not None and block is not None and _holds(statement, block):
        statement = None  # between two statements of the block
    scope = tuple(
        definition
        for definition in (definitions(tree) if known is None else known)
        if _reaches(tree.text, definition.start, definition.end, offset)
        or offset == definition.end == len(tree.text)
        or (block is not None and definition.start < char(block[0]) < definition.end)
    )
    return Around(
        _role(found, byte),
        (char(statement[0]), char(statement[1])) if statement is not None else None,
        (char(block[0]), char(block[1])) if block is not None else None,
        scope,
    )


def _captures(tree: SyntaxTree, offset: int, next_code: int) -> tuple[dict[str, list[Node]], list[_Span]]:
    """The nodes of each capture around the offset; and the blocks that reach from the end of a ``@block.open`` to the
    beginning of its ``@block.close``."""
    query = tree.grammar.query("textobjects")
    found: dict[str, list[Node]] = {}
    between: list[_Span] = []
    if query is None:
        return found, between
    # From the last character before the cursor to the next one behind it that is code: a block's first and last lines
    # may be blank or comments, and then lie outside of its node.
    first = max(len(tree.text[:offset].rstrip()) - 1, 0)
    running = cursor(query)
    running.set_byte_range(tree.source.byte(first), tree.source.byte(next_code) + 1)
    for _, captures in running.matches(tree.root):
        if "block.open" in captures:
            between.append((captures["block.open"][0].end_byte, captures["block.close"][0].start_byte))
            continue
        for capture, nodes in captures.items():
            found.setdefault(capture, []).extend(nodes)
    return found, between


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
    """The innermost comment or string decides."""
    marked = [
        (node, role)
        for capture, role in (("comment.outer", COMMENT), ("string.outer", STRING))
        for node in found.get(capture, [])
        if node.start_byte < byte < node.end_byte or (role == COMMENT and _goes_on(node, byte))
    ]
    if not marked:
        return CODE
    node, role = max(marked, key=lambda mark: (mark[0].start_byte, -mark[0].end_byte))
    return role_within(role, node, byte - 1, byte + 1)


def _goes_on(comment: Node, byte: int) -> bool:
    """A comment that ends with its line still goes on at its end; a string is over behind its quote."""
    if byte != comment.end_byte or comment.end_point[0] != comment.start_point[0]:
        return False
    return not (comment.text or b"").endswith((b"*/", b"-->", b"]]"))


def _in_block(tree: SyntaxTree, node: Node, offset: int, next_code: int) -> bool:
    text, char = tree.text, tree.source.char
    start, end = char(node.start_byte), char(node.end_byte)
    if _DELIMITED.match(text, start) and end - start > 1:
        return start < offset < end
    if _reaches(text, start, end, offset):
        return True
    # Without a bracket at its ends a block reaches as far as its indentation does.
    if offset < start:  # by blanks and comments alone, else it would not have been found
        if not _follows_its_head(node):
            return False
    elif text[end:offset].strip():
        return False
    line = text.rfind("\n", 0, offset) + 1
    line_end = text.find("\n", offset)
    content = text[line : line_end if line_end >= 0 else len(text)]
    if offset >= end and "\n" in text[end - 1 : offset] and next_code < line + len(content):
        return False  # other code on the line, or it would be part of the block
    column = len(content) - len(content.lstrip()) if content.strip() else offset - line
    head = text[text.rfind("\n", 0, start) + 1 : start]
    indent = len(head) if not head.strip() else len(head) - len(head.lstrip()) + 1
    return column >= indent


def _reaches(text: str | bytes, start: int, end: int, place: int) -> bool:
    """Whether a place is within or at an end. What ends with its line's end does not reach into the next line."""
    return start <= place < end or (place == end and text[end - 1 : end] not in ("\n", b"\n"))


def _follows_its_head(node: Node) -> bool:
    """Whether it stands behind the colon of its head, and not among other statements."""
    before, parent = node.prev_sibling, node.parent
    while before is None and parent is not None and parent.start_byte == node.start_byte:
        before, parent = parent.prev_sibling, parent.parent
    while before is not None and before.type in COMMENTS:
        before = before.prev_sibling
    return before is not None and not before.is_named


def _holds(outer: _Span, inner: _Span) -> bool:
    """Whether more than the inner one is in the outer one."""
    return outer != inner and outer[0] <= inner[0] and inner[1] <= outer[1]


def _innermost(spans: list[_Span]) -> _Span | None:
    return max(spans, key=lambda span: (span[0], -span[1]), default=None)
