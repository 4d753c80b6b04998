"""A text that is nested five thousand deep, in each language with its own brackets and blocks: every question comes to an end,
and what cannot be understood is refused."""

import pytest

from foretoken.syntax.at_cursor import around
from foretoken.syntax.definitions import definitions
from foretoken.syntax.grammar import cursor
from foretoken.syntax.imports import imports
from foretoken.syntax.languages import languages
from foretoken.syntax.occurrences import occurrences
from foretoken.syntax.references import reference_counts, references
from foretoken.syntax.tree import SyntaxTree, TooSlow, parse

# Language: what stands before, what opens a level, what is inside, what closes a level.
NESTED = {
    "python": [("x = ", "[", "a", "]"), ("x = ", "f(", "a", ")")],
    "typescript": [("let x = ", "[", "a", "]"), ("", "{", "a", "}"), ("type T = ", "A<", "B", ">")],
    "typescriptreact": [("let x = ", "<A>", "a", "</A>")],
    "javascript": [("let x = ", "[", "a", "]"), ("", "function f(){", "a", "}")],
    "javascriptreact": [("let x = ", "<A>", "a", "</A>")],
    "rust": [("fn f() {", "{", "a", "}"), ("", "mod a {", "", "}"), ("use ", "a::{", "b", "}")],
    "go": [("package a\nfunc f() {", "{", "a", "}"), ("package a\nvar x = ", "(", "a", ")")],
    "java": [("class A { int x = ", "(", "a", ")"), ("", "class A {", "", "}")],
    "c": [("int x = ", "(", "a", ")"), ("void f() {", "{", "a;", "}"), ("", "\n#if A\n", "int x;", "\n#endif\n")],
    "cpp": [("", "namespace a {", "", "}"), ("A x = ", "A<", "b", ">")],
    "csharp": [("class A { int x = ", "(", "a", ")"), ("", "namespace A {", "", "}")],
    "ruby": [("x = ", "[", "a", "]"), ("", "def f\n", "a\n", "end\n"), ("", "if a\n", "b\n", "end\n")],
    "php": [("<?php $x = ", "[", "a", "]"), ("<?php ", "if (a) {", "", "}")],
    "shellscript": [("", "{ ", "a;", " }"), ("", "$(", "a", ")"), ("", "if a; then\n", "b\n", "fi\n")],
    "lua": [("x = ", "{", "a", "}"), ("", "do ", "a()", " end")],
    "kotlin": [("val x = ", "f(", "a", ")"), ("", "class A {", "", "}"), ("", "fun f() {\n", "", "}\n")],
    "swift": [("let x = ", "[", "a", "]"), ("func f() {", "if a {", "b", "}")],
    "scala": [("val x = ", "f(", "a", ")"), ("", "object A {", "", "}")],
    "zig": [("const x = ", "struct { a: ", "u8", " }"), ("fn f() void {", "{", "a;", "}")],
    "json": [("", "[", "1", "]"), ("", '{"a":', "1", "}")],
    "jsonc": [("", '{"a":', "1", "}")],
    "yaml": [("a: ", "[", "b", "]"), ("", "{a: ", "b", "}")],
    "toml": [("a = ", "[", "1", "]"), ("a = ", "{b = ", "1", "}")],
    "html": [("", "<div>", "a", "</div>"), ("", '<p id="a">', "a", "</p>")],
    "css": [("", ".a {", "color: red", "}"), (".a { width: ", "calc(", "1", ")")],
    "markdown": [("", "> ", "a", ""), ("", "[", "a", "]")],
    "sql": [("select ", "(", "a", ")"), ("", "(select a from ", "b", ")")],
}
LEVELS = 5_000
CASES = [(language, case) for language, cases in NESTED.items() for case in cases]


def parsed(text: str, language: str) -> SyntaxTree:
    tree = parse(text, language)
    assert tree is not None
    return tree


def test_every_language_with_a_grammar_is_here() -> None:
    assert set(NESTED) == {language.id for language in languages().values() if language.grammar}


@pytest.mark.parametrize(
    ("language", "case"), CASES, ids=lambda value: value if isinstance(value, str) else value[1].strip()
)
def test_every_question_is_answered(language: str, case: tuple[str, str, str, str]) -> None:
    head, opens, inner, closes = case
    text = head + opens * LEVELS + inner + closes * LEVELS
    try:
        tree = parse(text, language, seconds=60.0)
    except TooSlow as error:
        assert "without structure" in str(error)
        return
    assert tree is not None
    found = definitions(tree)
    assert all(0 <= one.start <= one.name_start < one.end <= len(text) for one in found)
    assert len(references(tree)) <= sum(reference_counts(tree).values())
    assert all(0 <= one.start <= one.end <= len(text) for one in imports(tree))
    assert all(text[one.start] == "a" for one in occurrences(tree, "a"))
    middle = len(text) // 2
    scope = around(tree, middle, found).scope
    assert all(one.start <= middle <= one.end for one in scope)


def test_unfinished_matches_are_limited() -> None:
    tree = parsed("if a; then\n" * 500 + "b\n" + "fi\n" * 500, "shellscript")
    query = tree.grammar.query("textobjects")
    assert query is not None
    running = cursor(query)
    running.captures(tree.root)
    assert running.did_exceed_match_limit
