"""Passwords in command lines and calls whose own place says what they are: ``curl -u``, ``IDENTIFIED BY`` and others."""

import re
from collections.abc import Iterator

from foretoken.trust.secret_assignments import Found
from foretoken.trust.secret_values import password

_BARE = r"[^\s\"'`;&|<>(){}\[\]\\]{6,128}+"
_VALUE = rf"(?:\\?\"(?P<double>[^\"\\\r\n]{{1,128}}+)\\?\"|'(?P<single>[^'\r\n]{{1,128}}+)'|(?P<bare>{_BARE}))"
# What must stand in the text -> what stands from there on; from a command to its option it is one line.
_PLACES = (
    (
        "curl",
        r"curl\b[^\r\n|;]{0,200}?[ \t](?:-u|--user|--proxy-user|-U)[ \t=]{0,4}[\"']?[^\s:\"'$]{1,64}:(?P<bare>" + _BARE + ")",
    ),
    ("mysql", r"mysql(?:dump|admin|import|show)?[ \t][^\r\n|;]{0,120}?(?<=[ \t])-p" + _VALUE),
    ("sshpass", r"sshpass[ \t]{1,4}-p[ \t]{0,4}" + _VALUE),
    ("login", r"login[ \t][^\r\n|;]{0,120}?(?<=[ \t])(?:-p|--password)[ \t=]{1,4}" + _VALUE),
    ("dentified", r"dentified[ \t]+(?:with[ \t]+[\w'\"]{1,40}[ \t]+)?by[ \t]+" + _VALUE),
    ("securestring", r"securestring[ \t]+(?:-string[ \t]+)?" + _VALUE),
    ("auth", r"auth[ \t]{0,4}=[ \t]{0,4}[(\[][ \t]{0,4}[\"'][^\"'\r\n]{1,64}[\"'],[ \t]{0,4}" + _VALUE),
    ("basicauth", r"basicauth\([ \t]{0,4}[\"'][^\"'\r\n]{1,64}[\"'],[ \t]{0,4}" + _VALUE),
    ("net user", r"net user[ \t]{1,4}[^\s/]{1,40}[ \t]{1,4}(?P<bare>" + _BARE + ")"),
)  # fmt: skip
_COMPILED = tuple((word, re.compile(pattern, re.IGNORECASE)) for word, pattern in _PLACES)


def commands(text: str, lowered: str) -> Iterator[Found]:
    """lowered: the text in lower case, with the same offsets."""
    for word, pattern in _COMPILED:
        position = lowered.find(word)
        while position >= 0:
            match = pattern.match(text, position)
            position += len(word)
            if match is not None:
                group = match.lastgroup or ""
                if password(match[group], quoted=group != "bare"):
                    yield *match.span(group), "password"
                    position = match.end()
            position = lowered.find(word, position)
