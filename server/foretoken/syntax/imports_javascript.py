"""JavaScript's and TypeScript's imports, taken apart by hand.

A query would keep every name of ``import { a, b, ... } from "x"`` open until it meets the module at the end, and looks at
all open ones for every node: a statement of 20,000 names takes minutes.
"""

from collections.abc import Iterator

from tree_sitter import Node

from foretoken.syntax.facts import Import, ImportedName
from foretoken.syntax.source import Source


def imports_of(node: Node, source: Source) -> Iterator[Import]:
    """What an ``import``, an ``export ... from``, or a call of ``require`` or ``import`` brings."""
    if node.type == "call_expression":
        yield _called(node, source)
        return
    module = node.child_by_field_name("source")
    alias = ""
    names: list[ImportedName] = []
    for child in node.named_children:
        if child.type == "import_require_clause":  # import fs = require("fs")
            module = child.child_by_field_name("source")
            alias = _text(source, child.named_children[0])
        elif child.type == "import_clause":
            for part in child.named_children:
                if part.type == "identifier":
                    names.append(ImportedName("default", _text(source, part)))
                elif part.type == "namespace_import":
                    alias = _text(source, part.named_children[0])
                elif part.type == "named_imports":
                    names += _names(part, source)
        elif child.type == "export_clause":
            names += _names(child, source)
        elif child.type == "namespace_export":
            alias = _text(source, child.named_children[0])
    if module is None:
        return
    if any(child.type == "*" for child in node.children):
        names.append(ImportedName("*"))
    kind = "reexport" if node.type == "export_statement" else "module"
    yield _value(node, source, module, names, alias, kind)


def _names(clause: Node, source: Source) -> Iterator[ImportedName]:
    for specifier in clause.named_children:
        name, alias = specifier.child_by_field_name("name"), specifier.child_by_field_name("alias")
        if name is not None:
            yield _named(_text(source, name), _text(source, alias) if alias is not None else "")


def _called(call: Node, source: Source) -> Import:
    """``const { a, b: c } = require("x")``, ``const d = (await import("x")).e``: with the names that are taken at once."""
    arguments = call.child_by_field_name("arguments")
    module = arguments.named_children[0] if arguments is not None else call
    taken = ""
    value, around = call, call.parent
    while around is not None and around.type in {"await_expression", "parenthesized_expression", "member_expression"}:
        if around.type == "member_expression":
            property_ = around.child_by_field_name("property")
            if taken or around.child_by_field_name("object") != value or property_ is None:
                break
            taken = _text(source, property_)
        value, around = around, around.parent
    name = around.child_by_field_name("name") if around is not None and around.type == "variable_declarator" else None
    if name is None or around is None or around.child_by_field_name("value") != value:
        return _value(call, source, module, [ImportedName(taken)] if taken else [], "", "module")
    if name.type == "identifier":
        local = _text(source, name)
        names = [_named(taken, local)] if taken else []
        return _value(call, source, module, names, "" if taken else local, "module")
    if taken or name.type != "object_pattern":
        return _value(call, source, module, [ImportedName(taken)] if taken else [], "", "module")
    return _value(call, source, module, list(_bound(name, source)), "", "module")


def _bound(pattern: Node, source: Source) -> Iterator[ImportedName]:
    for part in pattern.named_children:
        if part.type == "shorthand_property_identifier_pattern":
            yield ImportedName(_text(source, part))
        elif part.type == "object_assignment_pattern" and (left := part.child_by_field_name("left")) is not None:
            yield ImportedName(_text(source, left))
        elif part.type == "pair_pattern":
            key, bound = part.child_by_field_name("key"), part.child_by_field_name("value")
            if bound is not None and bound.type == "assignment_pattern":
                bound = bound.child_by_field_name("left")
            if key is not None and key.type == "property_identifier":
                plain = bound is not None and bound.type == "identifier"
                yield _named(_text(source, key), _text(source, bound) if plain and bound is not None else "")


def _named(name: str, alias: str) -> ImportedName:
    return ImportedName(name, alias if alias != name else "")


def _value(node: Node, source: Source, module: Node, names: list[ImportedName], alias: str, kind: str) -> Import:
    start = node.start_byte
    return Import(
        _text(source, module).strip("\"'`"),
        tuple(names),
        alias,
        kind,
        source.char(start),
        source.char(node.end_byte),
        source.line(node.start_point[0], start),
    )


def _text(source: Source, node: Node) -> str:
    return source.slice(node.start_byte, node.end_byte)
