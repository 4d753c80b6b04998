"""What definitions and imports keep to beyond single lines: very long declarations, spoiled files, fields set twice."""

import pytest

from foretoken.syntax.definitions import definitions
from foretoken.syntax.facts import Definition, Import
from foretoken.syntax.imports import imports
from foretoken.syntax.tree import parse


def defined(language: str, text: str) -> tuple[Definition, ...]:
    tree = parse(text, language)
    assert tree is not None
    return definitions(tree)


def imported(language: str, text: str) -> tuple[Import, ...]:
    tree = parse(text, language)
    assert tree is not None
    return imports(tree)


@pytest.mark.parametrize(
    ("language", "head", "each", "end"),
    [
        ("javascript", "const [\n", "  name{},\n", "] = load();\n"),
        ("typescript", "const {\n", "  name{},\n", "} = load();\n"),
        ("python", "(\n", "    name{},\n", ") = load()\n"),
        ("go", "var (\n", "\tname{} = 1\n", ")\n"),
        ("rust", "enum Many {\n", "    name{},\n", "}\n"),
    ],
)
def test_each_of_very_many_names_has_a_signature_of_its_own(language: str, head: str, each: str, end: str) -> None:
    text = head + "".join(each.format(number) for number in range(2000)) + end
    last = defined(language, text)[-1]
    assert last.name == "name1999"
    assert last.signature.startswith("name1999") and len(last.signature) < 40


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "LIMIT = 3\nclass Half:\n  def f(\n    x = {[(\n"),
        ("javascript", "const LIMIT = 3;\nclass Half {\n  m() {\n    if (x) {\n"),
        ("typescript", "const LIMIT = 3;\nclass Half {\n  m() {\n    if (x) {\n"),
        ("rust", "const LIMIT: u8 = 3;\ntrait Half {\n  fn m() {\n    if x {\n"),
    ],
)
def test_what_is_not_closed_yet_and_what_stands_before_it_are_known(language: str, text: str) -> None:
    tree = parse(text, language)
    assert tree is not None and tree.root.type == "ERROR"
    assert {"LIMIT", "Half"} <= {found.name for found in definitions(tree)}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "class A:\n    def set(self):\n        self.x = 1\n        self.x = 2\n    def y(self):\n        self.x = 3\n"),
        ("javascript", "class A {\n  set() { this.x = 1; this.x = 2; }\n  y() { this.x = 3; }\n}\n"),
    ],
)  # fmt: skip
def test_a_field_that_is_set_in_many_places_counts_once_and_belongs_to_its_class(language: str, text: str) -> None:
    found = defined(language, text)
    fields = [one for one in found if one.name == "x"]
    assert len(fields) == 1
    assert fields[0].parent is not None and found[fields[0].parent].name == "A"
    assert "= 1" in fields[0].signature


def test_what_require_takes_is_imported_and_not_defined() -> None:
    text = 'const { a, b: c } = require("./x"), d = 1;\nconst { e } = await import("./y");\n'
    assert [one.name for one in defined("javascript", text)] == ["d"]
    assert [(one.module, [(name.name, name.alias) for name in one.names]) for one in imported("javascript", text)] == [
        ("./x", [("a", ""), ("b", "c")]),
        ("./y", [("e", "")]),
    ]


def test_attributes_belong_to_what_they_stand_above() -> None:
    text = "/// Doc.\n#[test]\n#[ignore]\nfn f() {}\n"
    (found,) = defined("rust", text)
    assert text[found.start : found.end].startswith("#[test]")
    assert (found.signature, found.doc) == ("fn f()", "Doc.")


def test_a_path_within_an_inline_module_is_said_from_the_files_module() -> None:
    text = "mod a { mod b { use super::super::x; use self::y::*; use crate::z; mod c; } }\n"
    assert [one.module for one in imported("rust", text)] == [
        "self::a::b::super::super",
        "self::a::b::y",
        "crate",
        "self::a::b::c",
    ]


def test_a_use_tree_that_is_too_deep_is_left_out() -> None:
    def nested(depth: int) -> str:
        return "use " + "a::{" * depth + "b" + "}" * depth + ";\n"

    (found,) = imported("rust", nested(100))
    assert found.module == "::".join(["a"] * 100) and found.names[0].name == "b"
    assert imported("rust", nested(20_000)) == ()


def test_a_comment_right_below_a_directive_is_documentation() -> None:
    assert defined("c", "#include <a.h>\n/* Doc. */\nint f(void) { return 1; }\n")[0].doc == "Doc."


def test_a_comment_above_a_blank_line_is_no_documentation() -> None:
    for language, text in (("c", "/* Not. */\n\nint f(void) { return 1; }\n"), ("go", "// Not.\n\nfunc f() {}\n")):
        assert defined(language, text)[0].doc == ""


def test_a_declaration_of_very_many_parts_is_not_looked_through_for_each_of_them() -> None:
    """Where the parts are few a comment among them ends the signature."""

    def first(parts: int) -> str:
        text = "let a0, /* why */ " + ", ".join(f"a{number}" for number in range(1, parts)) + ";\n"
        return defined("javascript", text)[0].signature

    assert first(100) == "let a0"
    assert first(300).startswith("let a0, /* why */ a1, a2")
