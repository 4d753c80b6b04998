"""What a prompt may say of the file: prefix, what was typed, and suffix, with placeholders for secrets.

It happens before the window is cut, so that no half of a secret stands at the window's edge. What the anchor says is
looked at once for an anchor; at a key only what was typed, and the rest of the cursor's line.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from foretoken.session.anchor import Anchor
from foretoken.trust.secret_blocks import open_key
from foretoken.trust.secret_cursor import find_begun, find_near, read_together, read_with
from foretoken.trust.secret_manifests import declares
from foretoken.trust.secrets import SecretSpan, find_secrets, placeholders_in, redact_spans

# Characters beyond what a prompt has room for that are looked at, since a placeholder is shorter than a private key.
SPARE = 16 * 1024
# The anchor in use, the one that is being prepared, and the two that came before.
_KEPT = 4


@dataclass(frozen=True, slots=True)
class _Around:
    """before, after: redacted, but for ``tail``, the beginning of what follows. head: the end of ``before`` as it is in
    the file: a private key that it begins and does not end, or what the next lines must be read with. secrets: those of
    the tail that show without what was typed. known, taken: see ``redact_spans``.
    """

    before: str
    head: str
    tail: str
    secrets: tuple[SecretSpan, ...]
    after: str
    known: dict[str, str]
    taken: frozenset[str]


def redacted(anchor: Anchor, typed: str, room: int) -> tuple[str, str, str]:
    """Prefix, typed text and suffix for a prompt, with ``\\n`` at their lines' ends.

    room: how many characters the prompt may show; what is farther away is left out, of the prefix all but its lines'
    ends. A secret that is cut by the cursor is replaced on both sides.
    """
    typed = unix(typed)
    line = anchor.suffix[: anchor.suffix.find("\n") + 1 or None]
    # What is typed says nothing of what stands around it nearly always; else all is looked at again.
    middle = typed if declares(typed + line) else ""
    around = _around(anchor.prefix, anchor.suffix, room + SPARE, middle)
    return around.before, *_at_the_cursor(around, typed)


def unix(text: str) -> str:
    """Models are trained on ``\\n``; editors put their own line ends into what they insert."""
    return text.replace("\r\n", "\n") if "\r" in text else text


def _at_the_cursor(around: _Around, typed: str) -> tuple[str, str]:
    """What was typed, and what follows it."""
    joined = around.head + typed + around.tail
    first, last = len(around.head), len(around.head) + len(typed)
    spans = [span for span in find_near(joined) if span.end > first]
    begun = [SecretSpan(max(first, span.start), last, span.kind) for span in find_begun(joined[:last])]
    spans += [span for span in begun if not any(span.start < other.end for other in spans)]
    known_before = _moved(around.secrets, -last)
    spans += [span for span in known_before if not any(span.start < o.end and o.start < span.end for o in spans)]
    spans.sort()
    if not spans:
        return typed, around.tail + around.after
    inside = [span for span in spans if first <= span.start < last]
    behind = [span for span in spans if span.start >= last]
    # A key that the prefix begins has its placeholder there already.
    start = max((min(span.end, last) for span in spans if span.start < first), default=first)
    end = max((span.end for span in inside), default=last)
    shown = redact_spans(joined[start : max(end, last)], _moved(inside, start), around.known, around.taken)
    rest = max((span.end for span in spans if span.start < last), default=last)
    rest = max(rest, last)
    known = {**around.known, **shown.placeholders}
    tail = redact_spans(joined[rest:], _moved(behind, rest), known, around.taken)
    return shown.text, tail.text + around.after


def _moved(spans: Iterable[SecretSpan], start: int) -> list[SecretSpan]:
    return [SecretSpan(span.start - start, span.end - start, span.kind) for span in spans]


@lru_cache(maxsize=_KEPT)
def _around(prefix: str, suffix: str, reach: int, middle: str) -> _Around:
    """middle: what is read between the two, and no part of either."""
    before, after = unix(prefix), _beginning(unix(suffix), reach)
    far = before.rfind("\n", 0, len(before) - reach) + 1 if len(before) > reach else 0
    far = far or max(0, len(before) - reach)
    lines, before = "\n" * before.count("\n", 0, far), before[far:]
    taken = frozenset(placeholders_in(before) | placeholders_in(after))
    # Together, since what is above says of what is below what it is, and the other way round.
    spans = find_secrets(before + middle + after)
    border = len(before)
    above = [SecretSpan(span.start, min(span.end, border), span.kind) for span in spans if span.start < border]
    shown = redact_spans(before, above, {}, taken)
    key = open_key(before)
    border += len(middle)
    spans = _moved([span for span in spans if span.start >= border], border)
    end = _tail_end(after, key is not None)
    for span in spans:
        if span.start < end < span.end:
            end = span.end
    # The tail's own are numbered first, so that nothing that is typed changes what stands behind it.
    near = [span for span in spans if span.end <= end]
    early = redact_spans(after[:end], near, shown.placeholders, taken)
    known = {**shown.placeholders, **early.placeholders}
    late = redact_spans(after[end:], _moved([span for span in spans if span.start >= end], end), known, taken)
    return _Around(
        lines + shown.text,
        read_with(before, after) if key is None else before[key:],
        after[:end],
        tuple(near),
        late.text,
        {**known, **late.placeholders},
        taken,
    )


def _beginning(text: str, reach: int) -> str:
    """So much of the text as is looked at, to a line's end."""
    if len(text) <= reach:
        return text
    return text[: text.rfind("\n", 0, reach) + 1 or reach]


def _tail_end(after: str, in_key: bool) -> int:
    """How much of what follows is read together with what was typed: some lines, or what is left of a private key."""
    line = read_together(after)
    ends = after.find("-----END ") if in_key or after.find("-----END ", 0, SPARE) >= 0 else -1
    begins = after.find("-----BEGIN ")
    if ends >= 0 and (begins < 0 or begins > ends) and ends <= SPARE:
        return max(line, ends)
    return line
