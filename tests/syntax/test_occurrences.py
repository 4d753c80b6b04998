import pytest

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


@pytest.mark.parametrize(
    ("language", "text", "roles"),
    [
        ("python", "f'a {a}'", ["string", "other"]),
        ("ruby", '"a #{a} a"', ["string", "other", "string"]),
        ("javascript", "`a ${a}`", ["string", "other"]),
        ("scala", 'val x = s"a ${a} a"', ["string", "other", "string"]),
        ("csharp", 'class A { string x = $"a {a}"; }', ["string", "other"]),
        ("php", '<?php "a {$b->a}";', ["string", "member"]),
        ("shellscript", 'x="a ${a}"', ["string", "other"]),
    ],
)
def test_what_a_string_interpolates_is_code(language: str, text: str, roles: list[str]) -> None:
    tree = parse(text, language)
    assert tree is not None
    assert [place.role for place in occurrences(tree, "a")] == roles


def roles(language: str, text: str, word: str) -> list[tuple[int, str]]:
    tree = parse(text, language)
    assert tree is not None
    return [(place.start, place.role) for place in occurrences(tree, word)]


@pytest.mark.parametrize(
    ("language", "text", "word", "expected"),
    [
        ("css", ".cart-item { --cart: 1px }\n.cart { }\n", "cart", [(28, "definition")]),
        ("css", ".cart-item { color: var(--item) }\n", "item", []),
        ("css", ".a { --b: 1; color: var(--b) }\n", "--b", [(5, "definition"), (24, "other")]),
        ("yaml", "my-key: my\nkey: my-key\n", "key", [(11, "definition")]),
        ("toml", "my-key = 1\nkey = 2\n", "key", [(11, "definition")]),
        ("html", '<p class="a-b a"></p><!--a-->', "a", [(14, "other"), (25, "comment")]),
        ("python", "a-b", "a", [(0, "other")]),
        ("php", "<?php\n$x = 1;\nf($x, $xy, x);\n", "$x", [(6, "definition"), (16, "other")]),
        ("php", "<?php\nclass A { public $x; function f() { A::$x; } }\n", "$x", [(23, "definition"), (45, "member")]),
    ],
)  # fmt: skip
def test_where_a_name_begins_and_ends(language: str, text: str, word: str, expected: list[tuple[int, str]]) -> None:
    assert roles(language, text, word) == expected


@pytest.mark.parametrize(
    ("language", "opens", "closes", "inner", "expected"),
    [
        ("python", "[", "]", "'a', a", ["string", "other"]),
        ("javascript", "[", "]", '"a", a /* a */', ["string", "other", "comment"]),
        ("go", "[", "]", "a", ["other"]),
        ("ruby", "[", "]", "'a', a", ["string", "other"]),
        ("swift", "[", "]", '"a", a /* a */', ["string", "other", "comment"]),
    ],
)
def test_comments_and_strings_in_a_deep_tree(
    language: str, opens: str, closes: str, inner: str, expected: list[str]
) -> None:
    head = "package a\nvar x = b" if language == "go" else "x = "
    found = roles(language, f"{head}{opens * 700}{inner}{closes * 700}\n", "a")
    assert [role for _, role in found][-len(expected) :] == expected


def test_the_deep_ones_are_looked_up_one_by_one_a_bounded_number_of_times() -> None:
    found = roles("python", "x = " + "[" * 700 + "'a', " * 300 + "]" * 700 + "\n", "a")
    assert [role for _, role in found] == ["string"] * 200 + ["other"] * 100
