"""Secrets with a shape of their own, and values drawn at random that are given to a name such as ``api_key``.

Only runs of sixteen and more of the characters that tokens are made of are looked at. In source such runs are long
identifiers for the most part; those with a digit are about 250 in a million characters.
"""

import re
from collections.abc import Iterator

from foretoken.trust.secret_assignments import QUALIFIER, TYPE, Found
from foretoken.trust.secret_manifests import KEY_TYPE, NEAR
from foretoken.trust.secret_rules import Rules
from foretoken.trust.secret_values import UUID, begins_random, looks_random, made_up, made_up_at, short_hex

_RUN = re.compile(r"[A-Za-z0-9_\-+/%~]{16,}")
_LEAST_BEGUN = 16
_BEGUN = re.compile(r"[A-Za-z0-9_\-+/%~]{8,}\Z")
_DIGIT = re.compile(r"[0-9]")
# How far before a run a token may begin ("access_token$production$" and sixteen more), and how far the name may.
_BEFORE = 48
_NAME_BEFORE = 96
_LONGEST_RUN = 4096
# In so much of a value it is looked for what makes it made up.
_MADE_UP_WITHIN = 128
# What may stand before a token although it ends with a letter or a digit: the escapes of strings, URLs and terminals.
_ESCAPE = re.compile(
    r"""(?:%[0-9A-Fa-f]{2} | \\(?:u[0-9A-Fa-f]{4} | x[0-9A-Fa-f]{2} | [0-7]{1,3} | [nrtbfv])
    | (?:\\(?:x1[bB] | 0?33 | e | E | u001[bB]) | \x1b) \[ [0-9;]{0,12} m)\Z""",
    re.VERBOSE,
)
_LONGEST_ESCAPE = 20

_ASSIGNED = re.compile(
    rf"""
    (?<![\w.\-]) (?P<name>[\w.\-]{{1,60}}+) \\{{0,3}}["'`\])]{{0,3}} [ \t]{{0,16}}
    (?: :[ \t]{{0,4}}(?:{TYPE})[ \t]{{0,2}}= | [ \t]\*?string[ \t]{{1,4}}=
      | ,?[ \t]{{0,4}}\\{{0,3}}["']?value\\{{0,3}}["']?[ \t]{{0,4}}[=:]
      | ={{1,3}} | !==? | := | => | : | \( | , | > | [ ] ) [ \t]{{0,16}}
    (?:[(\[][ \t]{{0,4}})? (?:\\{{0,3}}["'`])? (?:(?:bearer|basic|token|ssws|apikey)[ \t]{{1,4}}|base64:)?
    (?:@|[bru]{{1,2}}(?=["']))? (?:\\{{0,3}}["'`]){{0,3}}\Z
    """,
    re.VERBOSE,
)
# What gives a value that stands on the next line ends its line.
_BELOW = re.compile(r"(?<=[:=(])[ \t]{0,8}\\?\r?\n[ \t]{0,40}(?=[\"'`bru]{0,3}(?:[A-Za-z]{4,6} )?\Z)")
# The secret that belongs to an access key stands behind it, in a table or a call.
_AWS_SECRET = re.compile(r"[\"']?[ \t]{0,4}[,:;|\t][ \t]{0,4}[\"']?(?P<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])")
# The secret members of a JSON Web Key (RFC 7518).
_JWK_MEMBERS = frozenset(("d", "p", "q", "dp", "dq", "qi", "k"))
_KEY_NAME = re.compile(
    r"(?:(?:api|access|auth|secret|private|priv|signing|signature|encryption|encrypt|crypto|master|account"
    r"|service|client"
    r"|session|storage|shared|webhook|admin|app|application|consumer|license|deploy|hmac|jwt|cookie|db"
    r"|database|aes|root"
    r"|bot|personal|bearer|refresh|id)[_\-.]?(?:key|token|secret|hash[_\-]?key)|token|secret|passw(?:or)?d|pwd"
    r"|passphrase"
    rf"|authorization|bearer|secret_key_base|credentials?|[_\-]auth|authtoken|[_\-]pat){QUALIFIER}\Z"
)
_STRONG_NAME = re.compile(
    rf"(?:api[_\-]?key|secret(?:[_\-]?key)?|access[_\-]?token|auth[_\-]?token|authtoken){QUALIFIER}\Z"
)
# In a URL, and how long the value is at least.
_PARAMETERS = {"key": 16, "sig": 32, "code": 40, "signature": 40}
# In a cookie; the header's own name where the cookie is the first of it.
_COOKIE = ("cookie", "set-cookie")
_SESSION = re.compile(r"(?:sess(?:ion)?(?:[_\-.]?id)?|(?:\A|[_\-.])sid|auth|remember(?:[_\-]me)?)\Z")
# A literal that goes on in the next one: beside it, as in C and Python, or with a sign between them.
_QUOTES = ("'", '"')
_SEAM = re.compile(
    r"""(?P<quote>["'])[ \t]{0,8}(?:[+.&][ \t]{0,8})?(?:\\?\r?\n[ \t]{0,40}(?:[+.&][ \t]{0,8})?)?[bru]{0,2}(?P=quote)"""
)
_PIECE = re.compile(r"[A-Za-z0-9_\-+/=.]{4,256}+")
_MOST_PIECES = 4
_OTHER = re.compile(
    r"(?:next|page|paging|continuation|pagination|sync|cancel|cancellation|cursor|public|publishable|pub|stop"
    r"|start|end|eos"
    r"|bos|pad|special|mask|resume|change)[_\-.]?(?:page[_\-.]?)?(?:token|key)"
)


