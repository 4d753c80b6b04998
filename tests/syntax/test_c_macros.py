import pytest

from foretoken.syntax.c_macros import without_macros
from foretoken.syntax.definitions import definitions
from foretoken.syntax.tree import parse
from foretoken.text.edit import TextEdit


def read(text: str, *, cplusplus: bool = True) -> str:
    seen = without_macros(text.encode(), cplusplus=cplusplus).decode()
    assert len(seen.encode()) == len(text.encode())
    assert seen.count("\n") == text.count("\n")
    return seen


@pytest.mark.parametrize(
    ("text", "macro"),
    [
        ("class SHOP_EXPORT Item : public Base {", "SHOP_EXPORT"),
        ("class SHOP_EXPORT Item final {", "SHOP_EXPORT"),
        ("struct ALIGNED(16) Item {", "ALIGNED(16)"),
        ("  class DLL(a(b)) OTHER Item\n{", "DLL(a(b)) OTHER"),
        ("template <typename T> class SHOP_API Box : Base<T> {", "SHOP_API"),
        ("enum class SHOP_API Payment : int {", "SHOP_API"),
        ("class rocksdb_EXPORT Item;", "rocksdb_EXPORT"),
        ("SHOP_BEGIN_NAMESPACE", "SHOP_BEGIN_NAMESPACE"),
        ("  Q_OBJECT", "Q_OBJECT"),
        ('DEFINE_FLAG(int, count, 8, "how (many)");', 'DEFINE_FLAG(int, count, 8, "how (many)");'),
        ('DEFINE_FLAG(int, count,\n            8 << (1),\n            "how many");', ""),
        ("SHOP_API static int f(int a);", "SHOP_API"),
        ("  SHOP_CONSTEXPR auto f() -> int {", "SHOP_CONSTEXPR"),
        ("template <class T> SHOP_INLINE T* make(int a)", "SHOP_INLINE"),
        ("SHOP_API extern Item item;", "SHOP_API"),
        ("  SHOP_CONSTEXPR Item(int count) : count_(count) {}", "SHOP_CONSTEXPR"),
        ("  SHOP_NORETURN ~Item() {", "SHOP_NORETURN"),
        ("int f() const SHOP_PURE;", "SHOP_PURE"),
        ("  virtual int f(int a) override REQUIRES(mutex_) {", "REQUIRES(mutex_)"),
        ("  virtual int f() SHOP_PURE = 0;", "SHOP_PURE"),
        ("static int f(int flag UNUSED, int b)", "UNUSED"),
        ("\t\t  const struct item *item, void *data SHOP_UNUSED(x))", "SHOP_UNUSED(x)"),
    ],
)
def test_a_macro_becomes_blanks(text: str, macro: str) -> None:
    if not macro:  # all of it
        assert not read(text).strip()
    else:
        assert read(text).rstrip() == text.replace(macro, " " * len(macro)).rstrip()


@pytest.mark.parametrize(
    "text",
    [
        "class Item : public Base {",
        "struct FOO item;",
        "struct FOO f(int a);",
        "struct LIST {",
        "class URL;",
        "class URL : public Base {",
        "enum Kind { FIRST_KIND,",
        "  LAST_KIND",
        "  if (done) RETURN;",
        "int f(const struct ITEM, const item NAME, struct item NAME, unsigned int NAME, FILE OUT)",
        '  printf("%" PRIu64 SUFFIX, x);',
        "  return f(x) PLUS;",
        "DWORD f(int a);",
        "#define SHOP_API int",
        "MAX_ITEMS = 3;",
        "TEST_F(Shop, HasItems) {",
        "TEST_F(Shop, HasItems)\n{",
    ],
)
def test_what_stays(text: str) -> None:
    assert read(text) == text


def test_in_c_only_what_its_grammar_stumbles_over() -> None:
    text = "SHOP_API int (*f)(void) SHOP_ATTR;\nSHOP_BEGIN\n  SHOP_X int a;\nif (a) RETURN;\n"
    assert read(text, cplusplus=False) == text.replace("SHOP_API", " " * 8).replace("SHOP_ATTR", " " * 9)


def test_branches_that_open_a_brace_each() -> None:
    text = """\
int f(int a) {
#ifdef FAST
  if (a > 1) {
#else
  if (a > 2) { // {{{
#endif
    return 1;
  }
  return 2;
}
int after(void) { return 3; }
"""
    for cplusplus in (False, True):
        seen = read(text, cplusplus=cplusplus)
        assert "a > 1" in seen and "a > 2" not in seen and "#" not in seen
    for language in ("c", "cpp"):
        tree = parse(text, language)
        assert tree is not None and not tree.has_error
        assert [one.name for one in definitions(tree)] == ["f", "after"]


def test_balanced_branches_stay() -> None:
    text = "#if A\nint f() { return 1; }\n#elif B\nint f() { return '{'; }\n#else\n/* { */\n#endif\n"
    assert read(text) == text


def test_nested_branches() -> None:
    text = "#if A\n#if B\nint f() {\n#else\nint g() {\n#endif\n}\n#endif\n#else\n"
    seen = read(text)
    assert "f()" in seen and "g()" not in seen and seen.startswith("#if A\n")


CLASS = """\
namespace shop {
class SHOP_EXPORT Item : public Base {
 public:
  SHOP_CONSTEXPR Item(int größe);
  int total() const SHOP_PURE;
};
}  // namespace shop
"""


def test_definitions_behind_macros() -> None:
    tree = parse(CLASS, "cpp")
    assert tree is not None
    found = [(one.name, one.kind, one.signature) for one in definitions(tree)]
    assert found == [
        ("shop", "namespace", "namespace shop"),
        ("Item", "class", "class SHOP_EXPORT Item : public Base"),
        ("Item", "constructor", "Item(int größe)"),
        ("total", "method", "int total() const SHOP_PURE"),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (" SHOP_EXPORT", ""),
        ("class SHOP_EXPORT Item", "class Item"),
        ("SHOP_PURE;", "SHOP_PURE { return 1; }"),
        ("public Base {\n", "public Base\n{\n"),
        ("  SHOP_CONSTEXPR", "  SHOP_OTHER"),
        ("größe", "ä"),
    ],
)
@pytest.mark.parametrize("back", [False, True])
def test_an_edit_reads_the_touched_lines_anew(old: str, new: str, back: bool) -> None:
    before, after = (CLASS.replace(old, new), CLASS) if back else (CLASS, CLASS.replace(old, new))
    inserted, removed = (old, new) if back else (new, old)
    start = CLASS.index(old)
    tree = parse(before, "cpp")
    fresh = parse(after, "cpp")
    assert tree is not None and fresh is not None
    edited = tree.edited([TextEdit(start, start + len(removed), inserted)], after)
    assert definitions(edited) == definitions(fresh)
    assert str(edited.root) == str(fresh.root)
