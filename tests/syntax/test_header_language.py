import pytest

from foretoken.syntax.header_language import language_of_header

C_HEADER = """\
/* class Shop: namespace of things. */
#ifndef SHOP_H
#define SHOP_H
#include <string.h>
#include <stdint.h>
#ifdef __cplusplus
#include <string>
extern "C" {
#endif
struct item { int class; char *namespace; };
typedef struct item item_t; // std::string, template <T>
int using(int public, const char *text);
static const char *const HINT = "class A { public: };";
#ifdef __cplusplus
}
class Basket { public: int total(); };
#else
struct basket;
#endif
#endif
"""


def test_a_c_header_for_both_compilers_is_c() -> None:
    assert language_of_header(C_HEADER) == "c"


def test_the_other_branch_of_a_condition_counts() -> None:
    assert language_of_header("#ifndef __cplusplus\n#error no\n#endif\n#ifdef __cplusplus\nclass A;\n#endif\n") == "c"
    assert language_of_header("#ifdef __cplusplus\nint a;\n#else\nclass A {};\n#endif\n") == "cpp"
    assert language_of_header("#if !defined(__cplusplus)\nclass A {};\n#endif\n") == "cpp"
    assert language_of_header("#ifdef __cplusplus\n#ifdef X\n#endif\nclass A {};\n#endif\n") == "c"


@pytest.mark.parametrize(
    "line",
    [
        "namespace shop {",
        "namespace shop::inner\n{",
        "inline namespace v1 {",
        "template <typename T>",
        "class EXPORT Item : public Base {",
        "class Item;",
        "enum class Payment : int {",
        "using std::string;",
        "using Boxes = int;",
        "using namespace std;",
        "  public:",
        "#include <vector>",
        "void log(const std::string& text);",
        "int Item::total();",
        "struct A { bool operator==(const A& other); };",
        "struct A { void f() noexcept; };",
        "struct A { virtual void f(); };\n  virtual ~A();",
        "  explicit A(int x);",
    ],
)
def test_what_only_cplusplus_has(line: str) -> None:
    assert language_of_header(f"#pragma once\n{line}\n") == "cpp"


@pytest.mark.parametrize(
    "line",
    [
        "int template(int a);",
        "struct A { int new, delete, this; };",
        "enum color { RED, GREEN };",
        "int a = b ? c :d;",
        "#include <stdlib.h>",
        "  default: return 0;",
        "extern int operator_count;",
        "",
    ],
)
def test_what_c_has_too(line: str) -> None:
    assert language_of_header(f"#pragma once\n{line}\n") == "c"


def test_the_far_end_of_a_huge_header_is_not_read() -> None:
    assert language_of_header("int a;\n" * 20_000 + "class A {};\n") == "c"


def test_an_unclosed_condition_or_comment() -> None:
    assert language_of_header("#ifdef __cplusplus\nclass A {};") == "c"
    assert language_of_header("/* class A {};") == "c"
    assert language_of_header("#endif\n#else\nclass A {};") == "cpp"