def tokens(text: str, rules: Rules) -> Iterator[Found]:
    """Secrets in runs of token characters."""
    samples = _Samples(text)
    for begin in rules.lettered:
        position = text.find(begin)
        while position >= 0:
            found, position = _token(text, position, begin, rules, samples)
            if found is not None:
                yield found
            position = text.find(begin, position)
    done = tried = 0
    for run in _RUN.finditer(text):
        start, end = run.span()
        if _DIGIT.search(text, start, end) is None:
            continue
        at = max(done, tried, start - _BEFORE)
        while (match := rules.any_beginning.search(text, at, end)) is not None:
            found, at = _token(text, match.start(), match[0], rules, samples)
            tried = at
            if found is not None:
                yield found
                done = at
                if found[2] == "aws_access_key":
                    secret = _AWS_SECRET.match(text, at)
                    if secret is not None and looks_random(secret["value"]):
                        yield *secret.span("value"), "aws_secret_key"
                        done = at = tried = secret.end()
        for shape in rules.any_shape.finditer(text, max(done, start - _BEFORE), min(len(text), end + 2 * _BEFORE)):
            if not made_up(shape[0]) and _drawn(shape[0]):
                yield *shape.span(), rules.shapes[(shape.lastindex or 1) - 1].kind
        if start >= done and text[end : end + 1] in _QUOTES:
            for found in _spliced(text, start, end, rules):
                yield found
                done = found[1]
        if start >= done and end - start <= _LONGEST_RUN:
            named = _named(text, start, end, rules)
            if named is not None:
                yield named


