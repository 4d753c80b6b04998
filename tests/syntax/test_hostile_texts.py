"""What repeats ten thousand times is read in one go: a pattern that tries each way to divide it would not come to an end."""

import pytest

from foretoken.syntax.c_macros import without_macros
from foretoken.syntax.header_language import language_of_header
from foretoken.syntax.kotlin_recovery import without_mistakes
from foretoken.syntax.occurrences import occurrences
from foretoken.syntax.tree import parse

MANY = 10_000


@pytest.mark.parametrize("cplusplus", [False, True])
@pytest.mark.parametrize("head", ["LIB_X ", "class ", "class LIB_A ", "A_B(", ") ", ""])
@pytest.mark.parametrize(
    "unit",
    ["a<b> ", "a<b ", "template<a> ", "template <a<b> ", "LIB_API ", "A_API_API_", "LIB(x) ", "LIB((x)", ") LIB_A(x) ",
     '\\"', "a ", "A_", "<", "(", " ", "\n "],
)  # fmt: skip
def test_macros(cplusplus: bool, head: str, unit: str) -> None:
    data = (head + unit * MANY + "!\nint f(int a) { }\n").encode()
    read = without_macros(data, cplusplus=cplusplus)
    assert len(read) == len(data)
    assert read.endswith(b"int f(int a) { }\n")


@pytest.mark.parametrize("inside", ["}", '"', "/*"])
def test_branches_within_branches(inside: str) -> None:
    data = ("#if A\n#else\n" * 3000 + inside + "\n" + "#endif\n" * 3000).encode()
    assert len(without_macros(data, cplusplus=False)) == len(data)


def test_escapes_in_a_header() -> None:
    assert language_of_header('x "' + '\\"' * MANY + "\nclass A {\n};\n") == "cpp"


def test_blanks_behind_a_brace_in_kotlin() -> None:
    data = b"fun f() {" + b" " * MANY + b"!\n}\n"
    assert len(without_mistakes(data, lambda _: False)) == len(data)


def test_a_word_in_a_deep_tree() -> None:
    tree = parse("x = a" + " + b" * 8000, "python")
    assert tree is not None
    assert len(occurrences(tree, "b")) == 8000
