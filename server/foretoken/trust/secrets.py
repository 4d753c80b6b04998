"""Secret values in text: where they are, the text with them blanked out, and the text with placeholders for them.

Nothing here ever leaves the process or asks anybody whether a secret is live. The rules are data
(``secret_rules.toml``) beside three kinds of finder: tokens, passwords that are given to a name or stand in a URL, and
blocks of private keys.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from foretoken.trust.secret_assignments import Found, assignments
from foretoken.trust.secret_blocks import key_bodies
from foretoken.trust.secret_commands import commands
from foretoken.trust.secret_manifests import manifests
from foretoken.trust.secret_rules import rules
from foretoken.trust.secret_tokens import tokens
from foretoken.trust.secret_urls import urls
from foretoken.trust.secret_values import LEAST_PASSWORD, password

FILLER = "x"
# A placeholder may make a secret of what stands beside it ("..._TOKEN_1=..."), so what was redacted is looked at again.
_MOST_ROUNDS = 4
# Kinds that no line of the table has.
_OWN_KINDS = (
    "private_key",
    "url_password",
    "database_password",
    "sentry_dsn",
    "api_key",
    "password",
    "jwk",
    "kubernetes_secret",
)
# The more exact finder's word counts where two have found the same.
_VAGUE = frozenset(("api_key", "password"))
_PLACEHOLDER = re.compile(r"SECRET_([A-Z][A-Z0-9_]*)_([0-9]{1,6})(?![A-Za-z0-9_])")
_SIGNS = " -.:,;/+=|"
_NOT_NEWLINE = re.compile(r"[^\r\n]")


@dataclass(frozen=True, slots=True, order=True)
class SecretSpan:
    """A secret from ``start`` to ``end``, in code points. kind: "aws_access_key", "password", ..."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """placeholders: each placeholder that was put in -> what it stands for."""

    text: str
    placeholders: Mapping[str, str] = field(default_factory=dict)


@cache
def kinds() -> frozenset[str]:
    """Every kind of secret that can be found."""
    return rules().kinds | frozenset(_OWN_KINDS)


def find_secrets(text: str) -> tuple[SecretSpan, ...]:
    """All secrets in the text, in order, none over another.

    Time is linear in the text's length, whatever it holds.
    """
    found: list[Found] = [(start, end, "private_key") for start, end in key_bodies(text)]
    found += urls(text)
    found += tokens(text, rules())
    lowered = _lowered(text)
    found += assignments(text, lowered)
    found += commands(text, lowered)
    found += manifests(text)
    return _disjoint(text, found) if found else ()


def mask(text: str) -> str:
    """The text with each secret's characters replaced, so that every offset and every line stays where it is."""
    return _replaced(text, find_secrets(text), lambda span: _NOT_NEWLINE.sub(FILLER, text[span.start : span.end]))


def redact(text: str, known: Mapping[str, str] | None = None) -> Redacted:
    """The text with a placeholder for each secret, an identifier that says its kind: ``SECRET_AWS_ACCESS_KEY_1``.

    The same value has the same placeholder. known: what other texts' placeholders stand for; they are used again, and
    their numbers are not given to anything else. To redact twice changes nothing.
    """
    used: dict[str, str] = {}
    for _ in range(_MOST_ROUNDS):
        spans = find_secrets(text)
        if not spans:
            break
        done = redact_spans(text, spans, {**(known or {}), **used}, placeholders_in(text))
        text, used = done.text, {**used, **done.placeholders}
    return Redacted(text, used)


def redact_spans(text: str, spans: Iterable[SecretSpan], known: Mapping[str, str], taken: Iterable[str]) -> Redacted:
    """The text with a placeholder for each span. taken: placeholders that the text itself says."""
    by_value = {value: placeholder for placeholder, value in known.items()}
    used: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for word in (*known, *taken):
        match = _PLACEHOLDER.match(word)
        if match is not None:
            numbers[match[1]] = max(numbers.get(match[1], 0), int(match[2]))

    def placeholder(span: SecretSpan) -> str:
        value = text[span.start : span.end]
        if value not in by_value:
            kind = span.kind.upper()
            numbers[kind] = numbers.get(kind, 0) + 1
            by_value[value] = f"SECRET_{kind}_{numbers[kind]}"
        used[by_value[value]] = value
        return by_value[value]

    return Redacted(_replaced(text, spans, placeholder), used)


def placeholders_in(text: str) -> set[str]:
    """The placeholders that the text says itself."""
    if "SECRET_" not in text:
        return set()
    return {match[0] for match in _PLACEHOLDER.finditer(text) if match[1].lower() in kinds()}


def is_placeholder(word: str) -> bool:
    """Whether ``redact`` could have put the word in."""
    match = _PLACEHOLDER.fullmatch(word)
    return match is not None and match[1].lower() in kinds()


def _replaced(text: str, spans: Iterable[SecretSpan], replacement: Callable[[SecretSpan], str]) -> str:
    parts: list[str] = []
    position = 0
    for span in spans:
        parts += (text[position : span.start], replacement(span))
        position = span.end
    return "".join((*parts, text[position:])) if parts else text


def _disjoint(text: str, found: list[Found]) -> tuple[SecretSpan, ...]:
    """In order; what overlaps becomes one, of the kind of the most exact one."""
    found.sort(key=lambda each: (each[0], -each[1]))
    spans: list[SecretSpan] = []
    for start, end, kind in found:
        if placeholders_in(text[start:end]):
            start, end = _beside_placeholders(text, start, end)
            if start == end:
                continue
        if spans and start < spans[-1].end:
            last = spans[-1]
            exact = kind if last.kind in _VAGUE else last.kind
            spans[-1] = SecretSpan(last.start, max(last.end, end), exact)
        else:
            spans.append(SecretSpan(start, end, kind))
    return tuple(spans)


def _beside_placeholders(text: str, start: int, end: int) -> tuple[int, int]:
    """The longest part that is no placeholder, to the sign that parts it from one; nothing when it is too short."""
    best = (start, start)
    position = start
    for match in (*_PLACEHOLDER.finditer(text, start, end), None):
        stop = end if match is None else match.start()
        part = text[position:stop]
        inner = part if match is None else part.rstrip(_SIGNS)
        inner = inner if position == start else inner.lstrip(_SIGNS)
        # A letter directly before a placeholder would be one with it.
        apart = match is None or not part or part[-1] in _SIGNS
        if (
            apart
            and len(part) >= LEAST_PASSWORD
            and len(inner) > best[1] - best[0]
            and password(inner, quoted=True, least=4)
        ):
            first = position + part.index(inner)
            best = (first, first + len(inner))
        position = end if match is None else match.end()
    return best


def _lowered(text: str) -> str:
    """In lower case with every character where it was: one capital alone becomes two characters."""
    return text.replace("\u0130", "i").lower()
