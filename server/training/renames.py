"""Synthetic edits of Python source: an identifier renamed, or (in `signatures`) a signature changed.

A stretch of a file (some functions or a class) is parsed, so that only code is touched and never a
string or a comment. What is offered is consistent within the stretch: locals and parameters
of one function, members that are reached through `self` or `cls`, functions and classes.
"""

import random
import re

from training.context import Package, words
from training.names import Change, Stretch, definition_uses, local_uses, member_uses, new_name
from training.segments import SourceFile, first_lines, random_line
from training.signatures import changed_signature

LONGEST_STRETCH = 2400
SIGNATURE_SHARE = 0.8  # few stretches hold a function and calls of it

_BLOCK = re.compile(r"^[ \t]*(?:async def|def|class) ", re.MULTILINE)
_BEGINNING = re.compile(r"^[ \t]*(?:@|async def |def |class )", re.MULTILINE)


def random_change(package: Package, file: SourceFile, rng: random.Random) -> Change | None:
    """A change of a random stretch of `file`; None if the stretch offers none."""
    text = random_stretch(file.text, rng)
    if not text or not text.isascii():
        return None
    try:
        stretch = Stretch(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    other = package.draw(rng).text
    start = random_line(other, rng)
    vocabulary = sorted(words(text) | words(other[start : start + 800]))
    if rng.random() < SIGNATURE_SHARE:
        change = changed_signature(stretch, vocabulary, rng)
        if change:
            return change
    return rename(stretch, vocabulary, rng)


def random_stretch(text: str, rng: random.Random) -> str:
    """Whole definitions from a random one on; empty if there is none."""
    first = _BLOCK.search(text, random_line(text, rng)) or _BLOCK.search(text)
    if first is None:
        return ""
    stretch = first_lines(text, first.start(), LONGEST_STRETCH)
    indent = len(first.group()) - len(first.group().lstrip())
    outside = re.search(rf"^[ \t]{{0,{indent - 1}}}[^ \t\n]", stretch, re.MULTILINE) if indent else None
    if outside:
        return stretch[: outside.start()]
    if first.start() + len(stretch) == len(text):
        return stretch
    # Cut where a definition begins, decorators included, so that nothing is left half.
    for end in reversed([match.start() for match in _BEGINNING.finditer(stretch)][1:]):
        line_before = stretch[stretch.rfind("\n", 0, end - 1) + 1 : end]
        if not line_before.lstrip().startswith("@"):
            return stretch[:end]
    return ""


def rename(stretch: Stretch, vocabulary: list[str], rng: random.Random) -> Change | None:
    """Something of the stretch under another name; it is used on two lines at least."""
    function = rng.choice(stretch.functions) if stretch.functions else None
    kinds = [
        lambda: local_uses(stretch, function) if function else {},
        lambda: member_uses(stretch),
        lambda: definition_uses(stretch),
    ]
    rng.shuffle(kinds)
    for kind in kinds:
        found = kind()
        names = [name for name, offsets in found.items() if len(_lines(stretch.text, offsets)) > 1 and len(name) > 1]
        if names:
            name = rng.choice(sorted(names))
            new = new_name(name, vocabulary, stretch.text, rng)
            return stretch.renamed(found[name], name, new) if new else None
    return None


def _lines(text: str, offsets: list[int]) -> set[int]:
    return {text.count("\n", 0, offset) for offset in offsets}
