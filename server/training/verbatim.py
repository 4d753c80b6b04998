"""The longest passage that each of some texts has in common with a corpus.

All stretches of 32 bytes of the texts are hashed; the corpus goes by once, and where one of
its stretches has a hash of theirs the two are compared byte by byte. So the answer is exact,
save that a passage shorter than 32 bytes is not found.

Four or more of the same sign in a row (blanks, dashes) count as three, in the texts and in the
corpus: deep indentation and ruled lines are no passage.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

LEAST = 32
_RUN = re.compile(rb"([^\w\x80-\xff])\1{3,}")
_TEXT_END, _CORPUS_END = 0, 1  # Between texts: differ, so that no match goes over an end.
_BLOCK = 64
_PAIRS = 500_000
_CHUNK = 4_000_000
_FILTER_BITS = 24
_BASE = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Match:
    """`text` stands in a text and, letter for letter, in the corpus, in the document called `source`."""

    text: str
    source: str


def shrunk(text: str) -> bytes:
    """UTF-8 with long runs of one sign cut to three, and without the two separators."""
    data = text.encode("utf-8", "replace").replace(b"\0", b"?").replace(b"\1", b"?")
    return _RUN.sub(rb"\1\1\1", data)


def gram_hashes(data: np.ndarray) -> np.ndarray:
    """A 64-bit polynomial hash of the LEAST bytes from each position of `data` (uint8) on."""
    hashes, factor, size = data.astype(np.uint64) + np.uint64(1), _BASE, 1
    while size < LEAST:
        hashes = hashes[:-size] * np.uint64(factor) + hashes[size:]
        factor, size = factor * factor % 2**64, 2 * size
    return hashes


class Verbatim:
    """Looks for passages of `texts` in a corpus that is handed over bit by bit."""

    def __init__(self, texts: Sequence[str]) -> None:
        parts = [shrunk(text) for text in texts]
        self._data = _joined(parts, _TEXT_END)
        self._starts = np.cumsum([1, *(len(part) + 1 for part in parts)])[:-1]
        hashes = gram_hashes(self._data)
        self._order = np.argsort(hashes, kind="stable")
        self._sorted = hashes[self._order]
        self._filter = np.zeros(1 << _FILTER_BITS, bool)
        self._filter[self._sorted >> np.uint64(64 - _FILTER_BITS)] = True
        self._length = np.zeros(len(parts), np.int64)
        self._matches: list[Match | None] = [None] * len(parts)

    def scan(self, corpus: Iterable[tuple[str, str]]) -> list[Match | None]:
        """The longest match of each text with any of the (name, text) of the corpus, None if it is shorter
        than LEAST bytes."""
        names: list[str] = []
        parts: list[bytes] = []
        size = 0
        for name, text in corpus:
            names.append(name)
            parts.append(shrunk(text))
            size += len(parts[-1])
            if size >= _CHUNK:
                self._scan(names, parts)
                names, parts, size = [], [], 0
        if parts:
            self._scan(names, parts)
        return self._matches

    def _scan(self, names: Sequence[str], parts: Sequence[bytes]) -> None:
        data = _joined(parts, _CORPUS_END)
        starts = np.cumsum([1, *(len(part) + 1 for part in parts)])[:-1]
        hashes = gram_hashes(data)
        places = np.flatnonzero(self._filter[hashes >> np.uint64(64 - _FILTER_BITS)])
        first = np.searchsorted(self._sorted, hashes[places], "left")
        count = np.searchsorted(self._sorted, hashes[places], "right") - first
        # In steps, since a common line has many places in both.
        ends = np.cumsum(count)
        for low in range(0, int(ends[-1]) if len(ends) else 0, _PAIRS):
            pair = np.arange(low, min(low + _PAIRS, int(ends[-1])))
            which = np.searchsorted(ends, pair, "right")
            at = self._order[first[which] + pair - (ends - count)[which]]
            self._compare(at, places[which], data, starts, names)

    def _compare(
        self, at: np.ndarray, place: np.ndarray, data: np.ndarray, starts: np.ndarray, names: Sequence[str]
    ) -> None:
        """Pairs of positions `at` in the texts and `place` in `data` whose hashes agree."""
        # A pair that agrees one byte earlier too is the tail of a match that is met there.
        new = self._data[at - 1] != data[place - 1]
        at, place = at[new], place[new]
        length = np.zeros(len(at), np.int64)
        going = np.arange(len(at))
        while len(going):
            offsets = length[going, None] + np.arange(_BLOCK)
            equal = self._data[at[going, None] + offsets] == data[place[going, None] + offsets]
            whole = equal.all(1)
            length[going] += np.where(whole, _BLOCK, equal.argmin(1))
            going = going[whole]
        text = np.searchsorted(self._starts, at, "right") - 1
        better = np.flatnonzero((length >= LEAST) & (length > self._length[text]))
        for i in better[np.argsort(length[better], kind="stable")]:
            self._length[text[i]] = length[i]
            passage = self._data[at[i] : at[i] + length[i]].tobytes().decode("utf-8", "replace")
            source = names[np.searchsorted(starts, place[i], "right") - 1]
            self._matches[text[i]] = Match(passage, source)


def _joined(parts: Sequence[bytes], separator: int) -> np.ndarray:
    """The parts with a separator before each and enough of them behind the last to read on."""
    mark = bytes([separator])
    return np.frombuffer(mark + mark.join(parts) + mark * (LEAST + _BLOCK), np.uint8)
