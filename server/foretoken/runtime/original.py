"""The text that is being rewritten as the draft of its rewriting: most of the answer repeats it.

While the answer agrees with the original there is one pointer, and a token costs one comparison. Where they part, it is
open for some tokens what happened: words replaced, a line inserted, lines deleted. All explanations are then followed
side by side, as the states of a pair hidden Markov model (R. Durbin et al., "Biological sequence analysis", 1998,
chapter 4: the forward algorithm of pairwise alignment) that are kept sparse, with the line as the unit of insertions and
deletions. The answer's line is explained again from its start: an inserted line often shares its indentation with the
line after it. When one explanation has nearly all of the probability there is one pointer again.

A replacement that was seen twice, such as a new name, is made in the rest of the original. The weights below were tried
on source files with seeded edits (tests/benchmarks/drafts.py); halving or doubling one changes little.
"""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from foretoken.runtime.lookup import NO_GUESS, Guess, NgramIndex

CERTAIN = 0.98  # share of the probability that ends the search
DRAFTED = 0.45  # from this share on a guess is worth its evaluation
HYPOTHESES = 16  # the most likely explanations kept
LIKELY = 1e-5  # of the most likely one's weight; less is given up
REPLAYED = 64  # tokens of the line that are explained again, at most
GAP = 16  # original tokens that new text within a line is looked for again in
LINES = 24  # lines deleted together, at most; a longer jump is found by its tokens
LOST = 4  # tokens that say where in the original the answer is, whatever the pointer was
# The model of an edit. What new tokens cost is their frequency in the original, mixed with a flat share.
P_REPLACE, P_GO_ON, GAP_DECAY = 0.005, 0.7, 0.6  # GAP_DECAY: for each original token that is left out
P_INSERT, P_SAME_DEPTH = 0.02, 0.5
P_DELETE, LINE_DECAY = 0.02, 0.6  # LINE_DECAY: for each further line
P_JUMP = 1e-4
FLAT = 1 / 2000
SEEN = 2  # a replacement seen so often is made in the rest
LONGEST_REPLACED = 12  # tokens; longer ones are one place's business


class Mode(IntEnum):
    COPY = 0  # the original goes on
    WITHIN = 1  # new text within a line
    LINE = 2  # a new line


@dataclass(slots=True)
class Hypothesis:
    """weight: unnormalized probability. since: index in the answer where new text began, -1 for none. replaced: the
    original's range that new text took the place of, and the answer's range of that text."""

    weight: float
    since: int = -1
    replaced: tuple[int, int, int, int] | None = None


Key = tuple[Mode, int]  # the mode and the pointer: the original's next token


