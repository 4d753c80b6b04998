"""Annotated sources: a source file with, under each line, what the queries find on it.

    12 | def total(items: list[Item]) -> int:
       |     ^^^^^ definition.function 12-14 signature="def total(items: list[Item]) -> int" doc="The sum." in=Cart
       |                      ^^^^ reference.type

Lines count from 1, as editors show them. Imports and text objects stand below the line that they begin on.
"""

from pathlib import Path

from foretoken.syntax.definitions import definitions
from foretoken.syntax.imports import imports
from foretoken.syntax.languages import language_for_path
from foretoken.syntax.references import references
from foretoken.syntax.tree import SyntaxTree, parse
from foretoken.text.line_index import LineIndex

FOLDER = Path(__file__).parent / "syntax" / "languages"
MARK = " | "


def annotate(path: Path) -> str:
    """The annotated source of a file; the language is that of its folder's name when its own name says nothing else."""
    text = path.read_text(encoding="utf-8")
    language = language_for_path(path.name)
    tree = parse(text, path.parent.name if language == "plaintext" else language)
    assert tree is not None, f"no grammar for {path.name}"
    lines = LineIndex.of(text)
    notes = _notes(tree, lines)
    out = []
    for number in range(len(lines)):
        out.append(f"{number + 1:4}{MARK}{lines.content(number)}".rstrip())
        out += [f"{'':4}{MARK}{note}" for _, note in sorted(notes.get(number, []))]
    return "\n".join(out) + "\n"


def count(annotated: str) -> int:
    """How many annotations there are: the cases of a file."""
    return sum(line.startswith("    " + MARK) for line in annotated.splitlines())


def _notes(tree: SyntaxTree, lines: LineIndex) -> dict[int, list[tuple[int, str]]]:
    notes: dict[int, list[tuple[int, str]]] = {}

    def note(offset: int, length: int, words: str) -> None:
        line, start = lines.line_at(offset)
        # A tab counts as itself, so that the marks stand where the name stands.
        lead = "".join("\t" if char == "\t" else " " for char in tree.text[start:offset])
        notes.setdefault(line, []).append((offset, f"{lead}{'^' * max(length, 1)} {words}"))

    def rows(start: int, end: int) -> str:
        first, last = lines.line_at(start)[0] + 1, lines.line_at(max(end - 1, start))[0] + 1
        return f"{first}-{last}"

    found = definitions(tree)
    for definition in found:
        words = f"definition.{definition.kind} {rows(definition.start, definition.end)}"
        if definition.body_end > definition.body_start:
            words += f" body={rows(definition.body_start, definition.body_end)}"
        words += f' signature="{definition.signature}"'
        if definition.doc:
            words += f' doc="{definition.doc}"'
        if definition.parent is not None:
            words += f" in={found[definition.parent].name}"
        note(definition.name_start, len(definition.name), words)
    for reference in references(tree):
        note(reference.start, len(reference.name), f"reference.{reference.kind}")
    for imported in imports(tree):
        names = ", ".join(f"{name.name} as {name.alias}" if name.alias else name.name for name in imported.names)
        words = f"import.{imported.kind} {imported.module!r}"
        words += f" names=({names})" if names else ""
        words += f" alias={imported.alias}" if imported.alias else ""
        note(imported.start, 1, words)
    return notes
