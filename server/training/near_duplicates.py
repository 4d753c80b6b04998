"""Which files say nothing new, and which give away a held-out file.

Both look at lines of 20 characters and more without their indentation; shorter ones
(`else:`, `return None`) are in every file.
"""

import collections
import hashlib

MIN_LINE = 20


def _line_hashes(text: str) -> list[int]:
    return [hash(line) for line in map(str.strip, text.split("\n")) if len(line) >= MIN_LINE]


class Novelty:
    """Near-duplicate test: is at least half of a file's text in lines not met before?"""

    def __init__(self) -> None:
        self._files: set[bytes] = set()
        self._lines: set[int] = set()

    def admit(self, text: str) -> bool:
        """Whether `text` is new enough; remembers its lines if so."""
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        if digest in self._files:
            return False
        lines = _line_hashes(text)
        new = [line for line in lines if line not in self._lines]
        if not lines or len(new) < len(lines) / 2:
            return False
        self._files.add(digest)
        self._lines.update(new)
        return True


class HeldOutLines:
    """The held-out files, so that a training file that contains one is found.

    `Novelty` asks how much of the new file is old; a short held-out file inside a long
    new one needs the question the other way round.
    """

    def __init__(self) -> None:
        self._files_by_line: dict[int, list[int]] = collections.defaultdict(list)
        self._sizes: list[int] = []

    def add(self, text: str) -> None:
        """Remember a held-out file."""
        lines = set(_line_hashes(text))
        for line in lines:
            self._files_by_line[line].append(len(self._sizes))
        self._sizes.append(len(lines))

    def given_away_by(self, text: str) -> bool:
        """Whether `text` has half of the lines of some held-out file (three lines at least)."""
        shared: collections.Counter[int] = collections.Counter()
        for line in set(_line_hashes(text)):
            shared.update(self._files_by_line.get(line, ()))
        return any(count >= 3 and count >= self._sizes[file] / 2 for file, count in shared.items())
