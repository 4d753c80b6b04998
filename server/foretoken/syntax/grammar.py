"""A language's tree-sitter grammar and its queries (``grammars/<folder>/<name>.scm``), loaded at first use."""

import functools
import importlib
from collections.abc import Iterator

from tree_sitter import Language as TreeSitterLanguage
from tree_sitter import Query, QueryCursor

from foretoken.syntax.languages import grammars_dir, languages

# Unfinished matches that are kept at a time: some texts would have tens of thousands of them, and each node is held
# against each. The oldest go; code that people write has a few dozen. (There is no time limit: the binding's progress
# callback for queries crashes the process in 0.26.1.)
_MATCH_LIMIT = 1024
# How deep in the tree a match may begin. A chain of 8,000 calls is 16,000 deep, and a node's depth is what finding it costs.
_MAX_DEPTH = 500


def cursor(query: Query) -> QueryCursor:
    """For one run of a query; its time is bounded by the text's length."""
    running = QueryCursor(query, match_limit=_MATCH_LIMIT)
    running.set_max_start_depth(_MAX_DEPTH)
    return running


class Grammar:
    """One language's compiled grammar. ``query`` compiles a query when it is first asked for."""

    def __init__(self, language_id: str) -> None:
        self.language_id = language_id
        self._row = languages()[language_id]
        module, _, function = self._row.grammar.partition(":")
        self.language = TreeSitterLanguage(getattr(importlib.import_module(module), function or "language")())
        self._queries: dict[str, Query | None] = {}

    def query(self, name: str) -> Query | None:
        """The query of that name, its parts in the order of the table's folders; None where there is none."""
        if name not in self._queries:
            source = "\n".join(self._sources(name))
            self._queries[name] = Query(self.language, source) if source else None
        return self._queries[name]

    def _sources(self, name: str) -> Iterator[str]:
        for folder in self._row.queries:
            path = grammars_dir() / folder / f"{name}.scm"
            if path.is_file():
                yield path.read_text(encoding="utf-8")


@functools.cache
def grammar(language_id: str) -> Grammar | None:
    """None for a language that has no grammar here: it has text-level facts only."""
    language = languages().get(language_id)
    return Grammar(language_id) if language and language.grammar else None
