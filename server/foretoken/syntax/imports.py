"""What a file imports: what its ``imports.scm`` marks, brought into one form."""

from tree_sitter import Node

from foretoken.syntax import imports_javascript, imports_markdown, imports_rust
from foretoken.syntax.facts import Import, ImportedName
from foretoken.syntax.grammar import cursor
from foretoken.syntax.source import Source
from foretoken.syntax.tree import SyntaxTree

_QUOTES = "\"'`<>"
# How many nodes deep an import can stand at most: below it nobody needs to look, which is most of a file.
_DEEPEST = {"java": 1, "kotlin": 1, "swift": 1, "go": 3, "csharp": 5, "c": 8, "cpp": 8}
# What a query cannot say: the imports of a node that is marked ``@import.tree``.
_TREES = {
    "rust": imports_rust.imports_of,
    "markdown": imports_markdown.imports_of,
    **dict.fromkeys(("javascript", "javascriptreact", "typescript", "typescriptreact"), imports_javascript.imports_of),
}


def imports(tree: SyntaxTree) -> tuple[Import, ...]:
    """All imports in the order of the text.

    In ``imports.scm`` a match has ``@import`` around all of it (``@import.system``, ``@import.reexport`` and
    ``@import.package`` for the other kinds), ``@module`` (none: the name itself is the module's), and where one name of
    the module is taken ``@name``, ``@alias`` or ``@wildcard``. A match for each name; those of the same statement and
    module become one Import. ``@module.alias`` is the module's own local name,
    ``@default`` the local name of what the module exports as its default. A statement without ``@module`` imports
    what its ``@name`` says. ``@module.relative`` is a path from the file's own folder on, whose ``./`` may not be written
    and which a fragment may follow.
    """
    query = tree.grammar.query("imports")
    if query is None:
        return ()
    source = tree.source
    values: list[Import] = []
    found: dict[tuple[int, str], _Found] = {}
    running = cursor(query)
    if depth := _DEEPEST.get(tree.language_id):
        running.set_max_start_depth(depth)
    for _, captures in running.matches(tree.root):
        kind, node = next(
            (
                (key.partition(".")[2] or "module", nodes[0])
                for key, nodes in captures.items()
                if key.startswith("import")
            ),
            (None, None),
        )
        if kind is None or node is None:
            continue
        if kind == "tree":
            values += _TREES[tree.language_id](node, source)
            continue
        modules = captures.get("module")
        module = _text(source, modules[0], modules[-1]).strip(_QUOTES) if modules else ""
        if beside := captures.get("module.relative"):
            module = _relative(_text(source, beside[0]).strip(_QUOTES))
        entry = found.setdefault((node.start_byte, module), _Found(kind, node))
        if kind != "module":
            entry.kind = kind
        if aliases := captures.get("module.alias"):
            entry.alias = _text(source, aliases[0])
        if "wildcard" in captures:
            entry.names.setdefault("*", "")
        if defaults := captures.get("default"):
            entry.names["default"] = _text(source, defaults[0])
        if names := captures.get("name"):
            name = _text(source, names[0]).strip(_QUOTES).removeprefix(":")  # Ruby's symbols
            alias = captures.get("alias")
            if alias or name not in entry.names:
                local = _text(source, alias[0]) if alias else ""
                entry.names[name] = local if local != name else ""
    values += [entry.value(source, module) for (_, module), entry in found.items()]
    return tuple(sorted(values, key=lambda value: value.start))


class _Found:
    def __init__(self, kind: str, node: Node) -> None:
        self.kind = kind
        self.node = node
        self.alias = ""
        self.names: dict[str, str] = {}

    def value(self, source: Source, module: str) -> Import:
        start = self.node.start_byte
        return Import(
            module,
            tuple(ImportedName(name, alias) for name, alias in self.names.items()),
            self.alias,
            self.kind,
            source.char(start),
            source.char(self.node.end_byte),
            source.line(self.node.start_point[0], start),
        )


def _text(source: Source, node: Node, last: Node | None = None) -> str:
    """Without blanks; up to the end of ``last`` where a path is many nodes."""
    return "".join(source.slice(node.start_byte, (last or node).end_byte).split())


def _relative(path: str) -> str:
    path = path.partition("#")[0]
    return path if path.startswith(".") else "./" + path.lstrip("/")
