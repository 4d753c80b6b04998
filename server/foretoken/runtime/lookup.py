"""Prompt lookup: what followed the last time these tokens stood here is the guess of what follows now.

Speculation from the context itself, without a draft model (A. Saxena, "Prompt Lookup Decoding", 2023; the ngram
drafts of llama.cpp). Suffix automata (SAM-Decoding, Hu et al., 2024) find the longest match in O(1) a token, but cost
hundreds of bytes a token and cannot be cut back. Here the places of each n-gram are chained as in deflate (RFC 1951,
section 4): a table from a hash of the last ``min_match`` tokens to their newest place, and for each place the one
before it. That is O(1) a token, can be made in bulk, and is undone by following the chain.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Of tokens per call over the calls' cost, two are better where a drafted token costs less than 0.16 of a call.
MIN_MATCH = 3
MAX_MATCH = 32  # tokens; longer matches count as this long
# Places looked at in one draft, newest first, as deflate bounds its search. A text that repeats one n-gram for ever
# would cost O(n) a token otherwise. On source code more than 16 find nothing better.
MAX_PLACES = 32
SCALAR_TOKENS = 48  # up to so many tokens one by one; above, numpy's constant cost is earned back
MIN_TABLE_BITS = 10
CHUNK = 1024  # tokens compared at once
_MULTIPLIER = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio (Knuth's multiplicative hash)
_MASK = (1 << 64) - 1
_BASE = 0x100000001B3


@dataclass(frozen=True, slots=True)
class Guess:
    """token_ids: what may follow, empty for no guess. match: tokens of context that speak for it."""

    token_ids: list[int]
    match: int


NO_GUESS = Guess([], 0)


class NgramIndex:
    """The places of every n-gram of one token sequence; at most 18 bytes a token, and 4 KB.

    A place is the index of the n-gram's last token. ``work`` counts the chain's steps since the start.
    """

    def __init__(self, n: int, token_ids: Sequence[int] | np.ndarray = ()) -> None:
        self.n = n
        self.ids = array("i")
        self._before = array("i")  # the place before with the same hash, or -1
        self._bits = MIN_TABLE_BITS
        self._newest = array("i", [-1]) * (1 << self._bits)
        self.work = 0
        self.extend(as_ids(token_ids))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def nbytes(self) -> int:
        return sum(held.itemsize * len(held) for held in (self.ids, self._before, self._newest))

    def append(self, token_id: int) -> None:
        ids = self.ids
        ids.append(token_id)
        place = len(ids) - 1
        if place + 1 < self.n:
            self._before.append(-1)
            return
        bucket = self.bucket(ids)
        self._before.append(self._newest[bucket])
        self._newest[bucket] = place
        if place >> self._bits:
            self._grow()

    def extend(self, token_ids: array) -> None:
        if len(token_ids) <= SCALAR_TOKENS:
            for token_id in token_ids:
                self.append(token_id)
            return
        start = len(self.ids)
        self.ids.extend(token_ids)
        self._before.extend(array("i", [-1]) * len(token_ids))
        if (len(self.ids) - 1) >> self._bits:
            self._grow()
        else:
            self._chain(start)

    def truncate(self, length: int) -> None:
        """Keep the first ``length`` tokens: O(tokens taken away)."""
        first = max(length, self.n - 1)
        if first < len(self.ids):
            buckets = self._buckets(first)
            newest = np.frombuffer(self._newest, np.int32)
            # Where an index comes more than once the last value stays: here that of the oldest place, which knows
            # what was the newest one before all that goes.
            newest[buckets[::-1]] = np.frombuffer(self._before, np.int32)[first:][::-1]
            del newest
        del self.ids[length:]
        del self._before[length:]

    def bucket(self, ids: Sequence[int]) -> int:
        """The table's slot for the last ``n`` of ``ids``."""
        mixed = 0
        for token_id in ids[-self.n :]:
            mixed = mixed * _BASE + token_id
        return ((mixed * _MULTIPLIER) & _MASK) >> (64 - self._bits)

    def longest(self, context: array, own: bool) -> tuple[int, int]:
        """(place, length) of the longest match of ``context``'s end, the newest of equals; (-1, 0) for none.

        own: ``context`` is this sequence itself, whose last place is no match. A match that ends with the sequence
        has nothing after it, and is none. Of the last MAX_PLACES places of the n-gram.
        """
        if len(context) < self.n:
            return -1, 0
        end = len(context) - 1
        place = self._before[end] if own else self._newest[self.bucket(context)]
        best, longest = -1, self.n - 1
        most = min(MAX_MATCH, len(context))
        for _ in range(MAX_PLACES):
            if place < 0:
                break
            self.work += 1
            if place < len(self.ids) - 1:
                length = self._agreement(context, place, longest, most)
                if length > longest:
                    best, longest = place, length
                    if length == most:
                        break
            place = self._before[place]
        return (best, longest) if best >= 0 else (-1, 0)

    def _agreement(self, context: array, place: int, at_least: int, most: int) -> int:
        """How many tokens up to ``place`` are those at ``context``'s end; 0 when not more than ``at_least``."""
        ids, end = self.ids, len(context) - 1
        most = min(most, place + 1)
        # The token that would make it longer than the best one so far decides most cases.
        if most <= at_least or ids[place - at_least] != context[end - at_least]:
            return 0
        length = 0
        while length < most and ids[place - length] == context[end - length]:
            length += 1
        self.work += length
        return length

    def _buckets(self, start: int) -> np.ndarray:
        """The table's slots of the n-grams that end at ``start`` and later."""
        ids = np.frombuffer(self.ids, np.int32)
        mixed = np.zeros(len(ids) - start, np.uint64)
        for back in range(self.n - 1, -1, -1):
            mixed *= np.uint64(_BASE)
            mixed += ids[start - back : len(ids) - back].astype(np.uint64)
        mixed *= np.uint64(_MULTIPLIER)
        return (mixed >> np.uint64(64 - self._bits)).astype(np.int64)

    def _chain(self, start: int) -> None:
        """Enter the n-grams that end at ``start`` and later, all at once."""
        start = max(start, self.n - 1)
        if start >= len(self.ids):
            return
        buckets = self._buckets(start)
        newest = np.frombuffer(self._newest, np.int32)
        # Sorted by slot, then by place: each place's neighbour to the left is the one before it.
        order = np.sort(buckets << 32 | np.arange(start, len(self.ids)))
        places, slots = (order & 0xFFFFFFFF).astype(np.int32), order >> 32
        first = np.ones(len(order), bool)
        np.not_equal(slots[1:], slots[:-1], out=first[1:])
        previous = np.empty_like(places)
        previous[1:] = places[:-1]
        previous[first] = newest[slots[first]]
        np.frombuffer(self._before, np.int32)[places] = previous
        last = np.append(first[1:], True)
        newest[slots[last]] = places[last]

    def _grow(self) -> None:
        """A larger table: more slots than tokens, for chains as short as the text allows, and a quarter to spare."""
        self._bits = max(MIN_TABLE_BITS, (len(self.ids) * 5 // 4).bit_length())
        self._newest = array("i", [-1]) * (1 << self._bits)
        self._chain(0)


class Lookup:
    """Prompt lookup over the tokens of one sequence, and over texts beside it.

    min_match: tokens of context that a match needs at least.
    """

    def __init__(self, min_match: int = MIN_MATCH) -> None:
        if min_match < 1:
            raise ValueError("min_match is at least 1")
        self.min_match = min_match
        self._history = NgramIndex(min_match)
        self._synced: tuple[int, ...] = ()
        self._texts: tuple[NgramIndex, ...] = ()

    def __len__(self) -> int:
        return len(self._history)

    @property
    def work(self) -> int:
        """Steps of all drafts since the start."""
        return self._history.work + sum(text.work for text in self._texts)

    def sync(self, token_ids: Sequence[int] | np.ndarray) -> None:
        """Make the history equal to ``token_ids``; what both begin with is kept and costs a comparison only.

        A tuple is held on to: the next one is compared with it object by object, which needs no conversion.
        """
        held = token_ids if isinstance(token_ids, tuple) else ()
        kept = _same_chunks(self._synced, held)  # the history begins with what was synced last
        self._synced = held
        rest = as_ids(token_ids[kept:])
        known = common_prefix(self._history.ids[kept:], rest)
        self._history.truncate(kept + known)
        self._history.extend(rest[known:])

    def append(self, token_id: int) -> None:
        self._history.append(token_id)

    def set_texts(self, texts: Sequence[Sequence[int] | np.ndarray]) -> None:
        """Texts beside the sequence, such as the rest of the open file. One that is known already is not read again."""
        known = {text.ids.tobytes(): text for text in self._texts}
        made = []
        for token_ids in texts:
            ids = as_ids(token_ids)
            held = known.get(ids.tobytes())
            made.append(NgramIndex(self.min_match, ids) if held is None else held)
        self._texts = tuple(made)

    def draft(self, limit: int) -> Guess:
        """At most ``limit`` tokens that may follow the history. Of equal matches the history's newest, then the texts'
        in their order, their newest."""
        if limit <= 0:
            return NO_GUESS
        context = self._history.ids
        source, (place, match) = self._history, self._history.longest(context, own=True)
        for text in self._texts:
            if match >= MAX_MATCH:
                break
            found = text.longest(context, own=False)
            if found[1] > match:
                source, (place, match) = text, found
        if not match:
            return NO_GUESS
        token_ids = source.ids[place + 1 : place + 1 + limit].tolist()
        if source is self._history:  # a match that runs into the end repeats itself
            period = len(token_ids)
            while len(token_ids) < limit:
                token_ids.append(token_ids[-period])
        return Guess(token_ids, match)


def as_ids(token_ids: Sequence[int] | np.ndarray) -> array:
    """A copy as 32-bit integers. OverflowError for what does not fit."""
    if isinstance(token_ids, np.ndarray):
        return array("i", np.ascontiguousarray(token_ids, np.int32).tobytes())
    return array("i", token_ids)


def common_prefix(left: array, right: array) -> int:
    """How many tokens both begin with."""
    length = min(len(left), len(right))
    if not length:
        return 0
    differ = np.frombuffer(left, np.int32, length) != np.frombuffer(right, np.int32, length)
    return int(differ.argmax()) if differ.any() else length


def _same_chunks(left: tuple[int, ...], right: tuple[int, ...]) -> int:
    """How many tokens both begin with, in whole chunks."""
    same = 0
    while (chunk := left[same : same + CHUNK]) and len(chunk) == CHUNK and chunk == right[same : same + CHUNK]:
        same += CHUNK
    return same
