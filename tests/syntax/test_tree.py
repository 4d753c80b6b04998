"""Parsing again after edits gives what parsing the whole text gives; offsets are code points whatever the text holds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretoken.syntax.definitions import definitions
from foretoken.syntax.references import references
from foretoken.syntax.source import Source
from foretoken.syntax.tree import TooSlow, parse
from foretoken.text.edit import TextEdit

PIECES = st.sampled_from(
    [
        "def f(x):\n",
        "    return x\n",
        "class A:\n",
        "(",
        ")",
        '"',
        "'''",
        "\n",
        "\r\n",
        "é",
        "漢字",
        "😀",
        "x = 1\n",
        "\t",
        "#",
        "\ud800",
    ]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@given(TEXTS)
def test_bytes_and_code_points(text: str) -> None:
    source = Source(text)
    for place in range(len(text) + 1):
        byte = len(text[:place].encode("utf-8", "surrogatepass"))
        assert source.byte(place) == byte
        assert source.char(byte) == place


@settings(deadline=None)
@given(TEXTS, st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 12), TEXTS), min_size=1, max_size=4))
def test_after_edits_the_tree_is_that_of_the_new_text(text: str, changes: list[tuple[int, int, str]]) -> None:
    tree = parse(text, "python")
    assert tree is not None
    edits = []
    for place, length, new in changes:
        start = place % (len(text) + 1)
        end = min(start + length, len(text))
        edits.append(TextEdit(start, end, new))
        text = text[:start] + new + text[end:]
    edited = tree.edited(edits, text)
    whole = parse(text, "python")
    assert whole is not None
    assert str(edited.root) == str(whole.root)
    assert definitions(edited) == definitions(whole)


def test_edits_that_do_not_make_the_text() -> None:
    tree = parse("a = 1\n", "python")
    assert tree is not None
    with pytest.raises(ValueError):
        tree.edited([TextEdit(0, 1, "b")], "c = 1\n")


def test_lines_are_those_of_lsp() -> None:
    tree = parse("x = 1\ry = f()\r\nz = g()\n", "python")
    assert tree is not None
    assert [(reference.name, reference.line) for reference in references(tree)] == [("f", 1), ("g", 2)]


def test_a_time_limit_is_kept() -> None:
    with pytest.raises(TooSlow):
        parse("a = [" + "(" * 200_000, "python", seconds=0.0)


def test_a_language_without_grammar() -> None:
    assert parse("anything", "made-up") is None


def test_a_heap_of_errors_has_no_tree() -> None:
    with pytest.raises(TooSlow, match="without structure"):
        parse("(" * 60_000, "python")


def test_a_very_long_chain_of_calls_has_its_first_links() -> None:
    """Each link is two levels deeper; without a bound on the depth this takes the square of its length."""
    tree = parse("a" + ".b()" * 8_000 + ";\nfunction after() {}\n", "javascript")
    assert tree is not None
    assert [definition.name for definition in definitions(tree)] == ["after"]
    assert 100 < len(references(tree)) < 8_000


BRANCHES = "#if A\nvoid f(int a) {\n#else\nvoid f(long a) \n#endif\n  x();\n}\nvoid g(void) { }\nint h;\n"


@pytest.mark.parametrize("language", ["c", "cpp"])
@pytest.mark.parametrize(("behind", "new"), [("(long a) ", "{"), ("int h;\n", "#endif\n"), ("#if A\n", "}\n")])
def test_an_edit_that_decides_how_other_lines_are_read(language: str, behind: str, new: str) -> None:
    place = BRANCHES.index(behind) + len(behind)
    after = BRANCHES[:place] + new + BRANCHES[place:]
    tree, whole, old = parse(BRANCHES, language), parse(after, language), parse(BRANCHES, language)
    assert tree is not None and whole is not None and old is not None
    edited = tree.edited([TextEdit(place, place, new)], after)
    assert definitions(edited) == definitions(whole)
    back = edited.edited([TextEdit(place, place + len(new), "")], BRANCHES)
    assert definitions(back) == definitions(old)
