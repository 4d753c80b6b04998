import pytest

from foretoken.syntax.at_cursor import around
from foretoken.syntax.definitions import definitions
from foretoken.syntax.references import references
from foretoken.syntax.tree import SyntaxTree, parse
from foretoken.text.edit import TextEdit

WHOLE = """\
package shop

import shop.prices.List

class Before {
    fun kept() = 1
}

class Broken {
    HERE

    /** Stands. */
    fun second(): Int {
        return größe()
    }
}

class After { val last = 2 }
"""


def kotlin(text: str) -> SyntaxTree:
    tree = parse(text, "kotlin")
    assert tree is not None
    return tree


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("fun f() { val x = listOf(a,,) }", None),
        ("fun f() {\n        val x = \n    }", "f"),
        ("fun f() {\n        a.b.\n    }", "f"),
        ("fun f() {\n        if (a {\n            b()\n    }", "f"),
        ("fun f() {\n        foo(a\n    }", "f"),
        ("fun f() {", "f"),
        ("fun f(\n        a: Int,\n    ) {\n        x(\n    }", "f"),
        ("val x = foo {\n        a(\n    }", "x"),
        ("fun f(k: K = A::class) {\n        x(\n    }", "f"),
        ("val x: = 1", None),
        ("fun f(a: ) {\n        x()\n    }", None),
        ("@@ fun g() {}", None),
    ],
)
def test_a_mistake_hides_no_more_than_its_place(member: str, name: str | None) -> None:
    text = WHOLE.replace("HERE", member)
    found = definitions(kotlin(text))
    assert [one.name for one in found] == [
        *("Before", "kept", "Broken"), *([name] if name else []), *("second", "After", "last"),
    ]  # fmt: skip
    second = next(one for one in found if one.name == "second")
    assert text[second.start : second.end] == "fun second(): Int {\n        return größe()\n    }"
    assert (second.doc, found[second.parent or 0].name) == ("Stands.", "Broken")


def test_bodies_without_a_mistake_keep_their_uses() -> None:
    tree = kotlin(WHOLE.replace("HERE", "fun f() {\n        lost(\n    }"))
    names = [one.name for one in references(tree)]
    assert "größe" in names and "List" in names and "lost" not in names


def test_where_the_cursor_is_in_a_broken_body() -> None:
    text = WHOLE.replace("HERE", "fun f() {\n        a.b.\n    }")
    found = around(kotlin(text), text.index("a.b.") + 4)
    assert [one.name for one in found.scope] == ["Broken", "f"]


def test_typing_into_a_mistake_and_out_of_it() -> None:
    text = WHOLE.replace("HERE", "fun f() {\n        a\n    }")
    tree = kotlin(text)
    place = text.index("        a\n") + 9
    whole = [one.name for one in definitions(tree)]
    for typed in (".", "b", "(", ")"):
        text = text[:place] + typed + text[place:]
        tree = tree.edited([TextEdit(place, place, typed)], text)
        assert [one.name for one in definitions(tree)] == whole
        place += 1
    assert str(tree.root) == str(kotlin(text).root)
    assert ("b", "call") in [(one.name, one.kind) for one in references(tree)]


@pytest.mark.parametrize(
    "head",
    [
        "class Item\n@Inject\npublic constructor(\n    private val count: Int,\n) : Base<Int>() {",
        "@Api(name = A::class)\nclass Item(\n    val count: Int,\n) : Base<Int>() {",
        "class Item(val count: Int) :\n    Base<Int>(),\n    Other {",
        "class Item(\n    val count: Int,\n) :\n    Base<Int>(),\n    Other {",
    ],
)
@pytest.mark.parametrize("mistake", ["", "    val x: = 1\n"])
def test_a_class_whose_head_is_many_lines_long(head: str, mistake: str) -> None:
    text = (
        f"{head}\n{mistake}"
        "    @Prop(\n        name = A::class,\n        other = 1)\n    override fun getName() = NAME\n\n"
        "    override fun many(\n        a: Int\n    ): Int {\n        return a\n    }\n"
        "    companion object {\n        const val NAME = 1\n    }\n}\n"
    )
    found = definitions(kotlin(text))
    assert [one.name for one in found] == ["Item", "count", "getName", "many", "NAME"]
    assert text[found[2].start :].startswith("@Prop(")


def test_a_member_of_many_lines_goes_as_a_whole() -> None:
    text = WHOLE.replace("HERE", "@Prop(a)\n    fun f(\n        a: Int,\n        b: ,\n    ): Int = 1")
    assert [one.name for one in definitions(kotlin(text))] == ["Before", "kept", "Broken", "second", "After", "last"]


def test_line_ends_stay() -> None:
    text = WHOLE.replace("HERE", "fun f() {\n        a(\n    }").replace("\n", "\r\n")
    found = definitions(kotlin(text))
    assert [one.name for one in found][-1] == "last"
    assert text[found[-1].name_start :].startswith("last")


def test_nothing_but_mistakes() -> None:
    assert definitions(kotlin("}}} ((( {\n\n fun fun {")) == ()
    assert definitions(kotlin("fun {\n" * 300)) == ()
