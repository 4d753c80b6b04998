"""Thinking and answer apart, by the tags that the model's own chat template writes."""

import re
from dataclasses import dataclass

# In any of the brackets that templates use.
_TAG = re.compile(r"[<\[][^<>\[\]]+[>\]]")
_LAST_TAG = re.compile(r"([<\[])([^\s<>\[\]/|]+)([>\]])\s*\Z")


@dataclass(frozen=True, slots=True)
class Tags:
    """How this model marks what it thinks.

    begun: the prompt itself opens the thinking, so the answer begins in it. always: it cannot be switched off.
    """

    opening: str
    closing: str
    begun: bool
    always: bool = False


def find_tags(on: str, off: str, source: str) -> Tags | None:
    """The tags, or None when the template knows no thinking.

    on, off: what the template writes as the beginning of an answer, with thinking switched on and off. A template
    that can switch it off writes an empty thinking then, or the closing tag alone. source: the template; one that
    always opens the thinking names the closing tag in there.
    """
    if on.strip() == off.strip():
        match = _LAST_TAG.search(on)
        closing = f"{match[1]}/{match[2]}{match[3]}" if match else ""
        return Tags(match[0].strip(), closing, True, always=True) if match and closing in source else None
    common = _common(on.rstrip(), off)
    opened, empty = _TAG.findall(on[common:]), _TAG.findall(off[common:])
    if len(opened) == 1 and len(empty) == 1:
        return Tags(opened[0], empty[0], True)
    if not opened and not on[common:].strip() and len(empty) == 2:
        return Tags(empty[0], empty[1], False)
    before = _TAG.findall(on)
    if not opened and len(empty) == 1 and before:
        return Tags(before[-1], empty[0], True)
    return None


def _common(first: str, second: str) -> int:
    """How long a beginning they have in common; a tag is not cut."""
    shorter = min(len(first), len(second))
    length = next((n for n in range(shorter) if first[n] != second[n]), shorter)
    opened = max(first.rfind(bracket, 0, length) for bracket in "<[")
    return length if _TAG.match(first, opened, length) or opened < 0 else opened


class Split:
    """One answer's text, as it comes, into (thinking, answer). White space around the tags is nobody's."""

    def __init__(self, tags: Tags | None) -> None:
        """tags: None = everything is the answer."""
        self._tags = tags
        # Whether the thinking is going on; None = not known yet.
        self._thinking = False if tags is None else True if tags.begun else None
        self._held = ""
        self._fresh = True  # nothing but white space has come since the last tag

    def feed(self, text: str) -> tuple[str, str]:
        if self._tags is None:
            return "", text
        self._held += text
        if self._thinking is None and not self._knows(self._tags.opening):
            return "", ""
        if not self._thinking:
            return "", self._from_start(self._take(len(self._held)))
        closing = self._tags.closing
        at = self._held.find(closing)
        if at < 0:
            # White space stays back, too: the closing tag may follow it.
            end = len(self._held[: _unfinished(self._held, closing)].rstrip())
            return self._from_start(self._take(end)), ""
        thought = self._from_start(self._take(at).rstrip())
        self._take(len(closing))
        self._thinking, self._fresh = False, True
        return thought, self._from_start(self._take(len(self._held)))

    def rest(self) -> tuple[str, str]:
        """What was held back, at the end."""
        held = self._take(len(self._held))
        return (held.rstrip(), "") if self._thinking else ("", held)

    def _knows(self, opening: str) -> bool:
        """Find out whether the model opens its thinking itself."""
        beginning = self._held.lstrip()
        if len(beginning) < len(opening) and opening.startswith(beginning):
            return False
        self._thinking = beginning.startswith(opening)
        if self._thinking:
            self._held = beginning[len(opening) :]
        self._fresh = self._thinking  # an answer without thinking keeps its white space
        return True

    def _take(self, count: int) -> str:
        taken, self._held = self._held[:count], self._held[count:]
        return taken

    def _from_start(self, text: str) -> str:
        if self._fresh:
            text = text.lstrip()
            self._fresh = not text
        return text


def _unfinished(text: str, tag: str) -> int:
    """Where the longest beginning of ``tag`` that ``text`` ends with begins."""
    for length in range(min(len(tag) - 1, len(text)), 0, -1):
        if text.endswith(tag[:length]):
            return len(text) - length
    return len(text)
