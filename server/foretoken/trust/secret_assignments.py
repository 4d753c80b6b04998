"""Passwords by what they are given to: ``password = "..."`` and its like, in code, settings and command lines."""

import re
import string
from collections.abc import Iterator

from foretoken.trust.secret_values import passphrase, password

# (start, end, kind), offsets into the text that was given.
Found = tuple[int, int, str]

# "password" is begun by the first in most languages that write with Latin letters.
_WORDS = (
    "pass",
    "pwd",
    "secret",
    "pw",
    "kennwort",
    "senha",
    "contrase",
    "haslo",
    "hasło",
    "parola",
    "пароль",
    "密码",
    "密碼",
    "psk",
)
# A type that stands between a name and its value: "&'static str", "str | None", "Optional[str]", "string | undefined".
TYPE = r"""[A-Za-z_&*?'\["][\w.<>\[\]?&*':!"]{0,40}+
      (?:(?:[ \t]{0,2}[|&][ \t]{0,2}|[ \t]{1,2}|,[ \t]{0,2}(?=[\w.]{1,30}[ \t]{0,2}[\]>]))
         [A-Za-z_&*?'"][\w.<>\[\]?&*':!"]{0,40}+){0,4}+"""
# An end of a line, as it is or as JSON writes it; a backslash may stand before it.
_END = r"(?:\\?\r?\n|(?:\\\\)?(?:\\r)?\\n)"
# Behind the word: the rest of the name, what gives it its value, and the value, to the line's end at most. What gives it
# may be another name ("value", where the first is the value of "name" or "key"), or the end of an element's first tag.
_GIVEN = re.compile(
    rf"""
    (?P<rest>[\w\-]{{0,32}}+) (?P<closed>\\{{0,3}}["'`]?\]?)
    (?:\[[0-9]{{0,4}}\])? [ \t]{{0,16}}+
    (?: >(?P<element>[^<>\s]{{1,256}}+)(?=</)
    | (?: (?P<sign>:[ \t]{{0,4}}(?:{TYPE})[ \t]{{0,2}}=(?![=>])
          | (?<=[ \t])(?:\*?string|\[\]byte)[ \t]{{1,4}}=
          | ,?[ \t]{{0,4}}(?:{_END}[ \t]{{0,40}})?\\{{0,3}}["']?[Vv]alue\\{{0,3}}["']?[ \t]{{0,4}}[=:]
          | ={{1,3}}|!==?|:=|=>|:|\(|\{{|,)
          [ \t]{{0,16}}+
          (?: (?P<below>[(\[]?[ \t]{{0,4}}{_END}[ \t]{{0,40}}+(?=[rRuULfFbB@]?\\{{0,3}}["']))
            | [(\[]{{1,2}}[ \t]{{0,4}}(?=[rRuULfFbB@]?\\{{0,3}}["']) )?+
        | (?<=[ \t]) )
      (?:@|[bBrRuULfF]{{1,2}}(?=["']))?
      (?: \\{{1,3}}"(?P<escaped>(?:[^"\\\r\n]|\\(?!")[^\r\n]){{1,256}}+)
        | \\{{1,3}}'(?P<escaped_single>(?:[^'\\\r\n]|\\(?!')[^\r\n]){{1,256}}+)
        | (?:"")?"(?P<double>(?:[^"\\\r\n]|\\[^\r\n]){{1,256}}+)
        | (?:'')?'(?P<single>(?:[^'\\\r\n]|\\[^\r\n]){{1,256}}+)
        | `(?P<back>[^`\r\n]{{1,256}}+)
        | \[={{0,4}}\[(?P<long>[^\]\r\n]{{1,256}}+)\]={{0,4}}\]
        | (?P<bare>[^\s"'`;&|,<>(){{}}\[\]\\]{{6,256}}+)
      )
    )
    """,
    re.VERBOSE,
)
_NAME_CHARACTERS = string.ascii_letters + string.digits + "_-."
# What may stand behind the word in a name that is still about the secret itself: "password_field" is not.
QUALIFIER = (
    r"(?:[_\-.]?(?:value|val|text|str|string|plain|raw|prod|production|dev|staging|local|default|base64|b64|hex|env"
    r"|[0-9]{1,3}|a|b|old|new))?"
)
_NAME = re.compile(
    rf"(?:passw(?:or)?d|passwort|passphrase|passcode|mot_?de_?passe|kennwort|senha|contrase[nñ]a|parola(?:_chiave)?|пароль|密[码碼]"
    rf"|(?:\A|[_\-.])(?:has[lł]o|pw|psk)|pwd|secret(?:[_\-.]?(?:access)?[_\-.]?key)?|(?:\A|[_\-.]"
    rf"|[a-z](?=P))(?i:pass)){QUALIFIER}\Z"
)
# Names whose value may have blanks in it, and what gives it; the value must be closed.
_PHRASE = re.compile(rf"(?:\A|[_\-.])(?:password|passphrase|pwd){QUALIFIER}\Z")
_PHRASE_SIGN = re.compile(r":=|[:=](?!=)|:.*=\Z")
# A line that a shell, a settings file, YAML or a container's recipe reads: the name first, the value to the end.
_HEAD = re.compile(r"[ \t]*+(?:(?:#+|//|;|-|>|\*)[ \t]*+)?(?:(?:export|set|setx|ENV|ARG|env:)[ \t]+)?\Z")
_INSTRUCTION = re.compile(r"[ \t]*+(?:ENV|ARG|setx|set)[ \t]+(?:-[a-zA-Z]{1,3}[ \t]+)?\Z")
_ENDS_VALUE = re.compile(r"[\n\r ;&\"'\\]|,\w{1,40}=|\Z")  # of one of several in a row
_ENDS_LINE = re.compile(r"[ \t]*+(?:\\?(?=[\r\n]|\Z)|[ \t]#|\\[rn])")


