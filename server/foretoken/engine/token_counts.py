"""Counts of model tokens by content, so that a prompt's unchanged pieces are counted once."""

import hashlib
from collections import OrderedDict

REMEMBERED = 8192


class TokenCounts:
    """For one vocabulary; the least recently used are forgotten. Holds digests, no text."""

    def __init__(self) -> None:
        self._counts: OrderedDict[bytes, int] = OrderedDict()

    def get(self, text: str) -> int | None:
        key = _digest(text)
        count = self._counts.get(key)
        if count is not None:
            self._counts.move_to_end(key)
        return count

    def put(self, text: str, count: int) -> None:
        self._counts[_digest(text)] = count
        if len(self._counts) > REMEMBERED:
            self._counts.popitem(last=False)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
