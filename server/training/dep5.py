"""Debian's machine-readable copyright files: which licence which file is under.

The format is described in "Machine-readable debian/copyright file, version 1.0" (DEP-5):
stanzas with `Files:` patterns and a `License:`; the last stanza that matches decides.
"""

import re

from training.licences import expression_allowed

_SHORT_NAMES = {
    "apache": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "asl-2": "Apache-2.0",
    "asl-2.0": "Apache-2.0",
    "boost-1.0": "BSL-1.0",
    "bsl-1": "BSL-1.0",
    "bsd": "BSD-3-Clause",
    "bsd-2-clauses": "BSD-2-Clause",
    "bsd-3-clauses": "BSD-3-Clause",
    "cc0": "CC0-1.0",
    "curl": "curl",
    "expat": "MIT",
    "go": "BSD-3-Clause",
    "postgresql": "PostgreSQL",
    "psf-2": "PSF-2.0",
    "public-domain": "public-domain",
    "zlib/libpng": "Zlib",
    "libpng": "libpng-2.0",
    "libpng-2.0": "libpng-2.0",
}
_ALSO_ALLOWED = {"curl", "PostgreSQL", "public-domain", "libpng-2.0", "Unicode-DFS-2016", "Unicode-3.0", "X11", "NTP"}


class Copyright:
    """One copyright file. Raises ValueError if it is not in the machine-readable form."""

    def __init__(self, text: str) -> None:
        stanzas = [_fields(stanza) for stanza in re.split(r"\n[ \t]*\n", text)]
        if not any("copyright-format" in stanza.get("format", "") for stanza in stanzas):
            raise ValueError("not a machine-readable copyright file")
        self._files = [
            (_pattern(stanza["files"]), stanza["license"].split("\n")[0].strip())
            for stanza in stanzas
            if "files" in stanza and "license" in stanza
        ]

    def licence(self, path: str) -> str | None:
        """The file's licence in SPDX's names if it is permissive, else None."""
        names = [name for pattern, name in self._files if pattern.fullmatch(path)]
        return spdx(names[-1]) if names else None


def spdx(name: str) -> str | None:
    """Debian's short name or expression ("Expat or Apache-2.0", with commas) in SPDX's terms; None unless
    permissive. Of alternatives only the permissive ones are kept."""
    alternatives = re.split(r",?\s+or\s+", name.strip(), flags=re.IGNORECASE)
    kept = []
    for alternative in alternatives:
        parts = [_one(part) for part in re.split(r",?\s+and\s+", alternative, flags=re.IGNORECASE)]
        if all(part in _ALSO_ALLOWED or expression_allowed(part) for part in parts):
            kept.append(" AND ".join(parts))
    # "A and B, or C" reads either way: then everything has to be allowed.
    mixed = len(alternatives) > 1 and re.search(r"\sand\s", name, re.IGNORECASE)
    return " OR ".join(kept) if kept and not (mixed and len(kept) < len(alternatives)) else None


def _one(name: str) -> str:
    name = name.strip().rstrip(",")
    spelt = _SHORT_NAMES.get(name.lower())
    if spelt:
        return spelt
    for standard in ("MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "Zlib", "Unlicense", "0BSD", "MIT-0"):
        if name.lower() == standard.lower():
            return standard
    # Variants with a suffix of their own, such as "BSD-3-clause-Google"; but some forbid a use.
    found = re.match(r"bsd-([23])(-clause)?\b(?!.*(no|nuclear|military|patent)\b)", name, re.IGNORECASE)
    return f"BSD-{found[1]}-Clause" if found else name or "none"


def _fields(stanza: str) -> dict[str, str]:
    """The fields of one stanza by lower-case name."""
    found = re.findall(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)", stanza, re.MULTILINE)
    return {name.lower(): value.strip() for name, value in found}


def _pattern(globs: str) -> re.Pattern[str]:
    """`*` and `?` match slashes too; there are no other wildcards."""
    alternatives = []
    for glob in globs.split():
        escaped = re.escape(glob.removeprefix("./")).replace(r"\*", ".*").replace(r"\?", ".")
        alternatives.append(escaped)
    return re.compile("|".join(alternatives) or "(?!)", re.DOTALL)