def assignments(text: str, lowered: str) -> Iterator[Found]:
    """lowered: the text in lower case, with the same offsets."""
    for word in _WORDS:
        position = lowered.find(word)
        while position >= 0:
            end = position + len(word)
            match = _GIVEN.match(text, end)
            if match is not None:
                span = _given(text, position, match)
                if span is not None:
                    yield (*span, "password")
                    end = max(end, span[1])
            position = lowered.find(word, end)


def _given(text: str, position: int, match: re.Match[str]) -> tuple[int, int] | None:
    group = match.lastgroup or ""
    value, start, sign = match[group], match.start(group), match["sign"]
    if group.startswith("escaped"):
        value = value.rstrip("\\")  # the escape of the quote that ends it
    near = text[max(0, position - 40) : position]
    first = position - len(near) + len(near.rstrip(_NAME_CHARACTERS))
    if first and text[first - 1] == "\\" and text[first : first + 1] in "nrt":
        first += 1  # an escape is no part of the name
    name = text[first : match.end("rest")]
    if _NAME.search(name.lower() if not name[-4:] == "Pass" else name) is None:
        return None
    if group == "element":
        if text[first - 1 : first] not in "<:" or not password(value, quoted=True):
            return None
    elif group == "bare":
        before = _line_before(text, first)
        if not _bare(text, name, before, value, sign, start):
            return None
    elif (sign == "," and not match["closed"]) or (sign is None and not _beside(name, match, start)):
        return None
    elif not password(value, quoted=True) and not (
        match["below"] is None
        and _PHRASE_SIGN.match(sign or "")
        and _PHRASE.search(name.lower())
        and _closed(text, match)
        and passphrase(value, "phrase" in name.lower())
    ):
        return None
    return start, start + len(value)


def _closed(text: str, match: re.Match[str]) -> bool:
    end = match.end()
    return text[end : end + 1] in ('"', "'") and text[end : end + 1] == text[match.start(match.lastgroup or "") - 1]


def _line_before(text: str, position: int) -> str:
    """The line up to the position, so much of it as is looked at; one that is written as an escape ends one, too."""
    near = max(0, position - 80)
    before = text[near:position]
    return before[max(before.rfind("\n") + 1, before.rfind("\\n") + 2 if "\\n" in before else 0) :]


def _beside(name: str, match: re.Match[str], start: int) -> bool:
    """Whether a quoted value stands beside its name with a blank between them: not in prose ("pass `x=1`")."""
    return match.end("closed") < start - 1 and len(name) > len("pass") and match.lastgroup != "back"


def _bare(text: str, name: str, before: str, value: str, sign: str | None, start: int) -> bool:
    """Whether a value without quotes is one, and not a variable or a type."""
    tight = sign == "=" and text[start - 1] == "="
    if name.startswith("-"):  # an option of a command
        return sign in ("=", None) and password(value, quoted=False)
    if sign is None:
        return _INSTRUCTION.match(before) is not None and password(value, quoted=True)
    if "alue" in sign:  # the value of a pair
        return _ENDS_LINE.match(text, start + len(value)) is not None and password(value, quoted=False)
    if sign not in ("=", ":"):
        return False
    if _HEAD.match(before) and _ENDS_LINE.match(text, start + len(value)):
        if "." in value and value.replace(".", "_").isidentifier():
            return False
        settings = tight and (name.isupper() or "." in name)
        return password(value, quoted=settings)
    return tight and _ENDS_VALUE.match(text, start + len(value)) is not None and password(value, quoted=False)
