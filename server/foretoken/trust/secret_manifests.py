"""What is secret because of the document that it stands in: the values of a Kubernetes Secret, and of a JSON Web Key.

A line of such a document says nothing of it, so ``heading`` says for a line what the document does.
"""

import itertools
import re
from collections.abc import Iterator

from foretoken.trust.secret_assignments import Found
from foretoken.trust.secret_values import made_up

# https://kubernetes.io/docs/concepts/configuration/secret/
_KIND = re.compile(r"^kind:[ \t]{1,4}[\"']?Secret[\"']?[ \t]*\r?$", re.MULTILINE)
_DIVIDER = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_DATA = re.compile(r"^(?:data|stringData):[ \t]*\r?$", re.MULTILINE)
_LEFT = re.compile(r"^[^\s#]", re.MULTILINE)
_ENTRY = re.compile(
    r"[ \t]{1,16}+\\?\"?[\w.\-]{1,120}+\\?\"?:[ \t]+\\?[\"']?(?P<value>[^\s\"'|>&*{\[#!<$\\][^\"'\r\n\\]{3,4096}+)"
)
KEY_TYPE = '"kty'  # RFC 7517: every JSON Web Key has it; without the second quote, before which there may be an escape
_DECLARATION = re.compile(r"^(?:kind:|data:|stringData:|---)|\"kty", re.MULTILINE)
NEAR = 4096  # how far away what a document is may be said


def manifests(text: str) -> Iterator[Found]:
    """The values under ``data`` and ``stringData`` of each Kubernetes Secret in YAML."""
    if "kind:" not in text or "Secret" not in text:
        return
    if "\\nkind:" in text or "\\ndata:" in text or "\\nstringData:" in text:
        text = text.replace("\\r\\n", "   \n").replace("\\n", " \n")  # as JSON writes it; all stays at its place
    dividers = [match.end() for match in _DIVIDER.finditer(text)]
    for start, end in itertools.pairwise((0, *dividers, len(text))):
        if _KIND.search(text, start, end) is not None:
            for data in _DATA.finditer(text, start, end):
                yield from _entries(text, data.end(), end)


def declares(text: str) -> bool:
    """Whether the text may be what says of other lines that they are secret."""
    return _DECLARATION.search(text) is not None


def heading(above: str, below: str) -> str:
    """What a line between the two must be read with: empty nearly always, else lines that make of its values what the
    document does. above, below: the text before and behind the line; ``NEAR`` characters of each are looked at."""
    above, below = above[-NEAR:], below[:NEAR]
    if KEY_TYPE in above or KEY_TYPE in below:
        return f'{KEY_TYPE}"\n'
    if "data:" in above.lower() and ("kind:" in above or "kind:" in below):
        above = above[max((match.end() for match in _DIVIDER.finditer(above)), default=0) :]
        divider = _DIVIDER.search(below)
        below = below if divider is None else below[: divider.start()]
        data = max((match.end() for match in _DATA.finditer(above)), default=None)
        if data is not None and _LEFT.search(above, data) is None and (_KIND.search(above) or _KIND.search(below)):
            return "kind: Secret\ndata:\n"
    return ""


def _entries(text: str, start: int, end: int) -> Iterator[Found]:
    position = text.find("\n", start, end) + 1
    while 0 < position < end and _LEFT.match(text, position) is None:
        line_end = text.find("\n", position, end)
        line_end = end if line_end < 0 else line_end
        entry = _ENTRY.match(text, position, line_end)
        if entry is not None:
            value = entry["value"].partition(" #")[0].rstrip()
            if not made_up(value):
                yield entry.start("value"), entry.start("value") + len(value), "kubernetes_secret"
        position = line_end + 1
