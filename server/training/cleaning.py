"""Which source files are worth learning from, and what is cut out of them.

Pure functions over the text of one Python file.
"""

import ast
import re
import warnings

from training.unwanted import hide_addresses, licence_text, says_whose, secret

MIN_BYTES = 250
MAX_BYTES = 150_000

_LICENCE_WORDS = re.compile(r"licen[cs]e|copyright|\(c\)\s+\d{4}|SPDX|all rights reserved|redistribut", re.IGNORECASE)
_GENERATED = re.compile(
    r"do not edit|do not modify|auto-?generated|automatically generated|@generated"
    r"|generated (by|from|with)|this file is generated|this is a generated",
    re.IGNORECASE,
)
_DUNDER = re.compile(
    r"""^__(copyright|licen[cs]e|author|authors|email|credits|maintainer|contact)__\s*=\s*(["'])[^"'\n]*\2[ \t]*\n""",
    re.MULTILINE,
)
_DOCSTRING = re.compile(r"""(?:[ \t]*(?:\#[^\n]*)?\n)*[rRuU]{0,2}(\"{3}|'{3})(.*?)\1""", re.DOTALL)
_PERSON = re.compile(
    r"^[ \t]*#.*(\b(author|authors|created by|written by|maintainers?|contributed by)\b\s*:|\w@[\w-]+\.\w)",
    re.IGNORECASE | re.MULTILINE,
)
_AUTHOR_LINE = re.compile(
    r"^[ \t]*(//|\*|/\*).*(@author\b|\b(authors?|created by|written by|maintainers?|contributed by)\s*:|\w@[\w-]+\.\w)",
    re.IGNORECASE,
)
_PATH_REFUSED = re.compile(
    r"(^|/)(_?vendor(ed|ized)?|_?third[_-]?party|3rd[_-]?party|bundled|libs|extern(al|als)?|_distutils|site-packages|lib2to3"
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
    """Cut what says whose work it is; hide e-mail addresses.

    That is: the comment block at the top if it speaks of licences (other header comments
    stay), later blocks of whole-line comments with a copyright notice, such lines of the
    module's docstring, `__author__ = ...` and the like, and comments that name authors.
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
    text = _without_notices("".join(lines).lstrip("\n"))
    return hide_addresses(text)


def _without_notices(text: str) -> str:
    docstring = _DOCSTRING.match(text)
    if docstring and says_whose(docstring[2]):
        kept = [line for line in docstring[2].split("\n") if not _LICENCE_WORDS.search(line) and not says_whose(line)]
        if any(char.isalnum() for char in "".join(kept)):
            text = text[: docstring.start(2)] + "\n".join(kept) + text[docstring.end(2) :]
        else:
            text = text[docstring.end() :].lstrip()
    text = _DUNDER.sub("", text)
    if not says_whose(text) and not _PERSON.search(text):
        return text
    kept, block = [], []
    for line in [*text.split("\n"), ""]:
        if line.lstrip().startswith("#"):
            block.append(line)
            continue
        if not says_whose("\n".join(block)):
            kept += [comment for comment in block if not _PERSON.match(comment)]
        block = []
        kept.append(line)
    return "\n".join(kept[:-1])


def speaks_of_licence(text: str) -> bool:
    """Whether a header comment is about licences, loosely."""
    return bool(_LICENCE_WORDS.search(text))


def names_author(line: str) -> bool:
    """Whether a line of a comment in the manner of C says who wrote the file."""
    return bool(_AUTHOR_LINE.search(line))


def refusal(text: str, language: str = "python") -> str | None:
    """Why a (header-stripped) file is left out, as a short name, or None to keep it."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size < MIN_BYTES:
        return "small"
    if size > MAX_BYTES:
        return "large"
    if _GENERATED.search(text[:1500]):
        return "generated"
    if licence_text(text):
        return "licence text"
    if secret(text):
        return "secret or encoded data"
    if sum(char.isdigit() for char in text) > 0.12 * len(text):
        return "numbers"
    if sum(char.isalpha() for char in text) < 0.35 * len(text):
        return "few letters"
    if sum(not char.isascii() for char in text) > 0.02 * len(text):
        return "not ASCII"
    if max(map(len, text.split("\n"))) > 1000:
        return "long lines"
    if language == "python" and not _parses(text):
        return "does not parse"
    return None


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
