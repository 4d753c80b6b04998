"""Secrets where somebody types: around a place in a text, and one that is not finished yet. No scan of the text."""

import re
from functools import lru_cache

from foretoken.trust.secret_blocks import LONGEST_KEY, open_key
from foretoken.trust.secret_manifests import heading
from foretoken.trust.secret_rules import rules
from foretoken.trust.secret_tokens import begun_value
from foretoken.trust.secret_urls import begun_url
from foretoken.trust.secret_values import made_up
from foretoken.trust.secrets import SecretSpan, find_secrets, is_placeholder

# Of a line that is longer only so much on either side of the place is looked at.
NEAR = 4096
# What gives a value its name may stand on another line: so many lines away, and so many characters.
_LINES_AWAY = 3
_MOST_AWAY = 300
# Of a token that is being typed so much is looked at; one that is longer is complete long since.
_LONGEST_BEGUN = 300
_LAST_RUN = re.compile(r"[A-Za-z0-9_\-.+/=$]{6,}\Z")
# What words are not made of: six letters and digits in a row that do not end in a number ("config2").
_DRAWN = re.compile(r"(?<![A-Za-z0-9])(?![A-Za-z]*[0-9]{0,3}(?![A-Za-z0-9]))[A-Za-z0-9]{6,}")


def secret_at(text: str, offset: int) -> SecretSpan | None:
    """The secret that the place is inside of, or directly behind; one that is being typed there counts."""
    start = line_start(text, offset)
    key = open_key(text[max(0, start - LONGEST_KEY) : offset])
    if key is not None:
        key += max(0, start - LONGEST_KEY)
        return SecretSpan(key, offset, "private_key")
    end = offset + read_together(text[offset : offset + 2 * NEAR])
    above = read_with(text[max(0, start - NEAR) : start], text[offset : offset + NEAR])
    before, after = above + text[start:offset], text[offset:end]
    for span in (*find_near(before + after), *find_begun(before)):
        if span.start < len(before) <= span.end:
            return SecretSpan(max(start, start + span.start - len(above)), start + span.end - len(above), span.kind)
    return None


def line_start(text: str, offset: int) -> int:
    """Where the line around the place begins, or so much of it as is looked at."""
    return text.rfind("\n", max(0, offset - NEAR), offset) + 1 or max(0, offset - NEAR)


def read_with(above: str, below: str) -> str:
    """What a line must be read with to know what its values are given to: the end of the text above it, and what the
    document is. above: what stands before the line. below: what stands behind the place in it."""
    if (heads := heading(above, below)).endswith("data:\n"):
        return heads  # what else stands in such a document says nothing of its next line
    at = len(above)
    for _ in range(_LINES_AWAY):
        at = above.rfind("\n", 0, max(0, at - 1)) + 1
    if len(above) - at > _MOST_AWAY:
        at = above.find("\n", len(above) - _MOST_AWAY) + 1 or len(above)
    return heads + above[at:]


def read_together(below: str) -> int:
    """How much of a text is to be read together with the line that it begins in the middle of: that line's rest, and the
    lines behind it whose values may be given to what the line says."""
    end = below.find("\n", 0, NEAR)
    if end < 0:
        return min(len(below), NEAR)
    for _ in range(_LINES_AWAY):
        following = below.find("\n", end + 1, end + _MOST_AWAY)
        if following < 0:
            return len(below) if len(below) <= end + _MOST_AWAY else end
        end = following
    return end


@lru_cache(maxsize=4)
def find_near(text: str) -> tuple[SecretSpan, ...]:
    """``find_secrets`` for a few lines: the gate and the prompt ask the same of them for every key."""
    return find_secrets(text)


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
