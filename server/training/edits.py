"""Training examples of edits that carry on: the user has renamed something or changed a function's
signature in one place, and the model writes the lines at another place as they have to be now.

The written form, without the line breaks between the parts:

    <|repo_name|>{repo}\\n
    <|file_sep|>{path}\\n{content}                     (excerpts of other files, if any)
    <|file_sep|>{path} original\\n{lines before the user's edit}
    <|file_sep|>{path} updated\\n{the same lines after it}
    <|file_sep|>{path} current\\n{lines around the cursor, as they stand now}
    <|file_sep|>{path} updated\\n{those lines as they should be}<|endoftext|>

The model writes what follows the last header. Every window is 3 to 21 whole lines (fewer where
the stretch has no more), each ended by a newline. The path of `original`/`updated` may differ
from that of `current`/`updated`. Where nothing is to be changed the answer equals `current`.

Changed lines and the end count four times in the loss, copied ones once. The edits
themselves are made by `renames` and `signatures`.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from training.context import Package, place
from training.examples import CONTEXT_FROM, CONTEXT_SHARE, repo_of
from training.names import Change, Replacement
from training.renames import random_change
from training.segments import END, FILE_SEP, MIDDLE_WEIGHT, Piece, header_pieces

FEWEST_LINES, MOST_LINES = 3, 21
NOTHING_SHARE = 0.17
"""How often nothing is left to do; some signature changes add to that by themselves."""

FIRST_PLACE_SHARE = 0.75
"""How often the user began at the first place in the text, mostly the definition."""


@dataclass(frozen=True)
class EditWindows:
    """The four windows of an example, as lists of lines that keep their newline."""

    before: list[str]
    after: list[str]
    current: list[str]
    answer: list[str]

    def size(self) -> int:
        """Characters of all of it."""
        return sum(len(line) for part in (self.before, self.after, self.current, self.answer) for line in part)


def edit_pieces(repo: str, path: str, windows: EditWindows, others: Sequence[tuple[str, str]] = ()) -> list[Piece]:
    """One edit example as pieces."""
    pieces = header_pieces(repo, others)
    parts = {"original": windows.before, "updated": windows.after, "current": windows.current}
    for name, lines in parts.items():
        pieces += [Piece(FILE_SEP, True), Piece(f"{path} {name}\n{''.join(lines)}")]
    pieces += [Piece(FILE_SEP, True), Piece(f"{path} updated\n")]
    pieces += _weighted(windows.current, windows.answer)
    return [*pieces, Piece(END, True, MIDDLE_WEIGHT)]


def _weighted(current: list[str], answer: list[str]) -> list[Piece]:
    """The answer in runs of copied and of changed lines."""
    runs: list[tuple[float, str]] = []
    for old, new in zip(current, answer, strict=True):
        weight = MIDDLE_WEIGHT if old != new else 1.0
        # A blank line's newline is one token with the newline before it, so it stays in that run.
        if runs and (runs[-1][0] == weight or not new.strip()):
            runs[-1] = (runs[-1][0], runs[-1][1] + new)
        else:
            runs.append((weight, new))
    return [Piece(text, weight=weight) for weight, text in runs]


def apply(text: str, replacements: Sequence[Replacement]) -> list[str]:
    """The lines of `text`, with their newlines, after the replacements (none of which holds a newline)."""
    out, at = [], 0
    for part in sorted(replacements):
        out += [text[at : part.start], part.new]
        at = part.end
    lines = ("".join(out) + text[at:]).split("\n")
    return [f"{line}\n" for line in (lines if lines[-1] else lines[:-1])]


def random_edit(package: Package, rng: random.Random, budget: int) -> list[Piece] | None:
    """An example within about `budget` characters; None if the drawn file offers none."""
    file = package.draw(rng)
    change = random_change(package, file, rng)
    windows = choose_windows(change, rng, budget - 5 * (len(file.path) + 10)) if change else None
    if windows is None:
        return None
    room, others = budget - windows.size(), []
    if budget >= CONTEXT_FROM and room > 200 and rng.random() < CONTEXT_SHARE:
        others = package.excerpts(file, place("".join(windows.current), ""), rng.randint(1, 2), room // 3, rng)
    return edit_pieces(repo_of(package, rng), file.path, windows, others)


def choose_windows(change: Change, rng: random.Random, budget: int) -> EditWindows | None:
    """One place where the edit is made already, and one where it is to be made; None if it does not fit."""
    by_line: dict[int, list[Replacement]] = {}
    for part in change.replacements:
        by_line.setdefault(change.text.count("\n", 0, part.start), []).append(part)
    places = sorted(by_line)
    first = places[0] if rng.random() < FIRST_PLACE_SHARE else rng.choice(places)
    done = by_line[first]
    left = [number for number in places if number != first]
    before, after = apply(change.text, []), apply(change.text, change.replacements)
    edited = apply(change.text, done)
    if left and rng.random() >= NOTHING_SHARE:
        current, cursor = edited, rng.choice(left)
    elif left and rng.random() < 0.5:
        current, cursor = after, rng.choice(left)
    else:
        untouched = [n for n in range(len(before)) if all(abs(n - number) > 2 for number in places)]
        if not untouched:
            return None
        current, cursor = edited, rng.choice(untouched)
    upper, lower = rng.randint(FEWEST_LINES, 9), rng.randint(FEWEST_LINES, MOST_LINES)
    while upper >= FEWEST_LINES and lower >= FEWEST_LINES:
        a, b = _around(first, upper, len(before), rng), _around(cursor, lower, len(before), rng)
        windows = EditWindows(before[a], edited[a], current[b], after[b])
        if windows.size() <= budget:
            return windows
        upper, lower = min(upper, upper * 3 // 4 + 1), lower * 3 // 4
    return None


def _around(line: int, count: int, total: int, rng: random.Random) -> slice:
    """A window of `count` lines with `line` in it, inside of `total` lines."""
    start = max(0, min(line - rng.randrange(count), total - count))
    return slice(start, min(total, start + count))
