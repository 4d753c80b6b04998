from foretoken.syntax.occurrences import occurrences, text_occurrences
from foretoken.syntax.tree import parse

TEXT = '''import total
# total of it all
class Cart:
    """Its total."""
    def total(self):
        é = f"total {total(1)}"
        return self.total, "total", subtotal, total_of
total = 1
'''


def test_each_place_says_what_it_is() -> None:
    tree = parse(TEXT, "python")
    assert tree is not None
    found = [(place.line + 1, place.role) for place in occurrences(tree, "total")]
    assert found == [
        (1, "import"),
        (2, "comment"),
        (4, "string"),
        (5, "definition"),
        (6, "string"),
        (6, "call"),
        (7, "member"),
        (7, "string"),
        (8, "definition"),
    ]
    assert all(TEXT[place.start : place.start + 5] == "total" for place in occurrences(tree, "total"))


def test_a_word_that_is_not_there() -> None:
    tree = parse(TEXT, "python")
    assert tree is not None
    assert occurrences(tree, "tot") == ()


def test_a_text_without_a_grammar() -> None:
    found = text_occurrences("a total\n\ntotals total", "total")
    assert [(place.start, place.line, place.role) for place in found] == [(2, 0, "text"), (16, 2, "text")]
