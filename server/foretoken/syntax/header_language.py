"""Whether a ``.h`` file is C or C++: the name does not say it, and as C a class is garbage."""

import re

_ENOUGH = 1 << 16
_NOT_CODE = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*+\"?", re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(if|elif|else|endif)\w*(.*)$", re.MULTILINE)
# What no C header has outside of `#ifdef __cplusplus`.
_CPLUSPLUS = re.compile(
    r"^[ \t]*(?:"
    r"(?:inline[ \t]+)?namespace\b[^;(=]*(?:\{|$)"
    r"|template[ \t]*<"
    r"|using[ \t]+(?:namespace[ \t]+)?[A-Za-z_][\w:]*[ \t]*[;=]"
    r"|(?:enum[ \t]+)?class[ \t]+[A-Za-z_][^;=()]*(?:\(.*\)[^;=()]*)?(?:[{:;]|$)"
    r"|(?:public|private|protected)(?:[ \t]+(?:slots|Q_SLOTS))?[ \t]*:(?!:)"
    r"|(?:explicit|friend|virtual|mutable)[ \t]+[A-Za-z_~]"
    r"|#[ \t]*include[ \t]*<(?:algorithm|array|atomic|c(?:stddef|stdint|stdio|stdlib|string)|exception|functional|iosfwd"
    r"|iostream|limits|list|map|memory|mutex|optional|set|sstream|stdexcept|string|string_view|thread|tuple|type_traits"
    r"|unordered_map|utility|variant|vector)>"
    r")|\b(?:std|[A-Za-z_]\w*)::[A-Za-z_~]|\boperator[ \t]*(?:[^\w\s;]|new\b|delete\b)|\bnoexcept\b|\bdecltype[ \t]*\(",
    re.MULTILINE,
)


def language_of_header(text: str) -> str:
    """ "cpp" when the first 64 KiB hold what only C++ has, else "c".

    Comments, strings and what only a C++ compiler sees (``#ifdef __cplusplus``) say nothing: C headers have those, too.
    """
    code = _NOT_CODE.sub(" ", text[:_ENOUGH])
    return "cpp" if _CPLUSPLUS.search(_for_c(code) if "__cplusplus" in code else code) else "c"


def _for_c(code: str) -> str:
    """Without the branches that stand under a condition on ``__cplusplus``."""
    parts: list[str] = []
    hidden: list[bool] = []  # of each `#if` that is open here
    position = 0
    for directive in _DIRECTIVE.finditer(code):
        if not any(hidden):
            parts.append(code[position : directive.start()])
        position = directive.end()
        word, condition = directive[1], directive[2]
        if word == "if":
            # `#ifndef __cplusplus` and `#if !defined __cplusplus` are the other way round.
            negated = directive[0].lstrip(" \t#").startswith("ifndef") or re.search(r"![ \t]*(?:defined)?", condition)
            hidden.append("__cplusplus" in condition and not negated)
        elif hidden and word in ("elif", "else"):
            hidden[-1] = False
        elif hidden:
            hidden.pop()
    if not any(hidden):
        parts.append(code[position:])
    return "".join(parts)
