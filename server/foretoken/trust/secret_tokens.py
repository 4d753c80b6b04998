"""Secrets with a shape of their own, and values drawn at random that are given to a name such as ``api_key``.

Only runs of sixteen and more of the characters that tokens are made of are looked at. In source such runs are long
identifiers for the most part; those with a digit are about 250 in a million characters.
"""

import re
from collections.abc import Iterator

from foretoken.trust.secret_assignments import QUALIFIER, Found
from foretoken.trust.secret_rules import Rules
from foretoken.trust.secret_values import UUID, looks_random, made_up

_RUN = re.compile(r"[A-Za-z0-9_\-+/%~]{16,}")
_DIGIT = re.compile(r"[0-9]")
# How far before a run a token may begin ("access_token$production$" and sixteen more), and how far the name may.
_BEFORE = 48
_NAME_BEFORE = 96
_LONGEST_RUN = 4096

_ASSIGNED = re.compile(
    r"""
    (?<![\w.\-]) (?P<name>[\w.\-]{2,60}+) \\{0,3}["'`\])]{0,3} [ \t]{0,16}
    (?: :[ \t]{0,4}[A-Za-z_][\w.<>\[\]?|]{0,30}[ \t]{0,2}= | ={1,3} | !==? | := | => | : | \( | , | [ ] ) [ \t]{0,16}
    (?:\\{0,3}["'`])? (?:(?:bearer|basic|token|ssws|apikey)[ \t]{1,4})?
    (?:@|[bru]{1,2}(?=["']))? (?:\\{0,3}["'`]){0,3}\Z
    """,
    re.VERBOSE,
)
_KEY_NAME = re.compile(
    r"(?:(?:api|access|auth|secret|private|priv|signing|signature|encryption|encrypt|crypto|master|account"
    r"|service|client"
    r"|session|storage|shared|webhook|admin|app|application|consumer|license|deploy|hmac|jwt|cookie|db"
    r"|database|aes|root"
    r"|bot|personal|bearer|refresh|id)[_\-.]?(?:key|token|secret|hash[_\-]?key)|token|secret|passw(?:or)?d|pwd"
    r"|passphrase"
    rf"|authorization|bearer|credentials?|[_\-]auth|authtoken|[_\-]pat){QUALIFIER}\Z"
)
_STRONG_NAME = re.compile(
    rf"(?:api[_\-]?key|secret(?:[_\-]?key)?|access[_\-]?token|auth[_\-]?token|authtoken){QUALIFIER}\Z"
)
_OTHER = re.compile(
    r"(?:next|page|paging|continuation|pagination|sync|cancel|cancellation|cursor|public|publishable|pub|stop"
    r"|start|end|eos"
    r"|bos|pad|special|mask|resume|change)[_\-.]?(?:page[_\-.]?)?(?:token|key)"
)


def tokens(text: str, rules: Rules) -> Iterator[Found]:
    """Secrets in runs of token characters."""
    for begin in rules.lettered:
        position = text.find(begin)
        while position >= 0:
            found = _token(text, position, begin, rules)
            if found is not None:
                yield found
            position = text.find(begin, position + 1)
    done = 0
    for run in _RUN.finditer(text):
        start, end = run.span()
        if _DIGIT.search(text, start, end) is None:
            continue
        at = max(done, start - _BEFORE)
        while (match := rules.any_beginning.search(text, at, end)) is not None:
            at = match.start() + 1
            found = _token(text, match.start(), match[0], rules)
            if found is not None:
                yield found
                at = done = found[1]
        for shape in rules.any_shape.finditer(text, max(done, start - _BEFORE), min(len(text), end + 2 * _BEFORE)):
            if not made_up(shape[0]) and _drawn(shape[0]):
                yield *shape.span(), rules.shapes[(shape.lastindex or 1) - 1].kind
        if start >= done and end - start <= _LONGEST_RUN:
            named = _named(text, start, end, rules)
            if named is not None:
                yield named


def _token(text: str, start: int, begin: str, rules: Rules) -> Found | None:
    """The secret that begins with ``begin`` at ``start``."""
    if not _bounded(text, start):
        return None
    for rule in rules.tokens[begin]:
        match = rule.regex.match(text, start + len(begin))
        if match is None or not _drawn(match[0]):
            continue
        first, last = match.span("value") if "value" in rule.regex.groupindex else (start, match.end())
        if not made_up(text[first:last]):
            return first, last, rule.kind
    return None


def _named(text: str, start: int, end: int, rules: Rules) -> Found | None:
    """What a run is because of the name that it is given to."""
    before = text[max(0, start - _NAME_BEFORE) : start]
    before = before[before.rfind("\n") + 1 :].lower()
    assigned = _ASSIGNED.search(before)
    if assigned is None:
        return None
    while text.startswith("=", end) and end - start < _LONGEST_RUN and not text.startswith("==", end - 1):
        end += 1  # padding
    value, name = text[start:end], assigned["name"]
    if made_up(value):
        return None
    for word in rules.any_name.finditer(before.replace(".", "_").replace("-", "_")):
        for rule in rules.named[word[0]]:
            if rule.regex.fullmatch(value) and _KEY_NAME.search(name) and _drawn(value):
                return start, end, rule.kind
    if _OTHER.search(name) is not None or _KEY_NAME.search(name) is None:
        return None
    if looks_random(value) or (UUID.match(value) and _STRONG_NAME.search(name)):
        return start, end, "api_key"
    return None


def _bounded(text: str, start: int) -> bool:
    """Whether a token may begin here: behind no letter and no digit, but for that of an escape (\\n)."""
    if start == 0 or not (text[start - 1].isascii() and text[start - 1].isalnum()):
        return True
    return text[start - 1] in "nrt" and text.startswith("\\", start - 2)


def _drawn(body: str) -> bool:
    """Whether it holds digits, or small letters and capitals: words alone are no secret."""
    if _DIGIT.search(body):
        return len(set(body)) > 4
    return not (body.islower() or body.isupper())
