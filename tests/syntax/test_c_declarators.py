import pytest

from foretoken.syntax.definitions import definitions
from foretoken.syntax.tree import parse


def found(language: str, text: str) -> list[tuple[str, str]]:
    tree = parse(text, language)
    assert tree is not None
    return [(one.name, one.kind) for one in definitions(tree)]


@pytest.mark.parametrize("language", ["c", "cpp"])
@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("int f(void);", "f", "function"),
        ("int f(int (*how)(int)) { return 1; }", "f", "function"),
        ("char ****f(int a);", "f", "function"),
        ("int (f)(int a);", "f", "function"),
        ("void (*f(int a))(int) { return 0; }", "f", "function"),
        ("int (*(*f(void))[3])(int);", "f", "function"),
        ("int a;", "a", "variable"),
        ("int *(*a)[3];", "a", "variable"),
        ("char *a[2][3] = {0};", "a", "variable"),
        ("int (*a)(int) = 0;", "a", "variable"),
        ("int (*a[4])(void);", "a", "variable"),
        ("typedef int (*a)(int);", "a", "type"),
        ("typedef int a[3][4];", "a", "type"),
        ("typedef void (a)(int *);", "a", "type"),
        ("struct { int ***a; } b;", "a", "field"),
    ],
)
def test_what_a_declarator_declares(language: str, text: str, name: str, kind: str) -> None:
    assert (name, kind) in found(language, text)


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("A::A(int a) : b(a) {}", "A", "constructor"),
        ("n::A::~A() {}", "~A", "method"),
        ("template <class T> A<T>::A() {}", "A", "constructor"),
        ("template <class T> T*& n::A<T>::f() { return a; }", "f", "method"),
        ("a::b::c::D& a::b::c::D::f() { return *this; }", "f", "method"),
        ("A& A::operator=(const A& a) { return *this; }", "operator=", "method"),
        ("A::operator bool() const { return true; }", "operator bool", "method"),
        ("struct A { operator unsigned long() const; };", "operator unsigned long", "method"),
        ("struct A { A(int a); };", "A", "constructor"),
        ("struct A { template <class T> explicit A(T a) {} };", "A", "constructor"),
        ("struct A { virtual ~A() = 0; };", "~A", "method"),
        ("class RE {\n#ifndef X\n  RE(const RE&);\n#endif\n};", "RE", "constructor"),
        ("class a::b::C : public D { int e; };", "C", "class"),
        ("struct A { int& a; };", "a", "field"),
        ("struct A { int& f() const; };", "f", "method"),
        ("struct A { template <class T> T f() const; };", "f", "method"),
        ("int A::count = 0;", "count", "variable"),
        ("template <class T> constexpr T a = 1;", "a", "variable"),
        ("TEST(Suite, Name) {\n  int a;\n}", "Name", "function"),
    ],
)
def test_members_of_cplusplus(text: str, name: str, kind: str) -> None:
    assert (name, kind) in found("cpp", text)


def test_a_macro_that_defines_a_function() -> None:
    assert found("c", "TEST(suite, name) {\n  int a;\n}\n") == []
    assert found("cpp", "NOTHING() {\n  int a;\n}\n") == []
    # With a type it is a function however it is written.
    assert found("c", "int MAIN(int a) { return 1; }") == [("MAIN", "function")]


def test_locals_are_nobody_elses() -> None:
    text = "int f(a) int a; { int b; extern int c(void); struct d { int e; } g; return b; }\n"
    assert found("c", text) == [("f", "function"), ("d", "struct"), ("e", "field")]
    assert found("cpp", "auto f = [](int a) { int b = a; return b; };") == [("f", "variable")]


def test_a_typedef_of_two_names() -> None:
    tree = parse("typedef struct { int a; } one, *two;\n", "c")
    assert tree is not None
    one, two, field = definitions(tree)
    assert [(one.name, one.kind), (two.name, two.kind)] == [("one", "struct"), ("two", "type")]
    assert (field.name, field.parent) == ("a", 0)
    assert (one.parent, two.parent) == (None, None)
    assert one.signature == "typedef struct one, *two"


def test_a_declarator_that_never_ends_is_left_out() -> None:
    assert found("c", "int " + "(" * 200 + "a" + ")" * 200 + ";") == []
