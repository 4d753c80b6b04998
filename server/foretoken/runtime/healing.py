"""Token healing: the last typed token is taken back and generated again, constrained to the bytes that were typed.

Text that ends inside a word was never seen tokenized that way in training, so the model would answer badly after
it. (The method is known from guidance, "the art of prompt design: token healing", 2023.)
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MAX_REMOVED = 3


@dataclass(slots=True)
class Healing:
    """remaining: typed bytes that are still to be generated. removed: the ids that the prompt had for them."""

    remaining: bytes
    removed: tuple[int, ...]


class HealingIndex:
    """The vocabulary's tokens sorted by their bytes. Control tokens (empty pieces) are not in it."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces
        ids = sorted((token_id for token_id, piece in enumerate(pieces) if piece), key=pieces.__getitem__)
        self._sorted = [pieces[token_id] for token_id in ids]
        self._ids = np.array(ids, np.int32)

    def removable(self, token_ids: Sequence[int]) -> int:
        """How many tokens to take back from the end: the most, up to three, that a single token could stand for."""
        for count in range(min(MAX_REMOVED, len(token_ids)), 1, -1):
            low, high = self._range(self.bytes_of(token_ids[-count:]))
            if low < high:
                return count
        return min(1, len(token_ids))

    def bytes_of(self, token_ids: Sequence[int]) -> bytes:
        return b"".join(self._pieces[token_id] for token_id in token_ids)

    def start(self, removed: Sequence[int]) -> Healing:
        return Healing(self.bytes_of(removed), tuple(removed))

    def allowed(self, healing: Healing) -> np.ndarray:
        """The ids that may come next, int32.

        Those that begin with all remaining bytes, and the token that the prompt had here. Other tokens that cover
        only a part would leave a tokenization that the model never saw ("B" for "Bad"); white space is the
        exception: before a word its last blank belongs to the word, so the run is one token shorter.
        """
        remaining = healing.remaining
        low, high = self._range(remaining)
        covering = self._ids[low:high]
        partial = []
        if remaining.isspace():
            for length in range(1, len(remaining)):
                at, end = self._range(remaining[:length])
                if at < end and self._sorted[at] == remaining[:length]:
                    partial.append(self._ids[at])
        elif len(healing.removed) > 1:
            partial.append(healing.removed[0])
        return np.append(covering, np.array(partial, np.int32)) if partial else covering

    def advance(self, healing: Healing, token_id: int) -> bytes:
        """Note that ``token_id`` was generated; returns its bytes beyond the typed ones."""
        piece = self._pieces[token_id]
        on_path = bool(healing.removed) and healing.removed[0] == token_id
        healing.removed = healing.removed[1:] if on_path else ()
        beyond = piece[len(healing.remaining) :]
        healing.remaining = healing.remaining[len(piece) :]
        return beyond

    def _range(self, prefix: bytes) -> tuple[int, int]:
        """Where the tokens that begin with ``prefix`` stand in the sorted order."""
        low = bisect_left(self._sorted, prefix)
        bare = prefix.rstrip(b"\xff")
        if not bare:
            return low, len(self._sorted)
        return low, bisect_left(self._sorted, bare[:-1] + bytes((bare[-1] + 1,)), low)
