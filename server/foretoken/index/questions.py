"""What the language server can ask the worker: each question's answer as JSON values."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from foretoken.index.index import Index
from foretoken.index.wire import definition_to_wire, import_to_wire
from foretoken.syntax.facts import Definition


def _symbols(index: Index, path: str) -> list[Any]:
    return [definition_to_wire(definition) for definition in index.symbols(path)]


def _imports(index: Index, path: str) -> list[Any]:
    return [import_to_wire(value) for value in index.imports(path)]


def _find(index: Index, name: str) -> list[Any]:
    return _placed(index.find(name))


def _search(index: Index, text: str, limit: int) -> list[Any]:
    return _placed(index.search(text, limit))


def _uses(index: Index, name: str) -> list[Any]:
    return [[use.path, sorted(use.kinds), use.count] for use in index.uses(name)]


def _summary(index: Index) -> dict[str, Any]:
    return {folder: asdict(summary) for folder, summary in index.summary().items()}


def _placed(found: Iterable[tuple[str, Definition]]) -> list[Any]:
    return [[path, definition_to_wire(definition)] for path, definition in found]


QUESTIONS: dict[str, Callable[..., Any]] = {
    "symbols": _symbols,
    "imports": _imports,
    "find": _find,
    "search": _search,
    "uses": _uses,
    "edges_from": Index.edges_from,
    "edges_to": Index.edges_to,
    "summary": _summary,
}