class _Samples:
    """What makes values made up; what has been found once is not looked for again in what begins before it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found = (0, 0)

    def made_up(self, start: int, end: int) -> bool:
        end = min(end, start + _MADE_UP_WITHIN)
        if start <= self._found[0] and self._found[1] <= end and self._found[1]:
            return True
        found = made_up_at(self._text, start, end)
        if found is not None:
            self._found = found
        return found is not None


def _token(text: str, start: int, begin: str, rules: Rules, samples: _Samples) -> tuple[Found | None, int]:
    """The secret that begins with ``begin`` at ``start``, and where to look on."""
    behind = start + 1
    if not _bounded(text, start):
        return None, behind
    for rule in rules.tokens[begin]:
        body = start + len(begin)
        limit = body + rule.tried
        match = rule.regex.match(text, body, limit)
        if match is None or not _drawn(match[0]):
            continue
        if match.end() == limit:
            behind = limit  # what goes on for so long and is none is something else
            match = rule.regex.match(text, body)
            if match is None:
                continue
        first, last = match.span("value") if "value" in rule.regex.groupindex else (start, match.end())
        if not samples.made_up(first, last):
            return (first, last, rule.kind), last
    return None, behind


def _spliced(text: str, start: int, end: int, rules: Rules) -> Iterator[Found]:
    """The pieces of a token whose beginning is the run from ``start`` to ``end``, and which goes on in other literals."""
    begin = rules.any_beginning.search(text, max(0, start - _BEFORE), end)
    if begin is None or not _bounded(text, begin.start()):
        return
    pieces = [(begin.start(), end)]
    while len(pieces) < _MOST_PIECES and (seam := _SEAM.match(text, pieces[-1][1])) is not None:
        piece = _PIECE.match(text, seam.end())
        if piece is None:
            break
        pieces.append(piece.span())
    whole = "".join(text[first:last] for first, last in pieces)
    for rule in rules.tokens[begin[0]] if len(pieces) > 1 else ():
        match = rule.regex.match(whole, len(begin[0]))
        if match is None or match.end() < len(whole) or not _drawn(match[0]) or made_up(whole):
            continue
        yield from ((first, last, rule.kind) for first, last in pieces)
        return


def _named(text: str, start: int, end: int, rules: Rules) -> Found | None:
    """What a run is because of the name that it is given to."""
    before = _line_before(text, start)
    assigned = _ASSIGNED.search(before)
    if assigned is None:
        return None
    padded = end
    while text.startswith("=", padded) and padded - end < 2:
        padded += 1
    if not text[padded : padded + 1].isalnum():  # what goes on is no padding
        end = padded
    value, name = text[start:end], assigned["name"]
    if made_up(value):
        return None
    for word in rules.any_name.finditer(before.replace(".", "_").replace("-", "_")):
        for rule in rules.named[word[0]]:
            if rule.regex.fullmatch(value) and _KEY_NAME.search(name) and _drawn(value):
                return start, end, rule.kind
    if name in _JWK_MEMBERS and looks_random(value):
        return (start, end, "jwk") if text.find(KEY_TYPE, max(0, start - NEAR), end + NEAR) >= 0 else None
    parameter = _PARAMETERS.get(name) if before[assigned.start("name") - 1 : assigned.start("name")] in "?&" else None
    if parameter is not None and len(value) >= parameter and looks_random(value):
        return start, end, "api_key"
    if (name in _COOKIE or (_SESSION.search(name) and "cookie" in before)) and looks_random(value):
        return start, end, "api_key"
    if _OTHER.search(name) is not None or _KEY_NAME.search(name) is None:
        return None
    strong = _STRONG_NAME.search(name) is not None
    if looks_random(value) or (strong and (UUID.match(value) or short_hex(value))):
        return start, end, "api_key"
    return None


def begun_value(text: str) -> Found | None:
    """The value at the end of the text, eight drawn characters at least, that is given to a name such as ``api_key``."""
    run = _BEGUN.search(text, max(0, len(text) - 2 * _LEAST_BEGUN))
    if run is None or not text[max(0, run.start() - 1) : run.start()].strip("\n"):
        return None
    assigned = _ASSIGNED.search(_line_before(text, run.start()))
    if assigned is None or _KEY_NAME.search(assigned["name"]) is None or _OTHER.search(assigned["name"]):
        return None
    return None if made_up(run[0]) or not begins_random(run[0]) else (*run.span(), "api_key")


def _line_before(text: str, start: int) -> str:
    """In lower case, up to the place; the line above belongs to it where it ends with what gives a value."""
    before = _BELOW.sub(" ", text[max(0, start - _NAME_BEFORE) : start])
    return before[before.rfind("\n") + 1 :].lower()


def _bounded(text: str, start: int) -> bool:
    """Whether a token may begin here: behind no letter and no digit, but for those of an escape (\\n, %22)."""
    if start == 0 or not (text[start - 1].isascii() and text[start - 1].isalnum()):
        return True
    return _ESCAPE.search(text[max(0, start - _LONGEST_ESCAPE) : start]) is not None


def _drawn(body: str) -> bool:
    """Whether it holds digits, or small letters and capitals: words alone are no secret."""
    if _DIGIT.search(body):
        return len(set(body)) > 4
    return not (body.islower() or body.isupper())
