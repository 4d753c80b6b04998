"""Cut training examples out of source files, in the exact prompt format of the server.

Order of one infill segment (`{middle}` is what the model has to write):

    <|repo_name|>{repo}\\n
    <|file_sep|>{path}\\n{content}                                (other files, if any)
    <|file_sep|>{path}\\n<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>{middle}<|endoftext|>

without the line breaks between the parts. The prefix always ends at a line start
("anchored"): the middle begins with the text that the user has typed in its line, so at
inference that text goes behind `<|fim_middle|>` and generation goes on from it.
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
SUFFIX_FIRST_SHARE = 0.25
REPO_SHARE = 0.7
OTHER_FILE_SHARE = 0.2
EMPTY_SIDE_SHARE = 0.05

MIDDLE_KINDS = {"line": 0.50, "lines": 0.25, "inside": 0.15, "span": 0.10}
"""Whole line; 2 to 8 whole lines; line up to closers that stay in the suffix; any span."""

_CLOSERS = re.compile(r"[)\]}]+[:,]?$")


class SourceFile(Protocol):
    """What a training example needs to know of a file."""

    package: str
    path: str
    text: str


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


def infill_pieces(
    repo: str, path: str, cut: Cut, others: Sequence[tuple[str, str]] = (), suffix_first: bool = False
) -> list[Piece]:
    """One infill example as pieces. `others` are (path, content) of context files.

    An empty `repo` leaves the repository line out.
    """
    pieces: list[Piece] = []
    if repo:
        pieces += [Piece(REPO_NAME, True), Piece(f"{repo}\n")]
    for other_path, content in others:
        pieces += [Piece(FILE_SEP, True), Piece(f"{other_path}\n{content}")]
    pieces += [Piece(FILE_SEP, True), Piece(f"{path}\n")]
    before = [Piece(FIM_PREFIX, True), Piece(cut.prefix)]
    after = [Piece(FIM_SUFFIX, True), Piece(cut.suffix)]
    pieces += after + before if suffix_first else before + after
    # The end token is the answer "stop here", so it counts like the middle.
    pieces += [Piece(FIM_MIDDLE, True), Piece(cut.middle, weight=MIDDLE_WEIGHT), Piece(END, True, MIDDLE_WEIGHT)]
    return [piece for piece in pieces if piece.text]


def plain_pieces(files: Sequence[tuple[str, str]], repo: str) -> list[Piece]:
    """Files of one package, left to right: `files` are (path, content)."""
    pieces = [Piece(REPO_NAME, True), Piece(f"{repo}\n")] if repo else []
    for path, content in files:
        pieces += [Piece(FILE_SEP, True), Piece(f"{path}\n{content}")]
    return [*pieces, Piece(END, True)]


def random_cut(text: str, rng: random.Random, prefix_length: int, suffix_length: int) -> Cut | None:
    """A random anchored cut with about the given lengths around it; None if the file offers none."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)  # not splitlines: that cuts at form feeds too
    kind = rng.choices(list(MIDDLE_KINDS), list(MIDDLE_KINDS.values()))[0]
    for _ in range(8):
        first = rng.randrange(len(lines))
        middle = _middle(lines, first, kind, rng)
        if middle:
            break
    else:
        return None
    anchor = sum(map(len, lines[:first]))
    end = anchor + len(middle)
    prefix = "" if rng.random() < EMPTY_SIDE_SHARE else _last_lines(text, anchor, prefix_length)
    suffix = "" if rng.random() < EMPTY_SIDE_SHARE else first_lines(text, end, suffix_length)
    return Cut(prefix, middle, suffix)


def _middle(lines: list[str], first: int, kind: str, rng: random.Random) -> str:
    """The middle that begins at line `first`; empty if the line does not suit."""
    line = lines[first].rstrip("\n")
    if not line.strip() or len(line) > 200:
        return ""
    if kind == "inside":
        closers = _CLOSERS.search(line)
        return line[: closers.start()] if closers and closers.start() > 0 else ""
    if kind == "lines":
        return _block(lines, first, rng)
    if kind == "span":
        stretch = "".join(lines[first : first + 6])
        return stretch[: rng.randint(1, min(len(stretch), 300))]
    return line


def _block(lines: list[str], first: int, rng: random.Random) -> str:
    """2 to 8 whole lines, half of the time up to the end of the block of the first line."""
    last = first + rng.randint(2, 8)
    if rng.random() < 0.5:
        depth = _indent(lines[first])
        last = first + 1
        while last < min(len(lines), first + 8) and (not lines[last].strip() or _indent(lines[last]) >= max(depth, 1)):
            last += 1
    block = "".join(lines[first:last]).rstrip()
    return block if len(block) <= 600 else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _last_lines(text: str, end: int, length: int) -> str:
    """Whole lines before `end` (a line start), about `length` characters."""
    start = max(0, end - length)
    if start > 0:
        start = text.rfind("\n", 0, start) + 1
    return text[start:end]


def first_lines(text: str, start: int, length: int) -> str:
    """What follows `start`, up to a line end about `length` characters later."""
    end = text.find("\n", min(len(text), start + length))
    return text[start:] if end < 0 else text[start : end + 1]


def random_infill(files: Sequence[SourceFile], rng: random.Random) -> list[Piece] | None:
    """An infill example from one of a package's `files`; None if the drawn file offers none."""
    file = rng.choice(files)
    length = int(200 * 6 ** rng.random())  # 200 to 1200, short ones more often
    share = rng.uniform(0.5, 0.8)  # more before the cursor than behind it
    cut = random_cut(file.text, rng, int(length * share), int(length * (1 - share)))
    if cut is None:
        return None
    others = []
    if rng.random() < OTHER_FILE_SHARE:
        other = rng.choice(files)
        if other is not file:
            start = other.text.rfind("\n", 0, rng.randrange(len(other.text))) + 1
            others.append((other.path, first_lines(other.text, start, rng.randint(100, 500))))
    repo = file.package if rng.random() < REPO_SHARE else ""
    return infill_pieces(repo, file.path, cut, others, rng.random() < SUFFIX_FIRST_SHARE)


def random_plain(files: Sequence[SourceFile], rng: random.Random, length: int) -> list[Piece]:
    """About `length` characters of one or two files of a package, left to right."""
    excerpts = []
    for file in rng.sample(list(files), min(len(files), rng.randint(1, 2))):
        start = file.text.rfind("\n", 0, rng.randrange(len(file.text))) + 1 if rng.random() < 0.7 else 0
        excerpts.append((file.path, first_lines(file.text, start, length)))
    return plain_pieces(excerpts, files[0].package if rng.random() < REPO_SHARE else "")
