"""What the demo types, and how a person would: keys, pauses, and which suggestion to accept. No input or output."""

import ast
import math
import random
import re
from dataclasses import dataclass

from foretoken.text.edit import TextEdit

_KEY = re.compile(r"\n[ \t]*|.", re.DOTALL)
_MIN_LINES, _MAX_LINES = 3, 14
TAB = "Tab"


@dataclass(frozen=True, slots=True)
class Task:
    """A text with a part taken out, which is then typed again. ``before + typed + after`` is the whole file."""

    before: str
    typed: str
    after: str


def choose_task(text: str, function: str | None = None, line: int | None = None) -> Task:
    """The part of ``text`` to type again: from ``line`` (1-based), or a function's body, or lines in the middle.

    function: the name of the one to take; without it the first body of 3 to 14 lines past the middle of the file,
    where the model has something to go by. Raises ValueError when there is nothing to type.
    """
    if line is not None:
        start, end = line, line + _MAX_LINES - 1
    else:
        start, end = _function_body(text, function) or _middle(text)
    starts = [0]
    for found in re.finditer("\n", text):
        starts.append(found.end())
    if not 1 <= start <= len(starts):
        raise ValueError(f"the file has {len(starts)} lines; there is no line {start}")
    first = starts[start - 1]
    last = starts[end] - 1 if end < len(starts) else len(text.rstrip("\n"))
    first += len(text[first:last]) - len(text[first:last].lstrip(" \t"))  # the editor has indented already
    typed = text[first:last].rstrip()
    if not typed:
        raise ValueError("there is nothing to type there")
    return Task(text[:first], typed, text[first + len(typed) :])


def _function_body(text: str, name: str | None) -> tuple[int, int] | None:
    """First and last line (1-based) of a function's body without its docstring; None if there is none that fits."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    bodies = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        if body and body[0].lineno > node.lineno:
            span = body[0].lineno, body[-1].end_lineno or body[-1].lineno
            if node.name == name:
                return span
            if _MIN_LINES <= span[1] - span[0] + 1 <= _MAX_LINES:
                bodies.append(span)
    middle = text.count("\n") // 2
    return min(bodies, key=lambda span: (span[0] < middle, abs(span[0] - middle)), default=None)


def _middle(text: str) -> tuple[int, int]:
    lines = text.split("\n")
    filled = [number for number, line in enumerate(lines, 1) if line.strip()]
    if not filled:
        raise ValueError("the file is empty: there is nothing to type")
    start = next((n for n in filled if n > len(lines) // 2), filled[0])
    return start, start + _MAX_LINES // 2


def next_key(remaining: str) -> str:
    """The next key's text; Enter brings the new line's indentation with it, as editors do."""
    found = _KEY.match(remaining)
    assert found is not None
    return found[0]


def key_name(key: str) -> str:
    """How a key is called on the screen."""
    if key.startswith("\n"):
        return "Enter"
    return {" ": "Space", "\t": "Tab key"}.get(key, key)


def accepts(document: str, cursor: int, target: str, edit: TextEdit) -> bool:
    """Whether a person who wants to reach ``target`` accepts: all of it is right, and it saves at least one key."""
    after = document[cursor:]
    accepted = document[: edit.start] + edit.new_text + document[edit.end :]
    new_cursor = edit.start + len(edit.new_text)
    right = accepted[new_cursor:] == after and target.startswith(accepted[:new_cursor])
    return right and new_cursor >= cursor + 2 and new_cursor + len(after) <= len(target)


class Rhythm:
    """Pauses of a person who types about 60 words a minute; the same in every run."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)

    def pause(self, key: str) -> float:
        """Seconds before a key: about 0.12, longer at a line's end and before a suggestion is accepted."""
        if key == TAB:
            return 0.7
        usual = self._random.lognormvariate(math.log(0.12), 0.3)
        return usual + (0.3 if key.startswith("\n") else 0.06 if key == " " else 0.0)
