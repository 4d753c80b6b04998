"""Other files' excerpts that help with a place in a file, chosen as a simple retriever would.

Candidates are stretches of other files of the package (of imported modules and of the same
directory before others), mostly where a word of the place occurs; those that share the
most words with the place are kept. Training and evaluation use the same rule.
"""

import builtins
import keyword
import random
import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate
from pathlib import PurePosixPath

from training.segments import SourceFile, first_lines, random_line

CANDIDATES = 8
IMPORTED_SHARE, NEAR_SHARE = 0.3, 0.4
WORD_SHARE = 0.75
PLACE_BEFORE, PLACE_BEHIND = 900, 300
"""How much of the text before and behind the cursor says what is wanted there."""

_WORD = re.compile(r"[A-Za-z_]\w{3,}")
_COMMON = {*keyword.kwlist, *dir(builtins), "self", "args", "kwargs", "name", "__init__", "__name__", "value", "this"}
_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+([\w.]+)(?:[ \t]+import[ \t]+\(?([\w, ]+))?", re.MULTILINE)


def words(text: str) -> set[str]:
    """Identifiers that say something: four characters or more, no keyword or builtin."""
    return set(_WORD.findall(text)) - _COMMON


def place(prefix: str, suffix: str) -> str:
    """The text around a cursor that decides which excerpts are wanted."""
    return prefix[-PLACE_BEFORE:] + suffix[:PLACE_BEHIND]


class Package:
    """The files of one package, found by directory and by module name. Long files are drawn more often."""

    def __init__(self, files: Sequence[SourceFile]) -> None:
        self.files = list(files)
        self.name = self.files[0].package
        # Less than in proportion to the size, so that small files are still met.
        self.weights = list(accumulate(len(file.text) ** 0.75 for file in self.files))
        self._near: dict[str, list[SourceFile]] = defaultdict(list)
        self._modules: dict[str, list[SourceFile]] = defaultdict(list)
        for file in self.files:
            path = PurePosixPath(file.path)
            self._near[str(path.parent)].append(file)
            self._modules[path.parent.name if path.stem == "__init__" else path.stem].append(file)

    def draw(self, rng: random.Random) -> SourceFile:
        """A random file."""
        return self.files[min(bisect(self.weights, rng.random() * self.weights[-1]), len(self.files) - 1)]

    def imported(self, file: SourceFile) -> list[SourceFile]:
        """Files of the package that `file` seems to import (its head is looked at, names are compared)."""
        found = {}
        for module, names in _IMPORT.findall(file.text[:3000]):
            for name in [module.rpartition(".")[2], *names.split(",")]:
                for other in self._modules.get(name.strip(), ())[:3]:
                    found[other.path] = other
        return list(found.values())

    def excerpts(
        self, file: SourceFile, wanted: str, count: int, length: int, rng: random.Random
    ) -> list[tuple[str, str]]:
        """Up to `count` excerpts (path, content) of at most `length` characters from files other than
        `file`, the best last, next to where the text goes on. `wanted`: the text of the place."""
        if len(self.files) < 2:
            return []
        terms = words(wanted)
        ordered = sorted(terms)  # a set's order differs between processes
        imported, near = self.imported(file), self._near[str(PurePosixPath(file.path).parent)]
        found: list[tuple[int, SourceFile, int, str]] = []
        for _ in range(CANDIDATES):
            chance = rng.random()
            if imported and chance < IMPORTED_SHARE:
                other = rng.choice(imported)
            elif chance < IMPORTED_SHARE + NEAR_SHARE:
                other = rng.choice(near)
            else:
                other = self.draw(rng)
            if other.path == file.path:
                continue
            start = _stretch(other.text, ordered, rng)
            if any(other is seen and abs(start - at) < length for _, seen, at, _ in found):
                continue
            content = first_lines(other.text, start, length)
            overlap = len(words(content) & terms)
            if overlap:
                found.append((overlap, other, start, content if content.endswith("\n") else content + "\n"))
        found.sort(key=lambda entry: entry[0])
        return [(other.path, content) for _, other, _, content in found[-count:]]


def _stretch(text: str, terms: list[str], rng: random.Random) -> int:
    """A line start a little before one of the terms, or anywhere."""
    if terms and rng.random() < WORD_SHARE:
        term = rng.choice(terms)
        at = text.find(term, rng.randrange(len(text)))
        at = text.find(term) if at < 0 else at
        if at >= 0:
            for _ in range(rng.randint(1, 4)):
                at = max(text.rfind("\n", 0, at), 0)
            return at + 1 if text[at] == "\n" else 0
    return random_line(text, rng)
