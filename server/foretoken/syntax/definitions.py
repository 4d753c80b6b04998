"""The definitions of a file: what its ``tags.scm`` marks with ``@definition.<kind>`` around a ``@name``."""

from bisect import bisect_left
from itertools import accumulate

from tree_sitter import Node

from foretoken.syntax.c_declarators import declared
from foretoken.syntax.doc_comments import COMMENTS, doc_line
from foretoken.syntax.facts import Definition
from foretoken.syntax.grammar import cursor
from foretoken.syntax.names import name_span
from foretoken.syntax.source import Source
from foretoken.syntax.tree import SyntaxTree

_PREFIX = "definition."
_SCOPE = "local.scope"
_VARIABLES = frozenset({"variable", "constant"})
_MAY_BE_LOCAL = _VARIABLES | {"function", "method", "constructor"}
# The pattern's place in the query, kind, all of the definition, its name, all captures of the match.
_Entry = tuple[int, str, Node, Node, dict[str, list[Node]]]
# What makes a function defined in it a method.
_TYPES = frozenset(
    {
        "class",
        "interface",
        "struct",
        "trait",
        "enum",
        "object",
        "implementation",
        "protocol",
        "extension",
        "union",
        "enum_member",
    }
)
_MAX_SIGNATURE = 300
# What may be looked at for a signature, in bytes on each side of the name, and in parts of the definition: a declaration
# of thousands of names must not be read whole for each of them.
_FAR = 4096
_MANY = 256
# Attributes stand above the head; Java and C# keep them with its other modifiers.
_ATTRIBUTES = frozenset({
    "decorator", "attribute_item", "attribute_list", "attribute", "annotation", "marker_annotation",
})  # fmt: skip
_BESIDE = frozenset({"attribute_item", "decorator"})
_MODIFIERS = frozenset({"modifiers"})
# The fields of Rust's tuple structs: they say what a parameter list says.
_HEAD_FIELDS = "ordered_field_declaration_list"
# What may be long although it has no body.
_CALLABLE = frozenset({"function", "method", "constructor", "macro"})


def definitions(tree: SyntaxTree) -> tuple[Definition, ...]:
    """All definitions in the order of the text, the outer ones first.

    In ``tags.scm`` a match has ``@definition.<kind>`` around all of it and ``@name``, ``@name.end`` where the name goes on
    beyond its node, and ``@declarator`` instead where C's name stands somewhere within. ``@body`` where the grammar's field
    is not called so, ``@body.open`` where the body's node begins with a head of its own, ``@doc`` where the documentation
    stands inside. Where two patterns mark the same name, the one that comes first in the file counts. A function within a
    type is a method. Variables and functions without a body that stand within a ``@local.scope`` are nobody else's and
    left out.
    """
    query = tree.grammar.query("tags")
    if query is None:
        return ()
    found: dict[int, _Entry] = {}
    scopes: list[tuple[int, int]] = []
    for pattern, captures in cursor(query).matches(tree.root):
        names = captures.get("name")
        if declarators := captures.get("declarator"):
            whole, kind = next((nodes[0], key) for key, nodes in captures.items() if key.startswith(_PREFIX))
            if name := declared(declarators[0], whole, kind[len(_PREFIX) :]):
                key = name[0].start_byte
                if key not in found or pattern < found[key][0]:
                    found[key] = (pattern, name[2], whole, name[0], {**captures, "name.end": [name[1]]})
            continue
        if not names:
            scopes += [(node.start_byte, node.end_byte) for node in captures.get(_SCOPE, ())]
            continue
        for capture, nodes in captures.items():
            if capture.startswith(_PREFIX):
                key = names[0].start_byte
                if key not in found or pattern < found[key][0]:
                    found[key] = (pattern, capture[len(_PREFIX) :], nodes[0], names[0], captures)
    ordered = sorted(found.values(), key=lambda entry: (entry[2].start_byte, -entry[2].end_byte, entry[3].start_byte))
    if scopes:
        ordered = _without_locals(ordered, sorted(scopes))
    return tuple(_values(ordered, tree.source))


def _without_locals(ordered: list[_Entry], scopes: list[tuple[int, int]]) -> list[_Entry]:
    starts = [start for start, _ in scopes]
    ends = list(accumulate((end for _, end in scopes), max))
    kept = []
    for entry in ordered:
        _, kind, node, name, _ = entry
        # A declaration may stand outside and the pattern that holds this name be a scope.
        start = (name if kind in _VARIABLES else node).start_byte
        before = bisect_left(starts, start)
        local = before > 0 and start < ends[before - 1]
        if not local or kind not in _MAY_BE_LOCAL or node.child_by_field_name("body") is not None:
            kept.append(entry)
    return kept


