"""Decide from a distribution's own METADATA whether its source may be trained on.

The rule is an allow-list: a licence that is not recognised is refused, so that a
new or odd spelling never lets a copyleft package in.
"""

import re
from email.message import Message

ALLOWED_SPDX = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "CNRI-Python",
        "HPND",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "Zlib",
    }
)
ALLOWED_EXCEPTIONS = frozenset({"LLVM-exception"})

# Free-text `License:` fields and classifiers, from the time before SPDX expressions.
_ALLOWED_TEXT = re.compile(
    r"^(the\s+)?(new\s+|modified\s+)?"
    r"(mit(\s+license)?|bsd([\s-]*[23][\s-]*clause)?(\s+license)?|[23]-clause\s+bsd(\s+license)?"
    r"|apache(\s+(software\s+)?license)?[\s,]*\(?(apache\s+|version\s+)?(2(\.0)?)?\)?(\s+license)?|apache-2\.0"
    r"|isc(\s+license)?(\s+\(iscl\))?|psf(l|-2\.0)?|python\s+software\s+foundation(\s+license)?)$",
    re.IGNORECASE,
)
# What the text of an allowed licence says and no other does; whole texts stand in some `License` fields.
_TEXTS = (
    ("MIT", re.compile(r"Permission is hereby granted, free of charge, to any person obtaining a copy")),
    ("BSD", re.compile(r"Redistribution and use in source and binary forms, with or without modification")),
    ("Apache-2.0", re.compile(r"Apache License,? Version 2\.0")),
    ("ISC", re.compile(r"Permission to use, copy, modify, and(/or)? distribute this software for any purpose")),
)
_REFUSED_IN_TEXT = re.compile(
    r"\b[AL]?GPL|\b(MPL|EPL|EUPL|CDDL|SSPL|CeCILL|BUSL|GNU)\b|Mozilla|Eclipse Public|Business Source|copyleft"
    r"|Creative Commons|Proprietary|non-?commercial|Commons Clause",
    re.IGNORECASE,
)
_REFUSED_WORDS = re.compile(
    r"GPL|MPL|EPL|CDDL|EUPL|SSPL|CeCILL|BUSL|GNU|Mozilla|copyleft|Commons|Proprietary", re.IGNORECASE
)


def permissive(metadata: Message) -> str | None:
    """The licence as one short string when it is permissive, else None.

    `metadata` is a parsed METADATA file (core metadata, any version). An SPDX
    `License-Expression` decides alone; otherwise every licence classifier must be
    allowed, and the `License` field too, whether it is a name or a whole text.
    """
    expression = metadata.get("License-Expression")
    if expression:
        return expression if expression_allowed(expression) else None
    names = [
        value.split("::")[-1].strip()
        for value in metadata.get_all("Classifier", [])
        if value.startswith("License ::") and not value.endswith(":: OSI Approved")
    ]
    field = (metadata.get("License") or "").strip()
    if "\n" in field or len(field) >= 60:
        found = licence_of_text(field)
        if found is None or _REFUSED_WORDS.search(" ".join(names)):
            return None
        names.append(found)
    elif field:
        names.append(field)
    if not names or _REFUSED_WORDS.search(" ".join(names)):
        return None
    if not all(expression_allowed(name) or _ALLOWED_TEXT.match(name) for name in names):
        return None
    return short_name(names[-1])


def short_name(name: str) -> str:
    """One spelling for the many of an allowed licence: the SPDX identifier where the words name one licence."""
    for words, identifier in (
        ("apache", "Apache-2.0"),
        ("the mit", "MIT"),
        ("mit license", "MIT"),
        ("isc", "ISC"),
        ("psf", "PSF-2.0"),
        ("python software", "PSF-2.0"),
        ("bsd license", "BSD"),
    ):
        if name.lower().startswith(words) and not expression_allowed(name):
            return identifier
    return name


def licence_of_text(text: str) -> str | None:
    """The name of the one allowed licence whose wording `text` has, or None.

    Any mention of a copyleft licence refuses the text, even in a list of bundled parts.
    """
    text = " ".join(text.split())
    if _REFUSED_IN_TEXT.search(text):
        return None
    return next((name for name, wording in _TEXTS if wording.search(text)), None)


def expression_allowed(expression: str) -> bool:
    """Whether at least one alternative of an SPDX expression consists of allowed licences alone.

    Brackets are read as if they were not there. That can only refuse too much as
    long as every licence must be allowed as soon as an AND occurs.
    """
    words = re.sub(r"[()]", " ", expression).split()
    operators = {word.upper() for word in words} & {"AND", "OR"}
    parts = [part.strip() for part in re.split(r"\s+(?:AND|OR)\s+", " ".join(words), flags=re.I)]
    allowed = [_licence_allowed(part) for part in parts]
    return any(allowed) if operators == {"OR"} else all(allowed)


def _licence_allowed(part: str) -> bool:
    name, _, exception = part.partition(" WITH ")
    return name in ALLOWED_SPDX and (not exception or exception in ALLOWED_EXCEPTIONS)
