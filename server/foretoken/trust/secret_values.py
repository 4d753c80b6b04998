"""What a value says about itself: made up, a reference to something else, words, or drawn at random."""

import base64
import binascii
import re

# What people write where a secret is to be put, and what documentation shows.
_MADE_UP = re.compile(
    r"(?i)example|change.?me|placeholder|x{4,}|\*{3,}|\.{3}|…|redacted|1234567890|0123456789|abcdefgh|deadbeef"
    r"|(.)\1{5}"
    r"|(?<![a-z0-9])(?:your|my|insert|replace|todo|fixme|dummy|masked)(?![a-z0-9])"
)
_MADE_UP_PASSWORD = re.compile(
    r"(?i)passw|pass\b|pwd|secret|fake|sample|test|demo|mock|none|null|undefined|default|foobar|lorem|qwert|asdf"
    r"|(?:abc|123)\d*\Z|(?:foo|bar|baz|user|admin|root|guest|letme)\w{0,4}\Z"
)
_REFERENCE = re.compile(
    r"[$%#@]?\{|\}\Z|\$\(|\$\[|%[(\w]+[)%]|<[^<>]*>|\[[\w.\"']*\]|\(|\A[$@&*!%]\w+\Z|\A\$|::|->|=>|\b(?:env"
    r"|process|os|self|this|config|settings|args|vault|arn|ref|file|kms|op|ssm)[.:]"
)
# In quotes a sign at the beginning or a bracket alone is part of a password more often than a variable or a call.
_QUOTED_REFERENCE = re.compile(
    r"[$%#@]?\{|\}\Z|\$\(|\$\[|%[(\w]+[)%]|<[^<>]*>|\[[\w.\"']*\]|\w\([\w.,'\" ]*\)|\(\?|\A[$@&*!%](?!\w*\d[A-Za-z])\w+\Z"
    r"|\A\$(?![^\d]*\d[A-Za-z])|::|->|=>|\b(?:env|process|os|self|this|config|settings|args|vault|arn|ref|file|kms|op|ssm)[.:]"
)
# What no password is, but what a program says about one.
_PROSE = re.compile(
    r"(?i)\b(?:must|should|please|enter|your|the|is|are|of|for|char(?:acter)?s?|least|invalid|required|with|min|max|or|and"
    r"|to|not|no)\b|[.:?,]\Z|[\[\]{}<>()=]"
)
_PLACE = re.compile(
    r"\A(?:[a-zA-Z][a-zA-Z0-9+.\-]*://|\.{0,2}/|~/|[A-Za-z]:\\)|\A[\w.\-]+@[\w\-]+\.[a-z]{2,6}\Z"
    r"|\A[\w\-/]+\.[a-z]{2,5}\Z"
)
# Words, counted words ("sha256", "v2", "step3") and short numbers, as identifiers are made of.
_WORDS = re.compile(r"(?:[A-Za-z]+\d{0,3}|\d{1,4})(?:[-_./: ,]+(?:[A-Za-z]+\d{0,3}|\d{1,4}))*\Z")
_COUNTED = re.compile(
    r"(?i)(?:sha|md|aes|rsa|utf|base|u?int|float|pkcs|oauth|http|tls|ssl|ipv|win|part|key|field|type|arg|param"
    r"|value|var|line|row"
    r"|col|group|item|level|tab|page|step|string|str|text|token|id|name|version|bcrypt|argon|pbkdf|scrypt|hmac"
    r"|uuid|x|v|h)\d{1,4}\Z"
)
_HASH = re.compile(
    r"\A(?:\$(?:2[abxy]?|5|6|1|y|argon2\w*|pbkdf2[\w-]*|scrypt)\$|\{?(?:ssha|sha|md5|crypt|bcrypt"
    r"|pbkdf2)\w*[}$:]|pbkdf2_|sha\d+[-$:])",
    re.I,
)
UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\Z")
_HEX = re.compile(r"[0-9a-f]+\Z|[0-9A-F]+\Z")
_CHANGES = re.compile(r"(?<=[a-z])[A-Z0-9]|(?<=[A-Z])[a-z0-9]|(?<=[0-9])[A-Za-z]")
_DIGITS = re.compile(r"[0-9]+")
_STRONG = frozenset("!@#$%^&*?~|+=")

# Numbers that people count, date or fill with.
_ORDERLY = re.compile(
    r"(?:0123|1234|2345|3456|4567|5678|6789|9876|8765|7654|6543|5432|4321)|(.)\1{2}|\A(?:19|20)\d\d[01]\d[0-3]\d"
)
_SEED_LENGTHS = (12, 15, 18, 21, 24)  # words of a seed phrase (BIP 39)