def _values(ordered: list[_Entry], source: Source) -> list[Definition]:
    values: list[Definition] = []
    around: list[tuple[int, int, str]] = []  # (end byte, place in values, kind) of the definitions that are open here
    fields: set[tuple[int | None, str]] = set()  # (parent, name)
    last = (-1, -1)
    for _, kind, node, name, captures in ordered:
        top = _with_attributes(node)
        start, end = top.start_byte, node.end_byte
        beside = last == (start, end)  # `a, b = 1, 2` defines two, side by side
        if beside and around and around[-1][1] == len(values) - 1 and around[-1][2] not in _TYPES:
            around.pop()
        while around and around[-1][0] <= start:
            around.pop()
        parent = around[-1][1] if around else None
        if beside and around and around[-1][0] == end and around[-1][2] in _TYPES:
            parent = values[around[-1][1]].parent
        if kind == "field" or "_self" in captures:  # what a constructor sets on the instance belongs to the type
            parent = next((place for _, place, outer in reversed(around) if outer in _TYPES), parent)
            field = (parent, source.slice(name.start_byte, name.end_byte))
            if "_self" in captures and field in fields:  # and is set anew in many places: the first one counts
                continue
            fields.add(field)
        if kind == "function" and around and around[-1][2] in _TYPES:
            kind = "method"
        bodies = captures.get("body")
        body = bodies[0] if bodies else node.child_by_field_name("body")
        if body is not None and body.type == _HEAD_FIELDS:
            body = None
        body_start, body_end = (body.start_byte, body.end_byte) if body is not None else (end, end)
        if opens := captures.get("body.open"):
            body_start = opens[0].start_byte
        type_body = _body_of_its_type(node) if "declarator" in captures else None
        name_start, name_end = name_span(name, source.data)
        if ends := captures.get("name.end"):
            name_end = ends[0].end_byte
        values.append(
            Definition(
                source.slice(name_start, name_end),
                kind,
                source.char(start),
                source.char(end),
                source.char(name_start),
                source.line(name.start_point[0], name_start),
                source.char(body_start),
                source.char(body_end),
                parent,
                _signature(
                    source, kind, node, name_start, *(type_body.byte_range if type_body else (body_start, body_end))
                ),
                doc_line(source, top, captures.get("doc")),
            )
        )
        # `typedef struct {...} name, *pointer;`: what stands within belongs to the first. `struct item {...} one;`: it
        # belongs to the struct, and that to what is around both.
        first = not (beside and around and around[-1][0] == end and around[-1][2] in _TYPES)
        if first and type_body is None:
            around.append((end, len(values) - 1, kind))
        last = (start, end)
    return values


def _body_of_its_type(node: Node) -> Node | None:
    """Of a declaration of C that also defines a type with a name of its own."""
    its_type = node.child_by_field_name("type")
    if its_type is None or its_type.child_by_field_name("name") is None:
        return None
    return its_type.child_by_field_name("body")


def _signature(source: Source, kind: str, node: Node, name_start: int, body_start: int, body_end: int) -> str:
    """The head on one line: from the line that the name's statement begins on to the body."""
    start = _head_start(source, node, name_start)
    if start < body_start < name_start:  # typedef struct { ... } name;
        head = source.data[start : min(body_start, start + _FAR)]
        behind = body_end if name_start - body_end < _FAR else name_start
        head += source.data[behind : min(node.end_byte, name_start + _FAR)]
    else:
        if name_start - start > _FAR:  # one of very many names of a declaration
            start = source.data.rfind(b"\n", start, name_start) + 1 or name_start
        head = source.data[start : min(max(body_start, name_start), name_start + _FAR)]
    for child in _few_children(node):  # a comment between head and body, a C++ constructor's initializers
        if (
            child.type in COMMENTS or child.type == "field_initializer_list"
        ) and start <= child.start_byte < body_start:
            head = head[: child.start_byte - start]
            break
    if body_start >= node.end_byte and kind not in _CALLABLE:  # no body: its first line is enough
        head = head[: head.find(b"\n", max(name_start - start, 0))] if b"\n" in head[name_start - start :] else head
    line = " ".join(head.decode("utf-8", "replace").split())
    line = line.replace("( ", "(").replace(", )", ")").replace(" )", ")")
    return line.rstrip(" {:=;,").rstrip()[:_MAX_SIGNATURE]


def _with_attributes(node: Node) -> Node:
    """The first of the attributes that stand beside the definition, above it, as Rust's grammar has them; or itself."""
    before = node.prev_sibling
    while before is not None and before.type in _BESIDE:
        node = before
        before = node.prev_sibling
    return node


def _head_start(source: Source, node: Node, name_start: int) -> int:
    """Where the head begins, below the decorators and attributes that have lines of their own."""
    start = node.start_byte
    for child in _few_children(node):
        if child.start_byte > name_start:
            break
        if child.type in _MODIFIERS:
            for modifier in child.children:
                if modifier.type in _ATTRIBUTES and _ends_line(source, modifier.end_byte):
                    start = modifier.end_byte
        elif child.type in _ATTRIBUTES and (
            child.end_point[0] < node.end_point[0]
            and child.end_byte < name_start
            and _ends_line(source, child.end_byte)
        ):
            start = child.end_byte
    return start


def _few_children(node: Node) -> list[Node]:
    """The parts of a definition; none where they are so many that it must be a list, which has no such parts."""
    return node.children if node.child_count <= _MANY else []


def _ends_line(source: Source, byte: int) -> bool:
    return source.data[byte : byte + 1] in (b"\n", b"\r")