class OriginalDraft:
    """Follows an answer that rewrites ``original_ids``, and guesses how it goes on.

    line_ends: ids of the tokens whose text ends with a line end; without them lines are not known, and inserted or
    deleted ones take longer to be understood. Memory: about 25 bytes a token of the original and 4 of the answer.
    """

    def __init__(self, original_ids: Sequence[int], line_ends: frozenset[int] = frozenset()) -> None:
        self._line_ends = line_ends
        self._answer = array("i")
        self._pointer = 0
        self._agreed = 0
        self._at_line_start = True
        self._hypotheses: dict[Key, Hypothesis] = {}  # empty while there is one pointer
        self._seen: Counter[tuple[tuple[int, ...], tuple[int, ...]]] = Counter()
        self.work = 0  # explanations looked at since the start
        self._read(array("i", original_ids))

    @property
    def aligned(self) -> bool:
        """Whether the place in the original is known."""
        return not self._hypotheses

    def follow(self, token_id: int) -> None:
        """The answer's next token, drafted or not."""
        self._answer.append(token_id)
        if not self._hypotheses:
            if self._pointer < len(self._ids) and self._ids[self._pointer] == token_id:
                self._pointer += 1
                self._agreed += 1
                self._at_line_start = token_id in self._line_ends
                return
            self._part()
        else:
            self._explain(token_id, len(self._answer) - 1)
        self._settle()

    def draft(self, limit: int) -> Guess:
        """At most ``limit`` tokens that may follow, none when the place is lost.

        match: tokens in agreement since the last divergence (or the start); 0 for a guess while the place is open.
        """
        if limit <= 0:
            return NO_GUESS
        if not self._hypotheses:
            return Guess(self._ids[self._pointer : self._pointer + limit].tolist(), self._agreed)
        pointer, share = self._next_pointer()
        if share < DRAFTED:
            return NO_GUESS
        return Guess(self._ids[pointer : pointer + limit].tolist(), 0)

    def _read(self, ids: array) -> None:
        self._ids = ids
        self._index: NgramIndex | None = None  # made when the place is lost
        self._starts = [0] + [i + 1 for i, token_id in enumerate(ids) if token_id in self._line_ends]
        self._counts = Counter(ids)

    def _part(self) -> None:
        """The answer's last token is not the original's: explain its line anew from where both agreed."""
        line = self._starts[bisect_right(self._starts, self._pointer) - 1]
        first = max(line, self._pointer - min(self._agreed, REPLAYED))
        self._at_line_start = first == line
        self._hypotheses = {(Mode.COPY, first): Hypothesis(1.0)}
        replayed = self._pointer - first + 1
        for index in range(len(self._answer) - replayed, len(self._answer)):
            self._explain(self._answer[index], index)

    def _explain(self, token_id: int, index: int) -> None:
        """The forward algorithm's step over ``token_id``, the answer's token at ``index``."""
        found: dict[Key, Hypothesis] = {}
        new = 0.5 * self._counts[token_id] / max(len(self._ids), 1) + FLAT

        def add(
            mode: Mode, pointer: int, weight: float, since: int, replaced: tuple[int, int, int, int] | None
        ) -> None:
            held = found.get((mode, pointer))
            if held is None:
                found[mode, pointer] = Hypothesis(weight, since, replaced)
                return
            held.weight += weight  # the story stays that of the first, which comes from the more likely one

        ends = token_id in self._line_ends
        for (mode, pointer), hypothesis in self._hypotheses.items():
            weight, since, replaced = hypothesis.weight, hypothesis.since, hypothesis.replaced
            if mode == Mode.COPY:
                if self._has(pointer, token_id):
                    add(Mode.COPY, pointer + 1, weight, -1, replaced)
                if ends:
                    add(Mode.COPY, self._line_after(pointer), weight * P_REPLACE * new, -1, None)
                else:
                    add(Mode.WITHIN, pointer, weight * P_REPLACE * new, index, None)
                if self._at_line_start and self._starts_line(pointer):
                    if ends:
                        add(Mode.COPY, pointer, weight * P_INSERT * new, -1, None)
                    else:
                        # Most new lines are as deep as the line after them.
                        depth = max(new, P_SAME_DEPTH if self._has(pointer, token_id) else 0.0)
                        add(Mode.LINE, pointer, weight * P_INSERT * depth, index, None)
                    number = bisect_right(self._starts, pointer)
                    for skipped, start in enumerate(self._starts[number : number + LINES]):
                        if self._has(start, token_id):
                            add(Mode.COPY, start + 1, weight * P_DELETE * LINE_DECAY**skipped, -1, None)
            elif mode == Mode.WITHIN:
                for at in self._gaps(pointer, token_id):
                    share = (1 - P_GO_ON) * (1 - GAP_DECAY) * GAP_DECAY ** (at - pointer)
                    add(Mode.COPY, at + 1, weight * share, -1, (pointer, at, since, index))
                if ends:
                    add(Mode.COPY, self._line_after(pointer), weight * (1 - P_GO_ON) * new, -1, None)
                else:
                    add(Mode.WITHIN, pointer, weight * P_GO_ON * new, since, None)
            elif ends:
                add(Mode.COPY, pointer, weight * new, -1, None)
                add(Mode.COPY, self._line_after(pointer), weight * new * P_DELETE, -1, None)
            else:
                add(Mode.LINE, pointer, weight * new, since, None)
        self.work += len(found)
        self._at_line_start = ends
        self._keep(found)

    def _keep(self, found: dict[Key, Hypothesis]) -> None:
        """The most likely ones, normalized; one that was found elsewhere when the place is lost."""
        total = sum(hypothesis.weight for hypothesis in found.values())
        kept = sorted(found.items(), key=lambda item: -item[1].weight)[:HYPOTHESES]
        least = kept[0][1].weight * LIKELY
        self._hypotheses = {key: hypothesis for key, hypothesis in kept if hypothesis.weight >= least}
        for hypothesis in self._hypotheses.values():
            hypothesis.weight /= total
        at = self._elsewhere()
        if at >= 0 and (Mode.COPY, at) not in self._hypotheses:
            self._hypotheses[Mode.COPY, at] = Hypothesis(P_JUMP)

    def _elsewhere(self) -> int:
        """Where in the original the answer's last tokens stand, the longest match first; -1 for nowhere."""
        if self._index is None:
            self._index = NgramIndex(LOST, self._ids)
        place, _ = self._index.longest(self._answer, own=False)
        return place + 1 if place >= 0 else -1

    def _settle(self) -> None:
        """One pointer again when it is nearly certain; what was replaced on the way is remembered."""
        (mode, pointer), best = max(self._hypotheses.items(), key=lambda item: item[1].weight)
        if mode != Mode.COPY or best.weight < CERTAIN * sum(h.weight for h in self._hypotheses.values()):
            return
        self._hypotheses = {}
        self._pointer = pointer
        self._agreed = self._run(pointer)
        if best.replaced is not None:
            self._learn(*best.replaced)

    def _learn(self, first: int, end: int, since: int, until: int) -> None:
        """The original's ``first`` to ``end`` became the answer's ``since`` to ``until``."""
        old, new = tuple(self._ids[first:end]), tuple(self._answer[since:until])
        if not old or max(len(old), len(new)) > LONGEST_REPLACED:
            return
        self._seen[old, new] += 1
        if self._seen[old, new] >= SEEN:
            rest = _replaced(self._ids[self._pointer :], old, new)
            # Were it too wide, it would be seen backwards twice, and taken back.
            self._seen[old, new] = 0
            self._read(self._ids[: self._pointer] + rest)

    def _next_pointer(self) -> tuple[int, float]:
        """Where the original most probably goes on, and the share of the probability that its next token has."""
        shares: dict[int, float] = {}
        total = 0.0
        for (mode, pointer), hypothesis in self._hypotheses.items():
            total += hypothesis.weight
            if mode == Mode.COPY:
                shares[pointer] = shares.get(pointer, 0.0) + hypothesis.weight
            elif mode == Mode.WITHIN:
                share = hypothesis.weight * (1 - P_GO_ON) * (1 - GAP_DECAY)
                for at in range(pointer, pointer + GAP):
                    shares[at] = shares.get(at, 0.0) + share
                    share *= GAP_DECAY
        # Pointers that go on with the same token speak for it together: in a repetition none is likely alone.
        tokens: dict[int, float] = {}
        for at, share in shares.items():
            if at < len(self._ids):
                tokens[self._ids[at]] = tokens.get(self._ids[at], 0.0) + share
        if not tokens:
            return -1, 0.0
        token_id = max(tokens, key=tokens.__getitem__)
        pointer = max((at for at in shares if self._has(at, token_id)), key=shares.__getitem__)
        return pointer, tokens[token_id] / total

    def _run(self, pointer: int) -> int:
        """How many tokens before ``pointer`` are the answer's last ones."""
        length, most = 0, min(pointer, len(self._answer), REPLAYED)
        while length < most and self._ids[pointer - 1 - length] == self._answer[-1 - length]:
            length += 1
        return length

    def _has(self, at: int, token_id: int) -> bool:
        return at < len(self._ids) and self._ids[at] == token_id

    def _gaps(self, start: int, token_id: int) -> list[int]:
        """Where ``token_id`` stands from ``start`` on, within a replacement's reach."""
        return [at for at in range(start, min(start + GAP, len(self._ids))) if self._ids[at] == token_id]

    def _starts_line(self, at: int) -> bool:
        return self._starts[bisect_right(self._starts, at) - 1] == at

    def _line_after(self, at: int) -> int:
        """The start of the line after that of ``at``, or the original's end."""
        number = bisect_right(self._starts, at)
        return self._starts[number] if number < len(self._starts) else len(self._ids)


def _replaced(ids: array, old: tuple[int, ...], new: tuple[int, ...]) -> array:
    """``ids`` with each ``old`` as ``new``."""
    found, at = array("i"), 0
    while at < len(ids):
        if ids[at] == old[0] and tuple(ids[at : at + len(old)]) == old:
            found.extend(new)
            at += len(old)
        else:
            found.append(ids[at])
            at += 1
    return found


def line_end_ids(pieces: Sequence[bytes]) -> frozenset[int]:
    """The ids of those tokens whose bytes, ``pieces[id]``, end a line."""
    return frozenset(token_id for token_id, piece in enumerate(pieces) if piece.endswith((b"\n", b"\r")))
