"""The written form of training examples: the exact prompt format of the server.

Order of one infill example (`{middle}` is what the model has to write):

    <|repo_name|>{repo}\\n
    <|file_sep|>{path}\\n{content}                                (other files, if any)
    <|file_sep|>{path}\\n<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>{middle}<|endoftext|>

without the line breaks between the parts. The prefix always ends at a line start
("anchored"): the middle begins with the text that the user has typed in its line, so at
inference that text goes behind `<|fim_middle|>` and generation goes on from it. In some
examples the suffix, with its token, comes before the prefix.
Pure Python, no model needed. All lengths are characters.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

REPO_NAME = "<|repo_name|>"
FILE_SEP = "<|file_sep|>"
FIM_PREFIX = "<|fim_prefix|>"
FIM_SUFFIX = "<|fim_suffix|>"
FIM_MIDDLE = "<|fim_middle|>"
END = "<|endoftext|>"

MIDDLE_WEIGHT = 4.0
EMPTY_PREFIX_SHARE, EMPTY_SUFFIX_SHARE = 0.03, 0.08

MIDDLE_KINDS = {"line": 0.50, "lines": 0.25, "inside": 0.15, "span": 0.10}
"""Whole line; 2 to 8 whole lines; line up to closers that stay in the suffix; any span."""

_CLOSERS = re.compile(r"[)\]}]+[:,]?$")


class SourceFile(Protocol):
    """What a training example needs to know of a file."""

    package: str
    path: str
    text: str
    language: str


@dataclass(frozen=True)
class Piece:
    """Text, or one special token, and how much its tokens count in the loss."""

    text: str
    special: bool = False
    weight: float = 1.0


@dataclass(frozen=True)
class Cut:
    """A file cut in three: `prefix + middle + suffix` is a stretch of the file."""

    prefix: str
    middle: str
    suffix: str


def header_pieces(repo: str, others: Sequence[tuple[str, str]]) -> list[Piece]:
    """The repository line (an empty `repo` leaves it out) and other files as (path, content)."""
    pieces = [Piece(REPO_NAME, True), Piece(f"{repo}\n")] if repo else []
    for path, content in others:
        pieces += [Piece(FILE_SEP, True), Piece(f"{path}\n{content}")]
    return pieces


def infill_pieces(
    repo: str, path: str, cut: Cut, others: Sequence[tuple[str, str]] = (), suffix_first: bool = False
) -> list[Piece]:
    """One infill example as pieces."""
    pieces = [*header_pieces(repo, others), Piece(FILE_SEP, True), Piece(f"{path}\n")]
    before = [Piece(FIM_PREFIX, True), Piece(cut.prefix)]
    after = [Piece(FIM_SUFFIX, True), Piece(cut.suffix)]
    pieces += after + before if suffix_first else before + after
    # The end token is the answer "stop here", so it counts like the middle.
    pieces += [Piece(FIM_MIDDLE, True), Piece(cut.middle, weight=MIDDLE_WEIGHT), Piece(END, True, MIDDLE_WEIGHT)]
    return [piece for piece in pieces if piece.text]


def plain_pieces(files: Sequence[tuple[str, str]], repo: str, ended: bool) -> list[Piece]:
    """Files of one package, left to right: `files` are (path, content).

    ended: the last content reaches the end of its file, and only then is there an end to be learnt.
    """
    return [*header_pieces(repo, files), *([Piece(END, True)] if ended else [])]


def random_line(text: str, rng: random.Random) -> int:
    """The offset of a random line. (The line after a random character: needs no table of lines,
    and long lines come no more often than short ones.)"""
    start = text.find("\n", rng.randrange(len(text))) + 1
    return start if start < len(text) else 0


def random_cut(text: str, rng: random.Random, length: int) -> Cut | None:
    """A random anchored cut of at most about `length` characters; None if the file offers none."""
    kind = rng.choices(list(MIDDLE_KINDS), list(MIDDLE_KINDS.values()))[0]
    for _ in range(8):
        anchor = random_line(text, rng)
        middle = _middle(text, anchor, kind, rng)
        if middle:
            break
    else:
        return None
    end = anchor + len(middle)
    around = max(0, length - len(middle))
    before = int(around * rng.uniform(0.5, 0.8))  # more before the cursor than behind it
    if rng.random() < EMPTY_SUFFIX_SHARE:
        return Cut(last_lines(text, anchor, around), middle, "")
    if rng.random() < EMPTY_PREFIX_SHARE:
        return Cut("", middle, first_lines(text, end, around))
    # As in the server: a side that needs less than its share leaves the rest to the other.
    before = max(before, around - (len(text) - end))
    prefix = last_lines(text, anchor, before)
    return Cut(prefix, middle, first_lines(text, end, around - len(prefix)))


def _middle(text: str, anchor: int, kind: str, rng: random.Random) -> str:
    """The middle that begins at the line start `anchor`; empty if the line does not suit."""
    end = text.find("\n", anchor)
    line = text[anchor : end if end >= 0 else len(text)]
    if not line.strip() or len(line) > 200:
        return ""
    if kind == "inside":
        closers = _CLOSERS.search(line)
        return line[: closers.start()] if closers and closers.start() > 0 else ""
    if kind == "line":
        return line
    lines = text[anchor : anchor + 1200].split("\n")[:-1] or [line]
    if kind == "lines":
        return _block(lines, rng)
    stretch = "\n".join(lines[:6])
    return stretch[: rng.randint(1, min(len(stretch), 300))]


def _block(lines: list[str], rng: random.Random) -> str:
    """2 to 8 whole lines, half of the time up to the end of the block of the first line."""
    last = rng.randint(2, 8)
    if rng.random() < 0.5:
        depth = max(_indent(lines[0]), 1)
        last = 1
        while last < min(len(lines), 8) and (not lines[last].strip() or _indent(lines[last]) >= depth):
            last += 1
    block = "\n".join(lines[:last]).rstrip()
    return block if len(block) <= 600 else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def last_lines(text: str, end: int, length: int) -> str:
    """Whole lines before `end` (a line start), at most `length` characters."""
    start = end - length
    return text[text.find("\n", start - 1, end) + 1 or end : end] if start > 0 else text[:end]


def first_lines(text: str, start: int, length: int) -> str:
    """What follows `start`, at most `length` characters, up to a line end."""
    if start + length >= len(text):
        return text[start:]
    return text[start : text.rfind("\n", start, start + max(0, length)) + 1 or start]
