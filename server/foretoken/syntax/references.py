"""The uses of names in a file: what its ``references.scm`` marks with ``@reference.<kind>`` on the name itself."""

import re
from collections import Counter
from collections.abc import Iterator

from tree_sitter import Node

from foretoken.syntax.facts import Reference
from foretoken.syntax.grammar import cursor
from foretoken.syntax.names import NAME_EDGES, name_span
from foretoken.syntax.tree import SyntaxTree

_PREFIX = "reference."
_OWN = "own"
_WORDS = "words"
_WORD = re.compile(rb"(?<!\S)[^\s<>\"'=]+(?!\S)")
KINDS = ("call", "type", "base", "member", "import", "decorator", "other")
_RANK = {kind: rank for rank, kind in enumerate(("decorator", "base", "import", "call", "type", "member", "other"))}


def references(tree: SyntaxTree) -> tuple[Reference, ...]:
    """Every use that the query marks, in the order of the text, but for the names that it also marks with ``@own``: those
    of declarations which a wider pattern takes for uses. Of two marks on one name the more exact one counts:
    decorator, base, import, call, type, member, other. ``@reference.words`` marks a text each of whose words is a use of
    the kind other."""
    source = tree.source
    data = source.data
    best: dict[int, tuple[int, str, int, Node]] = {}
    for kind, start, end, node in _marked(tree):
        rank = _RANK[kind]
        if start not in best or rank < best[start][0]:
            best[start] = (rank, kind, end, node)
    return tuple(
        Reference(
            source.slice(start, end),
            kind,
            source.char(start),
            source.line(node.start_point[0] + data.count(b"\n", node.start_byte, start), start),
        )
        for start, (_, kind, end, node) in sorted(best.items(), key=lambda entry: entry[0])
    )


def reference_counts(tree: SyntaxTree) -> dict[tuple[str, str], int]:
    """How often each (name, kind) is marked; cheaper than ``references``, and a name may count under two kinds."""
    data = tree.source.data
    counts: Counter[tuple[bytes, str]] = Counter()
    for kind, nodes in _by_kind(tree):
        texts = [data[node.start_byte : node.end_byte] for node in nodes]
        if kind == _WORDS:
            counts.update((word, "other") for text in texts for word in _WORD.findall(text))
            continue
        for text, count in Counter(texts).items():
            if text[:1] in NAME_EDGES or text[-1:] in NAME_EDGES:  # not all of it is the name
                for node in (node for node, its_text in zip(nodes, texts) if its_text == text):
                    first, end = name_span(node, data)
                    counts[data[first:end], kind] += 1
            else:
                counts[text, kind] += count
    return {(name.decode("utf-8", "replace"), kind): count for (name, kind), count in counts.items()}


def _marked(tree: SyntaxTree) -> Iterator[tuple[str, int, int, Node]]:
    """(kind, first byte, end byte, node) of every mark."""
    data = tree.source.data
    for kind, nodes in _by_kind(tree):
        for node in nodes:
            first, end = name_span(node, data)
            if kind == _WORDS:
                for word in _WORD.finditer(data[first:end]):
                    yield "other", first + word.start(), first + word.end(), node
            else:
                yield kind, first, end, node


def _by_kind(tree: SyntaxTree) -> Iterator[tuple[str, list[Node]]]:
    """The nodes that the query marks; of the names of declarations none."""
    query = tree.grammar.query("references")
    if query is None:
        return
    found = cursor(query).captures(tree.root)
    own = {node.start_byte for node in found.get(_OWN, ())}
    for capture, nodes in found.items():
        if capture.startswith(_PREFIX):
            kept = [node for node in nodes if node.start_byte not in own] if own else nodes
            yield capture[len(_PREFIX) :], kept
