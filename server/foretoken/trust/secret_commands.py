"""Secrets whose own place says what they are: options of commands, arguments of calls, ``IDENTIFIED BY`` and others."""

import re
from collections.abc import Callable, Iterator

from foretoken.trust.secret_assignments import Found
from foretoken.trust.secret_values import basic_credentials, password, seed_phrase

_Judge = Callable[[str, bool], bool]

_BARE = r"[^\s\"'`;&|<>(){}\[\]\\]{6,128}+"
# The second quote may not be typed yet.
_QUOTED = (
    r"(?:\\?\"(?P<double>[^\"\\\r\n]{1,128}+)(?:\\?\"|(?=[\r\n]|\Z))|'(?P<single>[^'\r\n]{1,128}+)(?:'|(?=[\r\n]|\Z)))"
)
_VALUE = rf"(?:{_QUOTED}|(?P<bare>{_BARE}))"
_STRING = r"(?:\\?\"[^\"\\\r\n]{0,128}+\\?\"|'[^'\r\n]{0,128}+'|\$?[A-Za-z_][\w.]{0,40}+)"
_BASE64 = r"(?P<bare>[A-Za-z0-9+/]{8,512}+={0,2})"
_PHRASE = (
    r"\w{0,20}\\{0,3}[\"'`\]]{0,2}[ \t]{0,8}(?::[ \t]?[\w.]{1,20}[ \t]?)?[:=(,][ \t]{0,8}\\{0,3}[\"'`]?"
    r"(?P<bare>(?:[a-z]{3,8} ){11,23}[a-z]{3,8})(?![a-z])"
)


def _is_password(value: str, quoted: bool) -> bool:
    return password(value, quoted)


def _is_password_there(value: str, quoted: bool) -> bool:
    """Where no variable can stand."""
    return password(value, True)


def _is_credentials(value: str, quoted: bool) -> bool:
    return basic_credentials(value)


def _is_seed(value: str, quoted: bool) -> bool:
    return seed_phrase(value)


# What must stand in the text -> what stands from there on; from a command to its option it is one line.
_PLACES: tuple[tuple[str, str, _Judge], ...] = (
    (
        "curl",
        r"curl\b[^\r\n|;]{0,200}?[ \t](?:-u|--user|--proxy-user|-U)[ \t=]{0,4}[\"']?[^\s:\"'$]{1,64}:(?P<bare>" + _BARE + ")",
        _is_password,
    ),
    ("mysql", r"mysql(?:dump|admin|import|show)?[ \t][^\r\n|;]{0,120}?(?<=[ \t])-p" + _VALUE, _is_password),
    ("sshpass", r"sshpass[ \t]{1,4}-p[ \t]{0,4}" + _VALUE, _is_password),
    ("login", r"login[ \t][^\r\n|;]{0,120}?(?<=[ \t])(?:-p|--password)[ \t=]{1,4}" + _VALUE, _is_password),
    ("login", r"login[ \t]{1,4}[^\s\\]{1,64}(?:\s|\\[rnt]){1,40}password[ \t]{1,4}" + _VALUE, _is_password_there),  # .netrc
    ("dentified", r"dentified[ \t]+(?:with[ \t]+[\w'\"]{1,40}[ \t]+)?by[ \t]+" + _VALUE, _is_password),
    ("securestring", r"securestring[ \t]+(?:-string[ \t]+)?" + _VALUE, _is_password),
    ("auth", r"auth[ \t]{0,4}=[ \t]{0,4}[(\[][ \t]{0,4}[\"'][^\"'\r\n]{1,64}[\"'],[ \t]{0,4}" + _VALUE, _is_password),
    ("auth", r"auth\\{0,3}[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,3}[\"']?" + _BASE64, _is_credentials),  # of a registry
    ("basic", r"basic[ \t]{1,4}" + _BASE64, _is_credentials),
    ("auth", r"(?<=basic)auth\([ \t]{0,4}[\"'][^\"'\r\n]{1,64}[\"'],[ \t]{0,4}" + _VALUE, _is_password),
    ("net user", r"net user[ \t]{1,4}[^\s/]{1,40}[ \t]{1,4}(?P<bare>" + _BARE + ")", _is_password),
    ("redis-cli", r"redis-cli\b[^\r\n|;]{0,120}?[ \t](?:-a|--pass)[ \t]{1,4}" + _VALUE, _is_password_there),
    (
        "ldap",
        r"ldap(?:search|add|modify|delete|whoami|passwd)[ \t][^\r\n|;]{0,200}?(?<=[ \t])-w[ \t]{0,4}" + _VALUE,
        _is_password_there,
    ),
    ("-pass", r"-pass(?:in|out)?[ \t]{1,4}[\"']?pass:(?P<bare>" + _BARE + ")", _is_password),  # of openssl
    (":5432:", r":5432:[\w\-*.]{1,64}:[\w\-.]{1,64}:(?P<bare>" + _BARE + r")(?=[\s\"'\\]|\Z)", _is_password_there),  # .pgpass
    ("jdbc:oracle:", r"jdbc:oracle:\w{2,6}:[^\s/@\"']{1,64}/(?P<bare>[^\s\"'@/]{6,128}+)(?=[@\s\"']|\Z)", _is_password_there),
    ("mysql", rf"mysqli(?:_connect)?\([ \t]{{0,8}}{_STRING},[ \t]{{0,8}}{_STRING},[ \t]{{0,8}}" + _QUOTED, _is_password),
    ("pdo(", rf"pdo\([ \t]{{0,8}}{_STRING},[ \t]{{0,8}}{_STRING},[ \t]{{0,8}}" + _QUOTED, _is_password),
    ("getconnection(", rf"getconnection\([ \t]{{0,8}}{_STRING},[ \t]{{0,8}}{_STRING},[ \t]{{0,8}}" + _QUOTED, _is_password),
    # A variable of Terraform.
    (
        "variable",
        r"variable[ \t]{1,4}\\?\"[\w\-]{0,60}(?:passw(?:or)?d|secret)\\?\"[ \t]{0,4}"
        r"\{[^{}]{0,300}?\bdefault[ \t]{0,20}=[ \t]{0,20}" + _QUOTED,
        _is_password,
    ),
    ("mnemonic", "mnemonic" + _PHRASE, _is_seed),
    ("seed", r"seed[_\- ]?(?:phrase|words?)" + _PHRASE, _is_seed),
    ("recovery", r"recovery[_\- ]?(?:phrase|words?)" + _PHRASE, _is_seed),
)  # fmt: skip
_COMPILED: dict[str, list[tuple[re.Pattern[str], _Judge]]] = {}
for _word, _pattern, _judge in _PLACES:
    _COMPILED.setdefault(_word, []).append((re.compile(_pattern, re.IGNORECASE), _judge))


def commands(text: str, lowered: str) -> Iterator[Found]:
    """lowered: the text in lower case, with the same offsets."""
    for word, places in _COMPILED.items():
        position = lowered.find(word)
        while position >= 0:
            behind = position + len(word)
            for pattern, judge in places:
                match = pattern.match(text, position)
                if match is not None:
                    group = match.lastgroup or ""
                    if judge(match[group], group != "bare"):
                        yield *match.span(group), "password"
                        behind = max(behind, match.end())
            position = lowered.find(word, behind)
