"""The first line of a definition's documentation: its docstring, or the comment right above it."""

import re

from tree_sitter import Node

from foretoken.syntax.source import Source

_MAX_DOC = 200
# How far back a comment's mark is looked for: in a file without line ends that is not to be all of it.
_MAX_LINES = 4000
_MARKS = re.compile(r'^(?:=(?:begin|end)\b|[\s/*#!<>;"\'-]+(?:\[=*\[)?)|(?<![\s*/"\'-])[\s*/"\'-]++>?$')
# Of Python's strings: r"""...""".
_PREFIX = re.compile(r"^[A-Za-z]{1,2}(?=[\"'])")
# C#'s documentation is written in XML.
_TAGS = re.compile(r"</?(?:summary|remarks|para|returns|value|inheritdoc)\b[^<>]*>")
_IN_COMMENTS = (b"//", b"*/", b"#", b"--", b"=end", b"]]", b"]=")
COMMENTS = frozenset(
    {
        "comment",
        "line_comment",
        "block_comment",
        "doc_comment",
        "documentation_comment",
        "multiline_comment",
        "js_comment",
        "marginalia",
    }
)
# YAML's and TOML's blocks.
_UNCLOSED = frozenset({"block_mapping_pair", "block_node", "block_mapping", "table", "table_array_element"})


def doc_line(source: Source, node: Node, inside: list[Node] | None) -> str:
    """inside: what the query marked as ``@doc``; else the comments that end on the line above the definition count."""
    if inside:
        return _first_line(_PREFIX.sub("", source.slice(inside[0].start_byte, inside[0].end_byte)))
    if not _may_follow_a_comment(source.data, node.start_byte):
        return ""
    top = node
    comment = _before(node)
    # `export class A` and `template <...> class A` wrap the definition, which then has nothing before it.
    while comment is None and top.parent is not None and top.parent.start_byte == node.start_byte:
        top = top.parent
        comment = top.prev_sibling
    first = None
    row = node.start_point[0]
    while comment is not None and comment.type in COMMENTS and row - 1 <= _last_row(comment) <= row:
        # A comment behind code on its line speaks of that code.
        before = comment.prev_sibling
        if before is not None and _last_row(before) == comment.start_point[0] and before.type not in COMMENTS:
            break
        first = comment
        row = comment.start_point[0]
        comment = before
    return _first_line(source.slice(first.start_byte, first.end_byte)) if first is not None else ""


def _before(node: Node) -> Node | None:
    """What stands before it. Where nothing closes a block, a comment behind it is its last child."""
    before = node.prev_sibling
    if before is None or before.type not in _UNCLOSED:
        return before
    last = before
    while last.type in _UNCLOSED and (child := last.child(last.child_count - 1)) is not None:
        last = child
    return last if last.start_point[1] == node.start_point[1] else before


def _may_follow_a_comment(data: bytes, start: int) -> bool:
    """Whether its line or the one above has what a comment ends or begins with. To ask for a node's neighbour takes
    longer the more of them there are."""
    line = data.rfind(b"\n", max(start - _MAX_LINES, 0), start)
    above = data[max(data.rfind(b"\n", 0, max(line, 0)) + 1, start - _MAX_LINES) : start]
    return any(mark in above for mark in _IN_COMMENTS)


def _last_row(node: Node) -> int:
    """The row of its last character: some grammars count the line's end to a comment."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point[0] else row


def _first_line(text: str) -> str:
    for line in text.splitlines():
        stripped = _MARKS.sub("", _TAGS.sub("", line)).strip()
        if stripped:
            return stripped[:_MAX_DOC]
    return ""
