"""Where a name stands within the node that marks it: some grammars count a name's quotes or sigil to it."""

import re

from tree_sitter import Node

# A name that neither begins nor ends with one of these is all of its node.
_EDGES = frozenset(b":\"'`#=[] ")
NAME_EDGES = frozenset(bytes([edge]) for edge in _EDGES)
# Node type -> what of it is not the name: Ruby's :name, `alias name=...` in a shell, quoted keys and columns.
_MARKS = {
    "simple_symbol": b":",
    "word": b"=",
    "quoted_key": b"\"'",
    "double_quote_scalar": b'"',
    "single_quote_scalar": b"'",
    "string": b"\"'",
    "literal": b"\"'",
    "identifier": b"`",
    "attribute_value": b"#",
    "link_label": b"[]",
}
_CLOSING_SEQUENCE = re.compile(rb"(?<![ \t])[ \t]++#++[ \t]*+\Z")


def name_span(node: Node, data: bytes) -> tuple[int, int]:
    """The bytes of the name alone."""
    start, end = node.start_byte, node.end_byte
    if start == end or (data[start] not in _EDGES and data[end - 1] not in _EDGES):
        return start, end
    if node.type == "inline":  # Markdown's ## heading ##
        return start, end - len(match[0]) if (match := _CLOSING_SEQUENCE.search(data[start:end])) else end
    marks = _MARKS.get(node.type, b"")
    inner = start + (data[start] in marks)
    if inner < end and data[end - 1] in marks:
        end -= 1
    return (inner, end) if inner < end else (start, node.end_byte)