LEAST_PASSWORD = 6  # characters; what is shorter is a label or a flag more often than a secret
LEAST_RANDOM = 16
_LEAST_HEX = 24


def made_up(value: str) -> bool:
    """Whether nobody would mistake it for a live secret: a name to be replaced, a row of x, a row of digits."""
    return _MADE_UP.search(value) is not None


def made_up_at(text: str, start: int, end: int) -> tuple[int, int] | None:
    """What makes the value from ``start`` to ``end`` made up: where it stands in the text."""
    match = _MADE_UP.search(text, start, end)
    return None if match is None else match.span()


def looks_random(value: str) -> bool:
    """Whether a value of sixteen characters or more was drawn rather than thought of.

    Counted are the changes between small letters, capitals and digits: random text of letters and digits changes at
    0.4 to 0.6 of its places, words and identifiers at less than 0.2. Entropy does not tell them apart at such lengths.
    """
    if len(value) < LEAST_RANDOM or len(set(value)) < 8:
        return False
    groups = _DIGITS.findall(value)
    if not groups or value.count("/") > 1 + len(value) // 16:
        return False
    if _HEX.match(value):
        return len(value) >= _LEAST_HEX and sum(map(len, groups)) < len(value)
    return len(_CHANGES.findall(value)) >= (0.25 if len(groups) > 1 else 0.4) * len(value)


def short_hex(value: str) -> bool:
    """Whether sixteen to 23 hexadecimal digits were drawn: too few to say so without a name that does."""
    return LEAST_RANDOM <= len(value) < _LEAST_HEX and _HEX.match(value) is not None and begins_random(value)


def seed_phrase(value: str) -> bool:
    """Whether words are those that a wallet's key is made of, and no sample of the same word over and over."""
    words = value.split(" ")
    return len(words) in _SEED_LENGTHS and len(set(words)) >= 2 * len(words) // 3 and "the" not in words


def basic_credentials(value: str) -> bool:
    """Whether a value is ``user:password`` in Base64, as HTTP's basic authorization has it (RFC 7617)."""
    try:
        user, colon, word = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return bool(colon) and user.isprintable() and word.isprintable() and len(word) >= 4 and not made_up(word)


def begins_random(value: str) -> bool:
    """Whether eight characters and more are the beginning of something drawn, and no word or number."""
    if len(set(value)) < 6 or not any(ch.isalpha() for ch in value) or _WORDS.match(value):
        return False
    groups = _DIGITS.findall(value)
    return len(groups) > 1 and (len(_CHANGES.findall(value)) >= 0.3 * len(value) or _HEX.match(value) is not None)


def passphrase(value: str, words: bool) -> bool:
    """Whether a value with blanks in it is a password. words: words and a number are enough."""
    if not 8 <= len(value) <= 80 or value != value.strip() or "  " in value or _PROSE.search(value):
        return False
    if not any(ch.isdigit() for ch in value) or made_up(value.replace("my ", "")) or _MADE_UP_PASSWORD.search(value):
        return False
    return not _STRONG.isdisjoint(value[-1:]) or (words and value.count(" ") >= 2)


def password(value: str, quoted: bool, least: int = LEAST_PASSWORD) -> bool:
    """Whether a value that is given to a name such as ``password`` is one, and not a reference, a label or a sample.

    quoted: it stands in quotes, so it is no variable's name.
    """
    if not least <= len(value) <= 256 or any(ch.isspace() for ch in value):
        return False
    has_digit = any(ch.isdigit() for ch in value)
    if value.isdigit():
        return quoted and len(value) <= 20 and len(set(value)) >= 4 and _ORDERLY.search(value) is None
    if not any(ch.isalpha() for ch in value) or not (has_digit or not _STRONG.isdisjoint(value)):
        return False
    if (
        made_up(value)
        or (_QUOTED_REFERENCE if quoted else _REFERENCE).search(value)
        or _PLACE.match(value)
        or _HASH.match(value)
    ):
        return False
    if _MADE_UP_PASSWORD.search(value) and not looks_random(value) and not _rich(_MADE_UP_PASSWORD.sub("", value)):
        return False
    if looks_random(value):
        return True
    if not has_digit and value.strip("=+?*!&|~").isalnum():
        return False  # a word with a sign at its end or beginning
    if _WORDS.match(value):
        # One word with a number at its end ("hunter2") is how people make passwords; several are an identifier.
        return quoted and value.isalnum() and not _COUNTED.match(value)
    return True


def _rich(rest: str) -> bool:
    """Whether what is left of a value without its words still has letters of both kinds, digits and signs."""
    return (
        len(rest) >= 8
        and any(ch.isdigit() for ch in rest)
        and any(ch.islower() for ch in rest)
        and any(ch.isupper() for ch in rest)
        and not _STRONG.isdisjoint(rest)
    )
