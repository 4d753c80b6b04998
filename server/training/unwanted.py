"""What a corpus should not have and a model should not write: licence texts, addresses, keys.

Pure functions over text, used on what goes in and on what comes out.
"""

import re
import string

# A full licence text, or a foreign copyleft one, in the middle of a file: leave the file out.
_LICENCE_TEXT = re.compile(
    r"Permission is hereby granted|Redistribution and use in source|THE SOFTWARE IS PROVIDED"
    r"|Unless required by applicable law|GNU (Lesser |Affero |Library )?General Public|Mozilla Public License"
    r"|\bL?GPL(v[23])?\b|Creative Commons|\bCC[ -]BY\b|licen[cs]ed?\b[^\n]{0,20}\b(MPL|EPL|EUPL|CeCILL|CDDL)\b",
    re.IGNORECASE,
)
# Licences that a file of a permissive package must not be under.
_FOREIGN = re.compile(
    r"\b[AL]?GPL|GNU (Lesser |Affero |Library )?General|Mozilla Public|\bMPL\b|Creative Commons|\bCC[ -]BY|Eclipse Public"
    r"|\bEPL\b|CeCILL|\bCDDL\b|Q Public|non-?commercial|proprietary|confidential",
    re.IGNORECASE,
)
# Whose work it is: said in comments, module docstrings and `__author__ = ...`.
_NOTICE = re.compile(
    r"copyright\s*(\(c\)|\N{COPYRIGHT SIGN}|[12]\d{3}|:|by\b|the\b)|\(c\)\s*(copyright|[12]\d{3})"
    r"|SPDX-|all rights reserved|licen[cs]ed (under|to)|under the terms of|:licen[cs]e:|@licen[cs]e",
    re.IGNORECASE,
)
# Ends in a top-level domain, so that `weight@other.T` and `left@right.sum(` stay what they are.
_EMAIL = re.compile(r"[\w.+%-]*[\w+]@(?!self\.)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(?![\w(\[-]|\.\w)")
HIDDEN_ADDRESS = "user@example.com"
_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*(KEY|CERTIFICATE|MESSAGE|SIGNATURE)|(AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20}"
    r"|github_pat_\w{20}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10}|sk-[A-Za-z0-9]{20}|AIza[\w-]{35}|ey[IJ][\w-]{16,}\."
    r"|ssh-(rsa|ed25519|dss) AAAA|npm_[A-Za-z0-9]{36}"
)
_ENCODED = re.compile(r"[A-Za-z0-9+/]{41,}")


def cuts_foreign_licence(before: str, after: str) -> bool:
    """Whether what was cut from `before` to get `after` named a licence that is not permissive.

    Single files of a permissive package can be under another licence, which their header says.
    """
    found = len(_FOREIGN.findall(before))
    return found > 0 and found > len(_FOREIGN.findall(after))


def says_whose(text: str) -> bool:
    """Whether `text` has a copyright notice or names its licence."""
    return bool(_NOTICE.search(text))


def licence_wording(text: str) -> str | None:
    """The first words of a licence or of a copyright notice in `text`, if there are any."""
    found = _LICENCE_TEXT.search(text) or _NOTICE.search(text)
    return found and found[0]


def licence_text(text: str) -> bool:
    """Whether `text` has the wording of a whole licence, or speaks of a copyleft one."""
    return bool(_LICENCE_TEXT.search(text))


def hide_addresses(text: str) -> str:
    """`text` with the same made-up address in the place of every e-mail address."""
    return _EMAIL.sub(HIDDEN_ADDRESS, text) if "@" in text else text


def addresses(text: str) -> list[str]:
    """The e-mail addresses in `text`, but for the one that the corpus has in their place."""
    return [found[0] for found in _EMAIL.finditer(text) if found[0] != HIDDEN_ADDRESS]


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
