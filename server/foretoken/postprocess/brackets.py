"""Balanced brackets: close only what is open, and do not end on a bracket that was just opened."""

import re
from dataclasses import replace

from foretoken.postprocess.situation import Candidate, Situation
from foretoken.postprocess.suggestion import Reason, Refusal

_PAIRS = {")": "(", "]": "[", "}": "{"}
_OPENERS = frozenset(_PAIRS.values())
_QUOTES = "\"'`"
_MARKS = re.compile(r"""[()\[\]{}"'`\\\n]""")
# How far back an opener may stand and still be the one that is closed here.
_LOOK_BACK = 4000


def balanced(candidate: Candidate, situation: Situation) -> Candidate | Refusal:
    """Cut before the first bracket that closes nothing, and before an opener that a cut left open at the end."""
    text = candidate.text
    needed = unclosed(situation.text[max(0, situation.offset - _LOOK_BACK) : situation.offset])
    _close(needed, situation.line_after if situation.line_after.strip() else _closing_line(situation.after))
    cut = _first_unmatched(text, needed)
    if cut is not None:
        text = text[:cut].rstrip()
    elif not situation.complete:
        text = _without_open_end(text)
    if not text.strip() and candidate.text.strip():
        return Refusal(Reason.UNBALANCED)
    return replace(candidate, text=text)


def _code_brackets(text: str) -> list[tuple[int, str]]:
    """(offset, bracket) outside of one-line string literals. A lone quote (an apostrophe) opens nothing."""
    found: list[tuple[int, str]] = []
    quote, escaped = "", -1
    for match in _MARKS.finditer(text):
        at, ch = match.start(), match[0]
        if quote:
            if ch == "\\":
                escaped = at + 1 if escaped != at else -1
            elif ch == "\n" or (ch == quote and escaped != at):
                quote = ""
        elif ch in _QUOTES:
            line_end = text.find("\n", at)
            if text.find(ch, at + 1, line_end if line_end >= 0 else len(text)) >= 0:
                quote = ch
        elif ch in _PAIRS or ch in _OPENERS:
            found.append((at, ch))
    return found


def unclosed(text: str) -> list[str]:
    """Openers without a closer, outermost first. A closer of the wrong kind is passed over: code in work is odd."""
    stack: list[str] = []
    for _, ch in _code_brackets(text):
        if ch in _OPENERS:
            stack.append(ch)
        elif stack and stack[-1] == _PAIRS[ch]:
            stack.pop()
    return stack


def _closing_line(after: str) -> str:
    """The next line with something on it, when it begins by closing a bracket."""
    line = next((line.strip() for line in after.split("\n", 4) if line.strip()), "")
    return line if line[:1] in _PAIRS else ""


def _close(needed: list[str], behind: str) -> None:
    """Take from ``needed`` what the text behind the cursor closes: that is not for the suggestion to close."""
    opened = 0
    for _, ch in _code_brackets(behind):
        if ch in _OPENERS:
            opened += 1
        elif opened:
            opened -= 1
        elif needed and needed[-1] == _PAIRS[ch]:
            needed.pop()


def _first_unmatched(text: str, needed: list[str]) -> int | None:
    stack = list(needed)
    for at, ch in _code_brackets(text):
        if ch in _OPENERS:
            stack.append(ch)
        elif stack and stack[-1] == _PAIRS[ch]:
            stack.pop()
        else:
            return at
    return None


def _without_open_end(text: str) -> str:
    stripped = text.rstrip()
    while stripped and stripped[-1] in _OPENERS:
        stripped = stripped[:-1].rstrip()
    return stripped
