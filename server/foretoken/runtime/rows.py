"""What a state wants evaluated next, and how it is handed over.

A request's work is a coroutine (``Steps``): it yields ``Rows``, waits until they are evaluated, alone or in one call with
those of others, and goes on. Between two Rows it can be left waiting for as long as other work is more urgent, for
nothing that was computed is needed any more but what its sequence holds.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from foretoken.runtime.live_state import LiveState

Result = TypeVar("Result")


class How(Enum):
    """What becomes of the state."""

    EXTEND = auto()  # the rows are part of it from now on
    HOLD = auto()  # the same, and a copy of the state before them is held until the next call, for ``fall_back``
    BRANCH = auto()  # they are evaluated in a copy, which is gone afterwards


@dataclass(slots=True, eq=False)
class Rows:
    """``token_ids`` behind what ``state`` holds; the last ``n_outputs`` have logits.

    Then, views good until the next call: logits, shape (n_outputs, n_vocab); hidden, shape (len(token_ids), n_embd), None
    without MTP.
    """

    state: "LiveState"
    token_ids: Sequence[int] | np.ndarray
    n_outputs: int
    how: How = How.EXTEND
    logits: np.ndarray | None = None
    hidden: np.ndarray | None = None


# What is yielded beside Rows is what is sent: tokens, a finish, scores.
Steps = Generator[Any, None, Result]
