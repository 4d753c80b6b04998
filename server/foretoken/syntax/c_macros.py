"""C and C++ as the grammars can read them: macros that stand where no grammar expects a word become blanks.

Without the preprocessor ``class EXPORT Item : public Base {`` is a function, ``NAMESPACE_BEGIN`` on a line of its own
swallows the declaration below, and two branches of an ``#if`` that both open a brace leave one open to the file's end.
Everything keeps its place: as many bytes, as many lines.
"""

import re

# A line may hold anything, ten thousand times over: what repeats is bounded or gives nothing back (``(?>``, ``*+``), so
# that a line is looked at a fixed number of times from each place at most.

# By custom a macro is written in capitals; some projects name their export macros like ``rocksdb_EXPORT``.
_MACRO = r"(?>(?:[A-Z][A-Z0-9_]{2,99}|[A-Za-z]\w{0,99}_(?:EXPORT|API|export|api))\b)"
_LONG_MACRO = r"(?>[A-Z][A-Z0-9]{0,99}_[A-Z0-9_]{0,99}\b)"
_ARGUMENTS = r"(?>\((?:[^()\n]{1,200}+|\([^()\n]{0,200}+\)){0,40}+\))"
# A call may go on over indented lines.
_CALL = r"(?>\((?:[^()\n;{}\"]|\"(?:\\.|[^\"\\\n])*+\"|\([^()\n]*+\)|\n[ \t]){0,4000}+\))"
_MACROS = rf"(?:{_MACRO}{_ARGUMENTS}?[ \t]++){{1,8}}"
_ANGLES = r"<[^<>;{}\n]{0,200}+>"
for _ in range(3):  # List<Map<Key, Value>>
    _ANGLES = rf"(?><(?:[^<>;{{}}\n]{{1,200}}+|{_ANGLES}){{0,40}}+>)"
_TEMPLATE = rf"template[ \t]*+{_ANGLES}"
_QUALIFIERS = rf"(?:(?:static|inline|extern|virtual|constexpr|explicit|friend|{_TEMPLATE})[ \t]++){{0,8}}+"
_TYPES = rf"(?:(?>[A-Za-z_][\w:]{{0,200}}{_ANGLES}?[ \t&*]++)){{1,12}}"

_PATTERNS = [
    re.compile(pattern.encode(), re.MULTILINE)
    for pattern in (
        # class EXPORT Item : public Base {    struct ALIGNED(8) Item {    class EXPORT Item
        rf"\b(?:class|struct|union)[ \t]++({_MACROS})"
        rf"(?=[A-Za-z_]\w*+{_ANGLES}?[ \t]*+(?:final\b[ \t]*+)?(?:\{{|:(?!:)|$))",
        # class EXPORT Item;
        rf"\bclass[ \t]++({_MACROS})(?=[A-Za-z_]\w*+[ \t]*+;)",
        # NAMESPACE_BEGIN    Q_OBJECT    DEFINE_FLAG(int, count, 8, "how many");
        rf"^([ \t]*+(?:Q_OBJECT|Q_GADGET)\b|{_LONG_MACRO}(?:{_CALL}(?:[ \t]*+;)?)?)"
        r"[ \t]*+(?://.*|/\*.*\*/)?$(?!\s*+\{)",
        # EXPORT_API static int f(    CONSTEXPR auto f() -> int    EXPORT_API extern Item item;
        rf"^[ \t]*+{_QUALIFIERS}({_MACROS})(?={_TYPES}~?(?:operator\b|\([ \t]*+\*|[A-Za-z_]\w*+[ \t]*+[(;=\[]))",
        # LIB_CONSTEXPR Item(int count)    LIB_NORETURN ~Item()
        rf"^[ \t]*+{_QUALIFIERS}((?:{_LONG_MACRO}[ \t]++){{1,8}})(?=~?[A-Za-z_]\w*+[ \t]*+\()",
    )
]
# EXPORT_API int (*f)(void);    At a line's beginning C's grammar gets over the rest.
_C_HEAD = re.compile(rf"^({_MACROS})(?={_TYPES}(?:\([ \t]*+\*|[A-Za-z_]\w*+[ \t]*+[(;=\[]))".encode(), re.MULTILINE)
# int f() ATTRIBUTE;    int f() const ATTRIBUTE(x) {    virtual int f() ATTRIBUTE = 0;
_TAIL = re.compile(
    rf"\)(?:[ \t]*+(?:const|noexcept|override|final)){{0,4}}[ \t]++((?:{_MACRO}{_ARGUMENTS}?[ \t]*+){{1,8}})"
    r"(?=[;{]|=[ \t]*+(?:0|default|delete)|$)".encode(),
    re.MULTILINE,
)
# int f(int a UNUSED, void *b ATTRIBUTE(x))
_BEHIND_PARAMETER = re.compile(rf"(?<=\w)[ \t]++({_MACRO}{_ARGUMENTS}?)[ \t]*+(?=[,)])".encode())
_PARAMETER = re.compile(rb"(?:[*&][ \t]*+|\b(\w++)[ \t]++)([A-Za-z_]\w*+)\Z")
_LONGEST_PARAMETER = 200
# Behind these a type or its name comes; behind the others a name does: `const item NAME`, `unsigned int NAME`.
_BEFORE_TYPE = frozenset(b"const volatile struct union enum class typename unsigned signed register static".split())
_NO_NAME = _BEFORE_TYPE | frozenset(
    b"int char long short float double void bool auto restrict return sizeof case else goto".split()
)
_STATEMENT = re.compile(rb"[ \t]*+(?:(?:if|for|while|switch|return|else|case|do)\b|#|\})")
DIRECTIVE = re.compile(rb"^[ \t]*+#[ \t]*+(if|el|endif)\w*+(?:[^\\\n]|\\(?:\r?\n|.)?)*+", re.MULTILINE)
# An end that is missing must not be looked for again and again.
_NO_BRACES = re.compile(
    rb"//[^\n]*+|/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*+\"?|'(?:\\.|[^'\\\n]){1,12}+'",
    re.DOTALL,
)
_BRANCH = re.compile(rb"#[ \t]*+el")
_NOT_LINE_END = re.compile(rb"[^\r\n]")


