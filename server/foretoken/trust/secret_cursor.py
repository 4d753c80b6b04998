"""Secrets where somebody types: around a place in a text, and one that is not finished yet. No scan of the text."""

import re

from foretoken.trust.secret_blocks import LONGEST_KEY, open_key
from foretoken.trust.secret_rules import rules
from foretoken.trust.secret_tokens import begun_value
from foretoken.trust.secret_urls import begun_url
from foretoken.trust.secret_values import made_up
from foretoken.trust.secrets import SecretSpan, find_secrets, is_placeholder

# Of a line that is longer only so much on either side of the place is looked at.
NEAR = 4096
# Of a token that is being typed so much is looked at; one that is longer is complete long since.
_LONGEST_BEGUN = 300
_LAST_RUN = re.compile(r"[A-Za-z0-9_\-.+/=$]{6,}\Z")
# What words are not made of: six letters and digits in a row that do not end in a number ("config2").
_DRAWN = re.compile(r"(?<![A-Za-z0-9])(?![A-Za-z]*[0-9]{0,3}(?![A-Za-z0-9]))[A-Za-z0-9]{6,}")


def secret_at(text: str, offset: int) -> SecretSpan | None:
    """The secret that the place is inside of, or directly behind; one that is being typed there counts."""
    start, end = line_bounds(text, offset)
    key = open_key(text[max(0, start - LONGEST_KEY) : offset])
    if key is not None:
        key += max(0, start - LONGEST_KEY)
        return SecretSpan(key, offset, "private_key")
    before, after = text[start:offset], text[offset:end]
    for span in (*find_secrets(before + after), *find_begun(before)):
        if span.start < len(before) <= span.end:
            return SecretSpan(start + span.start, start + span.end, span.kind)
    return None


def line_bounds(text: str, offset: int) -> tuple[int, int]:
    """The start and end of the line around the place, or of so much of it as is looked at."""
    start = text.rfind("\n", max(0, offset - NEAR), offset) + 1
    end = text.find("\n", offset, offset + NEAR)
    return start or max(0, offset - NEAR), end if end >= 0 else min(len(text), offset + NEAR)


def find_begun(text: str) -> tuple[SecretSpan, ...]:
    """A token at the very end of the text of which the beginning is there (``ghp_a1b2c3``), a URL's password, or
    half of what is given to a name such as ``api_key``."""
    url = begun_url(text)
    if url is not None:
        return (SecretSpan(*url),)
    run = _LAST_RUN.search(text, max(0, len(text) - _LONGEST_BEGUN))
    if run is None:
        return ()
    at = run.start()
    while (begin := rules().any_beginning.search(text, at)) is not None:
        at = begin.start() + 1
        body = text[begin.end() :]
        previous = text[begin.start() - 1 : begin.start()]
        if previous.isalnum() or _DRAWN.search(body) is None or made_up(body) or is_placeholder(text[begin.start() :]):
            continue
        return (SecretSpan(begin.start(), len(text), rules().tokens[begin[0]][0].kind),)
    value = begun_value(text)
    return () if value is None else (SecretSpan(*value),)
