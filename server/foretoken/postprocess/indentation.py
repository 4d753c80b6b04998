"""Keep the file's indentation: its character, and no line that falls out of the block."""

from dataclasses import replace

from foretoken.postprocess.situation import Candidate, Situation
from foretoken.postprocess.suggestion import Reason, Refusal


def indented(candidate: Candidate, situation: Situation) -> Candidate | Refusal:
    """Refuse a first line that moves a started line, cut where the other kind of white space begins."""
    text = candidate.text
    if not situation.line_before.strip() and not situation.line_after.strip() and text[:1] in (" ", "\t"):
        own = situation.line_before + text[: len(text) - len(text.lstrip(" \t"))]
        if not _fits(own, situation.text, situation.offset):
            return Refusal(Reason.BAD_INDENT)
    lines = text.split("\n")
    foreign = "\t" if _indent_character(situation) == " " else " " if _indent_character(situation) == "\t" else None
    for number, line in enumerate(lines[1:], start=1):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if foreign is not None and foreign in indent:
            return replace(candidate, text="\n".join(lines[:number]).rstrip())
    return candidate


def _indent_character(situation: Situation) -> str | None:
    """The character that the nearest indented line above the cursor begins with, else the file's first one."""
    for line in reversed(situation.text[: situation.offset].rsplit("\n", 200)):
        if line[:1] in (" ", "\t") and line.strip():
            return line[0]
    for line in situation.after.split("\n", 200):
        if line[:1] in (" ", "\t") and line.strip():
            return line[0]
    return None


def _fits(indent: str, text: str, offset: int) -> bool:
    """A deeper start is fine under a line that opens a block or a bracket, or when some line above stands as deep."""
    above = [line for line in text[:offset].rsplit("\n", 200)[:-1] if line.strip()]
    if not above or above[-1].rstrip()[-1] in ":([{,\\":
        return True
    last = above[-1]
    return len(indent) <= len(last) - len(last.lstrip(" \t"))