def without_macros(data: bytes, *, cplusplus: bool) -> bytes:
    """The same bytes with blanks for those macros, and for the later branches of an ``#if`` that open or close braces."""
    return blank_macros(balanced_branches(data)[0], cplusplus=cplusplus)


def blank_macros(data: bytes, *, cplusplus: bool) -> bytes:
    """The macros alone. In C a line decides for itself; in C++ a macro's call may go on over indented lines."""
    if cplusplus:
        for pattern in _PATTERNS:
            data = pattern.sub(_blank, data)
    else:
        data = _C_HEAD.sub(_blank, data)
    data = _BEHIND_PARAMETER.sub(lambda match: _blank_behind_parameter(match, data), data)
    return _TAIL.sub(lambda match: _blank(match, data), data)


def _blank_behind_parameter(match: "re.Match[bytes]", around: bytes) -> bytes:
    start = match.start()
    before = around[max(around.rfind(b"\n", 0, start) + 1, start - _LONGEST_PARAMETER) : start]
    parameter = _PARAMETER.search(before)
    if parameter is None or parameter[1] in _BEFORE_TYPE or parameter[2] in _NO_NAME:
        return match[0]
    return _blank(match)


def _blank(match: "re.Match[bytes]", around: bytes = b"") -> bytes:
    whole, start = match[0], match.start()
    if around and _STATEMENT.match(around, around.rfind(b"\n", 0, start) + 1, start):
        return whole
    first, last = match.start(1) - start, match.end(1) - start
    return whole[:first] + _NOT_LINE_END.sub(b" ", whole[first:last]) + whole[last:]


def balanced_branches(data: bytes) -> tuple[bytes, list[tuple[int, int]]]:
    """Of an ``#if`` whose branches do not close what they open the first branch alone, and no directives. And where the
    groups with more than one branch are, the outermost alone: what of the text decides about them stands within."""
    if not _BRANCH.search(data):
        return data, []
    directives = list(DIRECTIVE.finditer(data))
    # Braces that are open before each directive: a branch may hold thousands of groups, and nobody reads it for each.
    depths = [0]
    for before, after in zip(directives, directives[1:]):
        depths.append(depths[-1] + _open_braces(data[before.end() : after.start()]))
    blank: list[tuple[int, int]] = []
    groups: list[tuple[int, int]] = []
    open_groups: list[list[int]] = []  # of each group that is open here its directives so far
    for place, match in enumerate(directives):
        if match[1] == b"if":
            open_groups.append([place])
        elif open_groups:
            open_groups[-1].append(place)
            if match[1] == b"endif":
                group = open_groups.pop()
                if len(group) > 2:
                    start, end = directives[group[0]].start(), match.end()
                    while groups and groups[-1][0] > start:
                        groups.pop()
                    groups.append((start, end))
                    if any(depths[before] != depths[after] for before, after in zip(group, group[1:])):
                        blank += [directives[group[0]].span(), (directives[group[1]].start(), end)]
    parts, end = [], 0
    for first, last in sorted(blank):
        if first >= end:
            parts += [data[end:first], _NOT_LINE_END.sub(b" ", data[first:last])]
            end = last
    return (b"".join((*parts, data[end:])) if blank else data), groups


def _open_braces(branch: bytes) -> int:
    if b"{" not in branch and b"}" not in branch:
        return 0
    code = _NO_BRACES.sub(b"", branch)
    return code.count(b"{") - code.count(b"}")
