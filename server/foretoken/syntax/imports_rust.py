"""Rust's imports: the trees of ``use``, and modules in files of their own.

``use a::b::{self, c::{d as e, *}};`` is three: the module "a::b" itself, and of "a::b::c" the name d and everything.
Within ``mod tests { ... }`` a path that begins with ``self`` or ``super`` begins here with "self::tests", so that it is
said from the file's own module. ``mod x;`` is "self::x"; ``#[path = "y.rs"] mod x;`` is "y.rs" with the alias x. The rules
are those of The Rust Reference, "Use declarations" and "Modules".
"""

from collections.abc import Iterator

from tree_sitter import Node

from foretoken.syntax.facts import Import, ImportedName
from foretoken.syntax.source import Source

# What is longer, or stands deeper, is no code that a person wrote; to follow it would take time without a bound.
_LONGEST_PATH = 2048
_DEEPEST = 64
# (path, name, alias); an empty name is the path's own module.
_Leaf = tuple[str, str, str]


def imports_of(node: Node, source: Source) -> Iterator[Import]:
    """What one ``use``, ``mod ...;`` or ``extern crate`` brings, an Import for each module."""
    public = any(child.type == "visibility_modifier" for child in node.children)
    kind = "reexport" if public and node.type != "mod_item" else "module"
    start, end = node.start_byte, node.end_byte
    place = (source.char(start), source.char(end), source.line(node.start_point[0], start))
    if node.type == "use_declaration":
        argument = node.child_by_field_name("argument")
        leaves = list(_leaves(argument, "", source)) if argument is not None else []
        inline = _inline(node, source)
        names: dict[str, dict[str, ImportedName]] = {}
        for path, name, alias in leaves:
            path = _from_file(path, inline)
            if not name:
                yield Import(path, (), alias, kind, *place)
            else:
                names.setdefault(path, {})[f"{name} {alias}"] = ImportedName(name, alias)
        for path, found in names.items():
            yield Import(path, tuple(found.values()), "", kind, *place)
        return
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return
    name = _text(source, name_node)
    if node.type == "mod_item":
        file = _path_attribute(node, source)
        if file:
            yield Import(file, (), name, kind, *place)
        else:
            yield Import("::".join(["self", *_inline(node, source), name]), (), "", kind, *place)
    else:
        alias_node = node.child_by_field_name("alias")
        yield Import(name, (), _text(source, alias_node) if alias_node is not None else "", kind, *place)


def _leaves(node: Node, prefix: str, source: Source) -> Iterator[_Leaf]:
    """The names at the ends of a use tree. A stack instead of a recursion: how deep it is, others decide."""
    open_nodes: list[tuple[Node, str]] = [(node, prefix)]
    while open_nodes:
        node, prefix = open_nodes.pop()
        if len(prefix) > _LONGEST_PATH:
            continue
        if node.type == "use_list":
            open_nodes += [(child, prefix) for child in reversed(node.named_children)]
        elif node.type == "scoped_use_list":
            path, inner = node.child_by_field_name("path"), node.child_by_field_name("list")
            if inner is not None:
                # `use ::{a, b}` has the two colons alone.
                open_nodes.append((inner, _join(prefix, _text(source, path) if path is not None else "")))
        elif node.type == "use_wildcard":
            written = _text(source, node).removesuffix("*").removesuffix("::")
            yield _join(prefix, written), "*", ""
        elif node.type == "use_as_clause":
            path, alias = node.child_by_field_name("path"), node.child_by_field_name("alias")
            if path is not None and alias is not None:
                yield _leaf(_text(source, path), prefix, _text(source, alias))
        elif node.type in {"identifier", "scoped_identifier", "self", "crate", "super"}:
            yield _leaf(_text(source, node), prefix, "")


def _leaf(written: str, prefix: str, alias: str) -> _Leaf:
    if written == "self" and prefix:
        return prefix, "", alias
    whole = _join(prefix, written)
    path, colons, name = whole.rpartition("::")
    if not colons or not path or name in {"self", "super", "crate"}:
        return whole, "", alias
    return path, name, alias


def _join(prefix: str, rest: str) -> str:
    return f"{prefix}::{rest}" if prefix and rest else prefix or rest


def _inline(node: Node, source: Source) -> list[str]:
    """The names of the inline modules around a declaration, the outermost first."""
    found: list[str] = []
    parent = node.parent
    for _ in range(_DEEPEST):
        if parent is None:
            break
        if parent.type == "mod_item" and (name := parent.child_by_field_name("name")) is not None:
            found.append(_text(source, name))
        parent = parent.parent
    return found[::-1]


def _from_file(path: str, inline: list[str]) -> str:
    if not inline:
        return path
    first, _, rest = path.partition("::")
    around = "::".join(("self", *inline))
    if first == "self":
        return _join(around, rest)
    return _join(around, path) if first == "super" else path


def _path_attribute(node: Node, source: Source) -> str:
    """The file that ``#[path = "..."]`` above a module names; empty without one."""
    above = node.prev_named_sibling
    while above is not None and above.type in {"attribute_item", "line_comment", "block_comment"}:
        attribute = above.named_children[0] if above.type == "attribute_item" and above.named_children else None
        if attribute is not None and (value := attribute.child_by_field_name("value")) is not None:
            if _text(source, attribute).startswith("path="):
                return _text(source, value).strip('r#"')
        above = above.prev_named_sibling
    return ""


def _text(source: Source, node: Node) -> str:
    return "".join(source.slice(node.start_byte, node.end_byte).split())
