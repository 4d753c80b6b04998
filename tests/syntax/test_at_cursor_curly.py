"""The statement, block and scope at the cursor in Java, C, C++, C#, Kotlin, Scala and Swift. ``|`` is the cursor."""

import pytest

from foretoken.syntax.at_cursor import Around, around
from foretoken.syntax.tree import parse


def at(language: str, marked: str) -> tuple[Around, str]:
    offset = marked.index("|")
    text = marked[:offset] + marked[offset + 1 :]
    tree = parse(text, language)
    assert tree is not None
    return around(tree, offset), text


def cut(text: str, span: tuple[int, int] | None) -> str | None:
    return None if span is None else text[span[0] : span[1]]


JAVA = "class A {\n  int f(int a) {\n    if (a > 1) {\n      return a;\n    }\n    g(a);\n  }\n}\n"
C = "static int f(int a)\n{\n    if (a > 1) {\n        return a;\n    }\n    g(a);\n    return 0;\n}\n"
CPP = "namespace n {\nclass A {\n  int f(int a) {\n    for (auto& b : a) {\n      return b;\n    }\n    g(a);\n  }\n};\n}\n"
CSHARP = "namespace N\n{\n  class A\n  {\n    int F(int a)\n    {\n      if (a > 1)\n      {\n        return a;\n      }\n      G(a);\n    }\n  }\n}\n"
KOTLIN = "class A {\n    fun f(a: Int): Int {\n        if (a > 1) {\n            return a\n        }\n        g(a)\n    }\n}\n"
SCALA = "class A {\n  def f(a: Int): Int = {\n    if (a > 1) {\n      h(a)\n    }\n    g(a)\n  }\n}\n"
SWIFT = "class A {\n    func f(a: Int) -> Int {\n        if a > 1 {\n            return a\n        }\n        g(a)\n    }\n}\n"


@pytest.mark.parametrize(
    ("language", "source", "place", "statement", "block_end", "scope"),
    [
        ("java", JAVA, "return |a;", "return a;", "return a;\n    }", ["A", "f"]),
        ("java", JAVA, "    g(|a);", "g(a);", "g(a);\n  }", ["A", "f"]),
        ("c", C, "return |a;", "return a;", "return a;\n    }", ["f"]),
        ("c", C, "    g(|a);", "g(a);", "return 0;\n}", ["f"]),
        ("cpp", CPP, "return |b;", "return b;", "return b;\n    }", ["n", "A", "f"]),
        ("cpp", CPP, "    g(|a);", "g(a);", "g(a);\n  }", ["n", "A", "f"]),
        ("csharp", CSHARP, "return |a;", "return a;", "return a;\n      }", ["N", "A", "F"]),
        ("csharp", CSHARP, "      G(|a);", "G(a);", "G(a);\n    }", ["N", "A", "F"]),
        ("kotlin", KOTLIN, "return |a", "return a", "return a\n        }", ["A", "f"]),
        ("kotlin", KOTLIN, "        g(|a)", "g(a)", "g(a)\n    }", ["A", "f"]),
        ("scala", SCALA, "h(|a)", "h(a)", "h(a)\n    }", ["A", "f"]),
        ("scala", SCALA, "    g(|a)", "g(a)", "g(a)\n  }", ["A", "f"]),
        ("swift", SWIFT, "return |a", "return a", "return a\n        }", ["A", "f"]),
        ("swift", SWIFT, "        g(|a)", "g(a)", "g(a)\n    }", ["A", "f"]),
    ],
)
def test_in_a_statement(
    language: str, source: str, place: str, statement: str, block_end: str, scope: list[str]
) -> None:
    found, text = at(language, source.replace(place.replace("|", ""), place))
    assert cut(text, found.statement) == statement
    block = cut(text, found.block)
    assert block is not None and block.endswith(block_end)
    assert [one.name for one in found.scope] == scope
    assert found.role == "code"


@pytest.mark.parametrize(
    ("language", "source", "place"),
    [
        ("java", JAVA, "    g(a);\n|"),
        ("c", C, "    g(a);\n|"),
        ("cpp", CPP, "    g(a);\n|"),
        ("csharp", CSHARP, "      G(a);\n|"),
        ("kotlin", KOTLIN, "        g(a)\n|"),
        ("scala", SCALA, "    g(a)\n|"),
        ("swift", SWIFT, "        g(a)\n|"),
    ],
)
def test_between_two_statements(language: str, source: str, place: str) -> None:
    found, text = at(language, source.replace(place.replace("|", ""), place))
    block = cut(text, found.block)
    assert block is not None and block.startswith("{") and block.endswith("}") and place.strip(" |\n") in block
    assert found.scope[-1].name in "fF"


@pytest.mark.parametrize(
    ("language", "marked", "role"),
    [
        ("java", 'class A { String a = "x|y"; }', "string"),
        ("java", "class A { /* x|y */ }", "comment"),
        ("java", "class A {} // x|", "comment"),
        ("java", "class A { char a = '|x'; }", "string"),
        ("c", "#include <std|io.h>\n", "string"),
        ("c", "int a; /* x| */", "comment"),
        ("c", 'char *a = "x" |"y";', "code"),
        ("cpp", 'auto a = R"(x|y)";', "string"),
        ("csharp", 'class A { string a = $"x|y {b}"; }', "string"),
        ("csharp", 'class A { string a = @"x|y"; }', "string"),
        ("kotlin", 'val a = """x|y"""', "string"),
        ("kotlin", "/** x| */ val a = 1", "comment"),
        ("scala", 'val a = s"x|y"', "string"),
        ("scala", "/* x| */ val a = 1", "comment"),
        ("swift", 'let a = "x|y"', "string"),
        ("swift", "/* x| */ let a = 1", "comment"),
    ],
)
def test_role(language: str, marked: str, role: str) -> None:
    assert at(language, marked)[0].role == role


def test_a_class_head_that_a_macro_would_break() -> None:
    found, text = at("cpp", "class EXPORT A : public B {\n  int f() {\n    return |1;\n  }\n};\n")
    assert [one.name for one in found.scope] == ["A", "f"]
    assert cut(text, found.statement) == "return 1;"


def test_a_lambdas_own_block() -> None:
    found, text = at("kotlin", "fun f() {\n    items.forEach { one ->\n        g(|one)\n    }\n}\n")
    assert cut(text, found.statement) == "g(one)"
    assert cut(text, found.block) == "{ one ->\n        g(one)\n    }"


def test_scalas_indented_block() -> None:
    found, text = at("scala", "def f(a: Int): Int =\n  val b = a\n  g(|b)\n\ndef h = 1\n")
    assert cut(text, found.statement) == "g(b)"
    assert [one.name for one in found.scope] == ["f"]
