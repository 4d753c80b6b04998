"""The languages of the large corpus: suffixes, what is not source, and comments that go.

Python has its own rules in `cleaning.py`; the others here share the form of C's comments.
"""

import collections
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from training.cleaning import names_author, speaks_of_licence
from training.unwanted import hide_addresses, says_whose

SUFFIXES = {
    "typescript": (".ts", ".tsx", ".mts"),
    "javascript": (".js", ".mjs", ".jsx"),
    "go": (".go",),
    "rust": (".rs",),
    "c": (".c", ".h"),
    "c++": (".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx", ".h"),
    "java": (".java",),
}
_REFUSED = re.compile(
    r"(^|/)(_?vendor(ed)?|_?third_?party|3rd_?party|extern(al|als)?|deps|node_modules|test_?data|fixtures|snapshots?"
    r"|dist|build|bundles?|umd|cjs|_?esm\d*|_?cjs|commonjs|es|out|min|amd|debian)(/|$)|\.d\.[cm]?ts$|[.-]min\."
)
_TEST = re.compile(
    r"(^|/)(_*tests?_*|testing|specs?|t)/|(^|/)test[_-]|[._-](test|tests|spec)\.\w+$|Tests?\.java$", re.IGNORECASE
)
_COMPILED = re.compile(r"sourceMappingURL=|__esModule|__webpack_require__|^\s*var __\w+ = \(this && this", re.MULTILINE)
# A comment that begins a line: a block, or lines in a row. (Inside a line it may be in a string.)
_COMMENT = re.compile(r"^[ \t]*(?:/\*.*?\*/[ \t]*\n?|(?://[^\n]*\n)(?:[ \t]*//[^\n]*\n)*)", re.MULTILINE | re.DOTALL)


def source_path(path: str) -> bool:
    """Whether `path` is source in one of SUFFIXES, not built and not somebody else's."""
    suffix = PurePosixPath(path).suffix
    return any(suffix in suffixes for suffixes in SUFFIXES.values()) and not _REFUSED.search(path)


def is_test(path: str) -> bool:
    """Whether a path looks like a test, in the ways of these languages."""
    return bool(_TEST.search(path))


def main_language(sizes: Iterable[tuple[str, int]]) -> str | None:
    """The language with most bytes among (path, bytes); headers count for C and for C++ alike."""
    total: collections.Counter[str] = collections.Counter()
    for path, size in sizes:
        for language, suffixes in SUFFIXES.items():
            if path.endswith(suffixes) and not path.endswith(".h"):
                total[language] += size
    return total.most_common(1)[0][0] if total else None


def compiled(text: str) -> bool:
    """Whether a compiler or bundler wrote this JavaScript."""
    return bool(_COMPILED.search(text))


def strip_notices(text: str) -> str:
    """Cut comments that say whose work it is (the one at the top already if it speaks of licences) and the
    lines of others that name authors; hide e-mail addresses."""
    first = len(text) - len(text.lstrip())

    def kept(found: re.Match[str]) -> str:
        comment = found[0]
        top = found.start() <= first
        if says_whose(comment) or (top and speaks_of_licence(comment)):
            return ""
        return "".join(line for line in comment.splitlines(keepends=True) if not names_author(line))

    text = _COMMENT.sub(kept, text).lstrip("\n")
    return hide_addresses(text)
