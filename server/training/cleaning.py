"""Which source files are worth learning from, and what is cut out of them.

Pure functions over the text of one Python file.
"""

import ast
import re
import warnings

MIN_BYTES = 250
MAX_BYTES = 150_000

_LICENCE_WORDS = re.compile(r"licen[cs]e|copyright|\(c\)\s+\d{4}|SPDX|all rights reserved|redistribut", re.IGNORECASE)
# A full licence text, or a foreign copyleft one, in the middle of a file: leave the file out.
_LICENCE_TEXT = re.compile(
    r"Permission is hereby granted|Redistribution and use in source|THE SOFTWARE IS PROVIDED"
    r"|GNU (Lesser |Affero )?General Public|Mozilla Public License|\bL?GPL(v[23])?\b|Creative Commons",
    re.IGNORECASE,
)
_GENERATED = re.compile(
    r"do not edit|do not modify|auto-?generated|automatically generated|@generated"
    r"|generated (by|from|with)|this file is generated|this is a generated",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_PATH_REFUSED = re.compile(
    r"(^|/)(_?vendor(ed|ized)?|_?third_party|extern(al|als)?|_distutils|site-packages|lib2to3"
    r"|test_?data|idlelib|fixtures|__pycache__|typeshed)(/|$)"
)


def path_allowed(path: str) -> bool:
    """False for vendored copies (they have their own licence) and test data."""
    return path.endswith(".py") and not _PATH_REFUSED.search(path)


def is_test(path: str) -> bool:
    """Whether a path looks like a test; tests are kept at a lower share."""
    name = path.rsplit("/", 1)[-1]
    return bool(re.search(r"(^|/)_?tests?(ing)?/", path)) or name.startswith("test_")


def strip_header(text: str) -> str:
    """Cut the comment block at the top if it speaks of licences; hide e-mail addresses.

    The block ends at the first line that is neither empty nor a comment. Other
    header comments stay.
    """
    lines = text.splitlines(keepends=True)
    end = 0
    while end < len(lines) and (not lines[end].strip() or lines[end].lstrip().startswith("#")):
        end += 1
    header = "".join(lines[:end])
    if _LICENCE_WORDS.search(header):
        lines = lines[end:]
    elif header.startswith("#!"):
        lines = lines[1:]
    return _EMAIL.sub("user@example.com", "".join(lines).lstrip("\n"))


def refusal(text: str) -> str | None:
    """Why a (header-stripped) file is left out, as a short name, or None to keep it."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size < MIN_BYTES:
        return "small"
    if size > MAX_BYTES:
        return "large"
    if _GENERATED.search(text[:1500]):
        return "generated"
    if _LICENCE_TEXT.search(text):
        return "licence text"
    if sum(char.isdigit() for char in text) > 0.12 * len(text):
        return "numbers"
    if sum(char.isalpha() for char in text) < 0.35 * len(text):
        return "few letters"
    if sum(not char.isascii() for char in text) > 0.02 * len(text):
        return "not ASCII"
    if max(map(len, text.split("\n"))) > 1000:
        return "long lines"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "does not parse"
    return None
