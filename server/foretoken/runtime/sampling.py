"""Which token comes next: greedy or drawn, under a constraint or not, and how probable the model found it."""

from math import exp, inf, log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from foretoken.runtime.context import ComputeError
from foretoken.text.generation import Sampling

if TYPE_CHECKING:
    from foretoken.runtime.constraints import Matcher

# Few tokens have all the weight: those this much below the best logit are looked at first, and twice as deep each time
# that they do not suffice. Sorting a large vocabulary costs a hundred times what this does.
DEPTH = 6.0
DEEPEST = 100.0
_LOWEST = float(np.finfo(np.float32).min)
_ROW = 64


class Choice(NamedTuple):
    """probability: the model's own, softmax of the raw logits at temperature 1. forced: the constraint forbade what
    would have been chosen."""

    token_id: int
    probability: float
    forced: bool


class Sampler:
    """Chooses one answer's tokens. For one thread.

    Each call of ``choose`` that draws takes one random number, two when the constraint refuses the first draw: with a
    seed the answer is the same however many tokens were guessed ahead.
    """

    def __init__(self, n_vocab: int, sampling: Sampling, probabilities: bool = True) -> None:
        """probabilities: False = those of greedy choices are not wanted, and said to be 1."""
        self._sampling = sampling
        self._lazy = not probabilities and sampling.temperature <= 0
        self._weights = np.empty(n_vocab, np.float32)
        self._greedy = sampling.temperature <= 0
        self._random = None if self._greedy else np.random.default_rng(sampling.seed)

    def choose(self, logits: np.ndarray, matcher: "Matcher | None" = None, allowed: np.ndarray | None = None) -> Choice:
        """The next token from ``logits``, float32 of shape (n_vocab,), which stay as they are.

        allowed: ids to choose from, at least one (healing); the probability is renormalised over them then, and the
        matcher has no say. Raises ComputeError when the logits are not numbers.
        """
        if allowed is not None:
            return self._among(logits[allowed], allowed)
        best = int(logits.argmax())
        top = float(logits[best])
        if self._lazy and -inf < top < inf and (matcher is None or matcher.allows(best)):
            return Choice(best, 1.0, False)
        total = self._total(logits, top)
        token_id = best if self._greedy else self._draw(logits, top, total)
        if matcher is None or matcher.allows(token_id):
            return Choice(token_id, self._probability(logits, token_id, top, total), False)
        # Where there is one text only that may come, it comes in the tokens that a tokenizer would choose.
        if required := matcher.forced():
            return Choice(required[0], self._probability(logits, required[0], top, total), True)
        # As llama.cpp does: the whole mask only when the one token is refused. Refused and drawn again under the mask,
        # every token comes as often as if it had been drawn under the mask at once.
        masked = matcher.masked(logits)
        best = int(masked.argmax())
        most = float(masked[best])
        if most == -inf:  # the model excludes all that the grammar allows
            token_id = int(np.unpackbits(matcher.mask(), bitorder="little").argmax())
        elif self._greedy:
            token_id = best
        else:
            token_id = self._draw(masked, most, None)
        return Choice(token_id, self._probability(logits, token_id, top, total), True)

    def _among(self, values: np.ndarray, ids: np.ndarray) -> Choice:
        at = int(values.argmax())
        top = float(values[at])
        total = self._total(values, top)
        if not self._greedy:
            at = self._draw(values, top, total)
        return Choice(int(ids[at]), self._probability(values, at, top, total), False)

    def _total(self, logits: np.ndarray, top: float) -> float:
        """The sum of exp(logit - top)."""
        if not -inf < top < inf:  # argmax finds what is not a number first
            raise ComputeError("the model's logits are not numbers")
        weights = self._weights[: len(logits)]
        np.subtract(logits, top, out=weights)
        np.exp(weights, out=weights)
        return float(np.add.reduce(weights))

    @staticmethod
    def _probability(logits: np.ndarray, at: int, top: float, total: float) -> float:
        return exp(float(logits[at]) - top) / total

    def _draw(self, logits: np.ndarray, top: float, total: float | None) -> int:
        """An index into ``logits``, by llama.cpp's samplers in order: top_k, top_p, min_p, temperature.

        total: what ``_total`` says of these logits, None = not known.
        """
        sampling = self._sampling
        if not sampling.top_k and sampling.top_p >= 1 and sampling.min_p <= 0:
            return self._draw_from_all(logits, top)
        top_p, top_k = sampling.top_p < 1, sampling.top_k
        if top_p and not top_k and total is None:
            total = self._total(logits, top)
        ids, values = self._candidates(logits, top, total)
        weights = np.exp(values.astype(np.float64) - top)
        count = len(ids)
        if top_p:
            cumulative = weights.cumsum()
            mass = sampling.top_p * (float(cumulative[-1]) if top_k else total)
            count = min(count, int(cumulative.searchsorted(mass)) + 1)
        if sampling.min_p > 0:
            count = min(count, int(np.count_nonzero(weights >= sampling.min_p)))
        count = max(count, 1)
        return int(ids[self._index(np.exp((values[:count].astype(np.float64) - top) / sampling.temperature))])

    def _candidates(self, logits: np.ndarray, top: float, total: float | None) -> tuple[np.ndarray, np.ndarray]:
        """The ids that the cuts can leave, best first, and their logits: the exact first top_k where it is set."""
        sampling = self._sampling
        top_k = sampling.top_k
        # Both cuts leave the first of the sorted tokens, so a min_p may go first, except where it would change the
        # mass that top_p counts.
        lowest = _LOWEST
        if sampling.min_p > 0 and not (top_k and sampling.top_p < 1):
            lowest = max(lowest, top + log(sampling.min_p) - 1e-4)
        depth = DEPTH
        while True:
            floor = max(top - depth, lowest) if depth < DEEPEST else lowest
            ids = np.flatnonzero(logits >= floor)
            if floor == lowest or (top_k and len(ids) >= top_k):
                break
            if not top_k and sampling.top_p < 1 and np.exp(logits[ids] - top).sum() >= sampling.top_p * total:
                break
            depth *= 2
        values = logits[ids]
        if top_k and len(ids) > top_k:
            kept = np.sort(np.argpartition(values, -top_k)[-top_k:])
            ids, values = ids[kept], values[kept]
        order = np.argsort(-values, kind="stable")
        return ids[order], values[order]

    def _draw_from_all(self, logits: np.ndarray, top: float) -> int:
        """By rows of 64 first, then within the row: the sums of the rows cost a tenth of a running sum over all."""
        weights = self._weights[: len(logits)]
        np.subtract(logits, top, out=weights)
        np.divide(weights, self._sampling.temperature, out=weights)
        np.exp(weights, out=weights)
        whole = len(weights) // _ROW * _ROW
        sums = np.append(
            weights[:whole].reshape(-1, _ROW).sum(axis=1, dtype=np.float64), weights[whole:].sum(dtype=np.float64)
        )
        first = self._index(sums) * _ROW
        return first + self._index(weights[first : first + _ROW].astype(np.float64))

    def _index(self, weights: np.ndarray) -> int:
        """An index drawn by weight; one of weight 0 never."""
        cumulative = weights.cumsum()
        at = int(cumulative.searchsorted(self._random.random() * cumulative[-1], side="right"))
        return at if at < len(weights) else int(np.flatnonzero(weights)[-1])  # the product may round up to the sum
