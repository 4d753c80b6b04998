"""An editor may send half of a surrogate pair: it is a character like any other, to the queries' predicates, too."""

from foretoken.syntax.definitions import definitions
from foretoken.syntax.references import reference_counts, references
from foretoken.syntax.tree import parse
from foretoken.text.edit import TextEdit

HALF = "\ud83d"


def test_in_a_name_that_a_predicate_looks_at() -> None:
    text = f"Größe {HALF}\n=====\n\n# next {HALF} ##\n"
    tree = parse(text, "markdown")
    assert tree is not None
    found = definitions(tree)
    assert [one.name for one in found] == [f"Größe {HALF}", f"next {HALF}"]
    assert [text[one.name_start :][: len(one.name)] for one in found] == [one.name for one in found]


def test_beside_a_reference() -> None:
    text = f'<p class="a {HALF} b">'
    tree = parse(text, "html")
    assert tree is not None
    assert [(one.name, one.start) for one in references(tree)] == [("a", 10), (HALF, 12), ("b", 14)]
    assert sum(reference_counts(tree).values()) == 3


def test_the_other_half_is_typed() -> None:
    tree = parse(f"# a{HALF}b\n", "markdown")
    assert tree is not None
    text = f"# a{HALF}\ude00b\n"
    edited = tree.edited([TextEdit(4, 4, "\ude00")], text)
    assert [one.name for one in definitions(edited)] == [f"a{HALF}\ude00b"]
