"""How probable given candidates are as the continuation: a trie of their tokens, most probable branches first.

The prompt's own logits tell the candidates' first tokens apart for nothing. A branch of the trie that goes on is evaluated
in a copy of the state, as long as rows are left and it may still matter.
"""

import heapq
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from foretoken.runtime.context import ComputeError, DecodeError
from foretoken.runtime.live_state import LiveState
from foretoken.runtime.rows import Steps
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Score


@dataclass(slots=True)
class Node:
    """path: the tokens that lead here; logprob: of all of them, once known; ends: the candidates that end here."""

    path: tuple[int, ...]
    children: dict[int, "Node"] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)
    logprob: float = 0.0
    expanded: bool = False


class Trie:
    """The token ids of all candidates."""

    def __init__(self, candidates: Sequence[Sequence[int]]) -> None:
        self.root = Node(())
        for number, token_ids in enumerate(candidates):
            node = self.root
            for token_id in token_ids:
                node = node.children.setdefault(token_id, Node((*node.path, token_id)))
            node.ends.append(number)

    def tail(self, node: Node) -> list[Node]:
        """``node`` and those behind it for as long as there is one way only; each of them has children."""
        nodes = [node]
        while len(node.children) == 1:
            (node,) = node.children.values()
            if not node.children:
                break
            nodes.append(node)
        return nodes


def score(
    state: LiveState,
    candidates: Sequence[Sequence[int]],
    share: float,
    max_rows: int,
    most: int,
    cancel: CancelToken,
) -> Steps[list[Score]]:
    """The scores of ``candidates`` (token ids), given the state and logits at the prompt's end.

    share: subtracted from each, the logarithm of the probability of what is known to come. most: rows of one call.
    Raises Cancelled between calls, or DecodeError.
    """
    # A branch holds so many tokens; what of a candidate is longer stays unknown.
    whole = [len(token_ids) <= most + 1 for token_ids in candidates]
    trie = Trie([token_ids[: most + 1] for token_ids in candidates])
    _expand(trie.root, state.logits()[0])
    serial = itertools.count()
    waiting = [(-child.logprob, next(serial), child) for child in trie.root.children.values() if child.children]
    heapq.heapify(waiting)
    rows = max_rows if state.can_hold else 0
    while waiting:
        cancel.check()
        _, _, node = heapq.heappop(waiting)
        tail = trie.tail(node)[: max(1, most - len(node.path) + 1)]
        path = tail[-1].path
        while len(path) > min(rows, most) and len(tail) > 1:
            tail = tail[:-1]
            path = tail[-1].path
        if len(path) > min(rows, most):
            continue
        rows -= len(path)
        logits = yield from state.branch(path)
        for step, behind in enumerate(tail, start=len(node.path) - 1):
            _expand(behind, logits[step])
        for child in tail[-1].children.values():
            if child.children:
                heapq.heappush(waiting, (-child.logprob, next(serial), child))
    found = _scores(trie, len(candidates), share)
    return [score if known else replace(score, exact=False) for score, known in zip(found, whole, strict=True)]


def log_share(logits: np.ndarray, token_ids: np.ndarray) -> float:
    """The natural logarithm of the probability that one of ``token_ids`` comes next."""
    weights = np.exp((logits - logits.max()).astype(np.float64))
    share = float(weights[token_ids].sum()) / float(weights.sum())
    if not share > 0:
        raise DecodeError("the model gives what was typed no probability")
    return math.log(share)


def _expand(node: Node, logits: np.ndarray) -> None:
    """The children's probabilities from the logits after ``node``."""
    highest = float(logits.max())
    if not math.isfinite(highest):
        raise ComputeError("the model's logits are not numbers")
    log_total = highest + math.log(float(np.exp(logits - highest).sum()))
    for token_id, child in node.children.items():
        child.logprob = node.logprob + float(logits[token_id]) - log_total
    node.expanded = True


def _scores(trie: Trie, count: int, share: float) -> list[Score]:
    scores = [Score(0.0, False)] * count
    waiting = [(trie.root, True, 0.0)]
    while waiting:
        node, exact, bound = waiting.pop()
        logprob = node.logprob if exact else bound
        for number in node.ends:
            scores[number] = Score(min(0.0, logprob - share), exact)
        for child in node.children.values():
            waiting.append((child, exact and node.expanded, logprob))
    return scores
