"""Which source files are worth learning from, and what is cut out of them.

Pure functions over the text of one Python file.
"""

import ast
import re
import string
import warnings

MIN_BYTES = 250
MAX_BYTES = 150_000

_LICENCE_WORDS = re.compile(r"licen[cs]e|copyright|\(c\)\s+\d{4}|SPDX|all rights reserved|redistribut", re.IGNORECASE)
# A full licence text, or a foreign copyleft one, in the middle of a file: leave the file out.
_LICENCE_TEXT = re.compile(
    r"Permission is hereby granted|Redistribution and use in source|THE SOFTWARE IS PROVIDED"
    r"|Unless required by applicable law|GNU (Lesser |Affero |Library )?General Public|Mozilla Public License|\bL?GPL(v[23])?\b|Creative Commons",
    re.IGNORECASE,
)
_GENERATED = re.compile(
    r"do not edit|do not modify|auto-?generated|automatically generated|@generated"
    r"|generated (by|from|with)|this file is generated|this is a generated",
    re.IGNORECASE,
)
# Ends in a top-level domain, so that `weight@other.T` and `left@right.sum(` stay what they are.
EMAIL = re.compile(r"[\w.+%-]*[\w+]@(?!self\.)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(?![\w(\[-]|\.\w)")
HIDDEN_ADDRESS = "user@example.com"
_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*(KEY|CERTIFICATE|MESSAGE|SIGNATURE)|(AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20}"
    r"|github_pat_\w{20}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10}|sk-[A-Za-z0-9]{20}|AIza[\w-]{35}|ey[IJ][\w-]{16,}\."
    r"|ssh-(rsa|ed25519|dss) AAAA|npm_[A-Za-z0-9]{36}"
)
_ENCODED = re.compile(r"[A-Za-z0-9+/]{41,}")
# Whose work it is: said in comments, module docstrings and `__author__ = ...`.
_NOTICE = re.compile(
    r"copyright\s*(\(c\)|\N{COPYRIGHT SIGN}|[12]\d{3}|:|by\b|the\b)|\(c\)\s*(copyright|[12]\d{3})|SPDX-|all rights reserved"
    r"|licen[cs]ed (under|to)|under the terms of|:licen[cs]e:|@licen[cs]e",
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
    return EMAIL.sub(HIDDEN_ADDRESS, text) if "@" in text else text


def _without_notices(text: str) -> str:
    docstring = _DOCSTRING.match(text)
    if docstring and _NOTICE.search(docstring[2]):
        kept = [
            line for line in docstring[2].split("\n") if not _LICENCE_WORDS.search(line) and not _NOTICE.search(line)
        ]
        if any(char.isalnum() for char in "".join(kept)):
            text = text[: docstring.start(2)] + "\n".join(kept) + text[docstring.end(2) :]
        else:
            text = text[docstring.end() :].lstrip()
    text = _DUNDER.sub("", text)
    if not _NOTICE.search(text) and not _PERSON.search(text):
        return text
    kept, block = [], []
    for line in [*text.split("\n"), ""]:
        if line.lstrip().startswith("#"):
            block.append(line)
            continue
        if not _NOTICE.search("\n".join(block)):
            kept += [comment for comment in block if not _PERSON.match(comment)]
        block = []
        kept.append(line)
    return "\n".join(kept[:-1])


def says_whose(text: str) -> bool:
    """Whether `text` has a copyright notice or names its licence."""
    return bool(_NOTICE.search(text))


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
    if _LICENCE_TEXT.search(text):
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


def licence_wording(text: str) -> str | None:
    """The first words of a licence or of a copyright notice in `text`, if there are any."""
    found = _LICENCE_TEXT.search(text) or _NOTICE.search(text)
    return found and found[0]


def addresses(text: str) -> list[str]:
    """The e-mail addresses in `text`, but for the one that the corpus has in their place."""
    return [found[0] for found in EMAIL.finditer(text) if found[0] != HIDDEN_ADDRESS]


def secret(text: str) -> str | None:
    """What looks like a key in `text` or like packed data, if there is any: the first 60 characters of it."""
    found = _SECRET.search(text)
    run = found[0] if found else next(filter(_looks_random, _ENCODED.findall(text)), None)
    return run and run[:60]


def _looks_random(run: str) -> bool:
    """Whether a long run of base64 letters is hexadecimal, or mixes digits and both cases."""
    if all(char in string.hexdigits for char in run):
        return True
    return sum(map(str.isdigit, run)) >= 3 and sum(map(str.isupper, run)) >= 5 and sum(map(str.islower, run)) >= 5
