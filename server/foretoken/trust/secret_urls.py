"""Passwords in URLs, those of databases too."""

import re
from collections.abc import Iterator

from foretoken.trust.secret_values import looks_random, made_up

_URL = re.compile(
    r"://(?P<user>[^\s:/?#\[\]@\"'<>`\\]{0,128}+)(?::(?P<value>[^\s@/?#\"'<>`\\\[\]]{1,256}+))?@(?=[\w\[${%-]|[\r\n\"'`]|\Z)"
)
# The drivers of databases take the last "@" for the one before the host, so passwords are often not escaped.
_DATABASE = re.compile(
    r"(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|clickhouse|cockroachdb|oracle)"
    r"(?:\+\w{1,16})?\Z"
)
_UNESCAPED = re.compile(r"://[^\s:/?#\[\]@\"'<>`\\]{0,128}+:(?P<value>[^\s/?\"'<>`\\]{1,300}+)")
_HOST = re.compile(r"[\w\[${%-]|[\r\n\"'`]|\Z")
_LONGEST_SCHEME = 32
_BEGUN = re.compile(r"://[^\s:/?#\[\]@\"'<>`\\]{1,128}+:(?P<value>[^\s@/?#\"'<>`\\\[\]]{5,}+)\Z")
_BEGUN_KEY = re.compile(r"://([0-9a-f]{12,32})\Z")
_LONGEST_BEGUN = 300
_COMMON = re.compile(
    r"(?i)(?:my|db|the|some|user)?[_-]?(?:passw(?:or)?d|pass|pwd?|secret|user(?:name)?|admin|root|guest"
    r"|postgres|mysql|test"
    r"|foo|bar|baz|token|key|host|api|login|rabbit(?:mq)?|redis|mongo|[a-z])\d{0,3}\Z"
)
_REFERENCE = re.compile(r"[${}%*]\w*[{}()*]|[{(]|\A\$|\A%[sdvq]\Z|\A:|\.\.")
_SENTRY_KEY = 32
_LEAST = 5
_WEB = re.compile(r"(?:https?|ftps?|ssh|git|wss?)\Z")


def urls(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of each password, and of the key that a Sentry URL has for a user."""
    position = -1
    while (position := text.find("://", position + 1)) >= 0:
        unescaped = _unescaped(text, position)
        if unescaped is not None:
            yield unescaped
            continue
        match = _URL.match(text, position)
        if match is None:
            continue
        if len(match["user"]) == _SENTRY_KEY and looks_random(match["user"]):
            yield match.start("user"), match.end("user"), "sentry_dsn"
        if _is_password(match["value"]):
            web = _WEB.search(text[max(0, position - 8) : position].lower())
            yield match.start("value"), match.end("value"), "url_password" if web else "database_password"


def _unescaped(text: str, position: int) -> tuple[int, int, str] | None:
    """The password of a database with a "#" or an "@" in it."""
    if _DATABASE.search(text[max(0, position - _LONGEST_SCHEME) : position].lower()) is None:
        return None
    match = _UNESCAPED.match(text, position)
    at = match["value"].rfind("@") if match is not None else -1
    if match is None or at < 0 or _HOST.match(text, match.start("value") + at + 1) is None:
        return None
    value = match["value"][:at]
    if ("#" not in value and "@" not in value) or not _is_password(value):
        return None
    return match.start("value"), match.start("value") + at, "database_password"


def begun_url(text: str) -> tuple[int, int, str] | None:
    """The password of a URL that ends with it, the user's part not being closed yet; or the key of a Sentry URL."""
    key = _BEGUN_KEY.search(text, max(0, len(text) - _LONGEST_BEGUN))
    if key is not None and not key[1].isdigit() and not key[1].isalpha():
        return *key.span(1), "sentry_dsn"
    match = _BEGUN.search(text, max(0, len(text) - _LONGEST_BEGUN))
    return None if match is None or not _is_password(match["value"]) else (*match.span("value"), "url_password")


def _is_password(value: str | None) -> bool:
    if value is None or len(value) < _LEAST or value.isdigit():
        return False
    return not (made_up(value) or _COMMON.match(value) or _REFERENCE.search(value))
