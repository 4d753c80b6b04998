"""The facts of one file's text, as the index stores them."""

import re
from collections import Counter
from dataclasses import dataclass

from foretoken.syntax.definitions import definitions
from foretoken.syntax.facts import Definition, Import
from foretoken.syntax.imports import imports
from foretoken.syntax.references import KINDS, reference_counts
from foretoken.syntax.tree import SyntaxTree, TooSlow, parse
from foretoken.text.line_index import LineIndex

# What the facts look like. One more whenever this file or the code that it calls finds other facts in the same text.
VERSION = 2
# Bits of ``FileFacts.uses``: how a name is used in a file; none set = it stands there only as a word.
KIND_BITS = {kind: 1 << place for place, kind in enumerate(KINDS)}
PARSE_SECONDS = 5.0
# What counts as a word of a text.
WORD = re.compile(r"[^\W\d]\w{1,63}(?!\w)")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """lines, characters: how long the text is. uses: name -> (bits of KIND_BITS, how often it stands in the text, comments
    and strings included); names of 2 to 64 characters. note: why facts are missing, empty when they are complete.
    """

    language: str
    lines: int
    characters: int
    definitions: tuple[Definition, ...]
    imports: tuple[Import, ...]
    uses: dict[str, tuple[int, int]]
    note: str = ""


def analyse(text: str, language_id: str, seconds: float = PARSE_SECONDS) -> FileFacts:
    """text: without secrets. A language without a grammar, or a text that takes longer to parse, has words alone."""
    note = ""
    try:
        tree = parse(text, language_id, seconds)
    except TooSlow:
        tree, note = None, f"not parsed within {seconds:g} s: its words alone are known"
    return FileFacts(
        language_id,
        _line_count(text),
        len(text),
        definitions(tree) if tree is not None else (),
        imports(tree) if tree is not None else (),
        uses(tree, text),
        note,
    )


def uses(tree: SyntaxTree | None, text: str) -> dict[str, tuple[int, int]]:
    """``FileFacts.uses`` of a text; without a tree nothing but words is known of it."""
    kinds: dict[str, int] = {}
    if tree is not None:
        for (name, kind), _ in reference_counts(tree).items():
            kinds[name] = kinds.get(name, 0) | KIND_BITS[kind]
    words = Counter(WORD.findall(text))
    return {word: (kinds.get(word, 0), count) for word, count in words.items()}


def _line_count(text: str) -> int:
    """As LSP counts, but a last line without any character is none."""
    if "\r" not in text:
        return text.count("\n") + (not text.endswith("\n") and bool(text))
    lengths = LineIndex.of(text).lengths
    return len(lengths) - (lengths[-1] == 0)
