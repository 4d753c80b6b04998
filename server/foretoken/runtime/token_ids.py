"""Sequences of model token ids as arrays."""

from collections.abc import Sequence

import numpy as np


def common_prefix(left: np.ndarray, right: np.ndarray) -> int:
    """How many leading ids are equal."""
    limit = min(len(left), len(right))
    different = left[:limit] != right[:limit]
    at = int(different.argmax()) if limit else 0
    return at if limit and different[at] else limit


class TokenIds:
    """Ids that grow and shrink at the end. ``view`` is cheap, and good until the next change."""

    def __init__(self, capacity: int) -> None:
        self._ids = np.zeros(capacity, np.int32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def view(self) -> np.ndarray:
        return self._ids[: self._count]

    def extend(self, token_ids: Sequence[int] | np.ndarray) -> None:
        end = self._count + len(token_ids)
        self._ids[self._count : end] = token_ids
        self._count = end

    def cut(self, n_tokens: int) -> None:
        self._count = n_tokens

    def replace(self, token_ids: np.ndarray) -> None:
        self._count = 0
        self.extend(token_ids)
