"""Which draft, if any, goes into the next call of the model: the one that promises the most tokens in the least time.

Drafts never change the answer (they are verified row by row: Leviathan et al. 2023, "Fast inference from transformers
via speculative decoding", with a point guess as the draft), so all choices here are about speed.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from foretoken.runtime.cost import DecodeCost
from foretoken.runtime.counters import Counters
from foretoken.runtime.lookup import Lookup
from foretoken.runtime.mtp import Mtp
from foretoken.runtime.original import OriginalDraft
from foretoken.runtime.tuning import Speculation, Tuning

# How fast the measured acceptance follows new outcomes.
LEARN = 0.1
# Where a source is expected to be right before anything was measured: MTP by position; copies by how many tokens of
# context speak for them, the first token and each following one (tests/benchmarks/drafts.py on the standard library).
MTP_PRIOR = 0.7
LOOKUP_FIRST = (0.25, 0.25, 0.35, 0.44, 0.52, 0.59, 0.65, 0.66, 0.74, 0.75, 0.75, 0.75, 0.8, 0.8, 0.8, 0.8, 0.88)
LOOKUP_FOLLOWING = (0.45, 0.45, 0.57, 0.65, 0.7, 0.73, 0.76, 0.77, 0.81, 0.82, 0.82, 0.82, 0.85, 0.85, 0.85, 0.85, 0.9)
ORIGINAL_FIRST = (0.85, 0.97, 0.92, 0.95, 0.97, 0.98, 0.98, 0.98, 0.99)
ORIGINAL_FOLLOWING = (0.98,) * 9
GRAMMAR_PRIOR = 0.9
# A source that does not pay is tried again after so many calls, then after twice as many, …
FIRST_PAUSE, LAST_PAUSE = 32, 1024


class Source(StrEnum):
    """Who guessed; the values are names in the metrics."""

    NONE = "none"
    MTP = "mtp"
    LOOKUP = "lookup"
    ORIGINAL = "original"
    GRAMMAR = "grammar"


@dataclass(frozen=True, slots=True)
class Draft:
    """Guessed tokens after the one that was chosen last. grade: which statistics the outcome belongs to."""

    source: Source
    token_ids: list[int]
    grade: int = 0


NO_DRAFT = Draft(Source.NONE, [])


class Odds:
    """How often a guessed token was right, given that those before it were; by grade, the first token apart."""

    def __init__(self, first: Sequence[float], following: Sequence[float]) -> None:
        self._first, self._following = list(first), list(following)

    def first(self, grade: int) -> float:
        return self._first[min(grade, len(self._first) - 1)]

    def following(self, grade: int) -> float:
        return self._following[min(grade, len(self._following) - 1)]

    def expected(self, grade: int, length: int) -> float:
        """Tokens that a call with ``length`` drafted ones gives, the one that it gives anyway included."""
        following = self.following(grade)
        runs = float(length) if following >= 1 else (1 - following**length) / (1 - following)
        return 1 + self.first(grade) * runs

    def whole(self, grade: int, length: int) -> float:
        """The probability that all of a draft is right."""
        return self.first(grade) * self.following(grade) ** (length - 1)

    def learn(self, grade: int, length: int, accepted: int) -> None:
        self._update(self._first, grade, float(accepted > 0), 1)
        if accepted:
            judged = min(accepted, length - 1)
            if judged:
                self._update(self._following, grade, (accepted - 1) / judged, judged)

    @staticmethod
    def _update(odds: list[float], grade: int, share: float, count: int) -> None:
        grade = min(grade, len(odds) - 1)
        odds[grade] += (1 - (1 - LEARN) ** count) * (share - odds[grade])


class Drafter:
    """For one generator. ``start``, then for each call of the model ``propose`` and ``learn``; ``follow`` each token."""

    def __init__(
        self, mtp: Mtp | None, tuning: Tuning, cost: DecodeCost, n_rollback: int, line_ends: frozenset[int],
        counters: Counters,
    ) -> None:  # fmt: skip
        self._mtp = mtp
        self._tuning = tuning
        self._cost = cost
        self._n_rollback = n_rollback
        self._line_ends = line_ends
        self._counters = counters
        self._lookup = Lookup()
        self._original: OriginalDraft | None = None
        self._mtp_odds = [MTP_PRIOR] * max(1, tuning.n_draft)
        self._odds = {
            Source.LOOKUP: Odds(LOOKUP_FIRST, LOOKUP_FOLLOWING),
            Source.ORIGINAL: Odds(ORIGINAL_FIRST, ORIGINAL_FOLLOWING),
            Source.GRAMMAR: Odds((GRAMMAR_PRIOR,), (GRAMMAR_PRIOR,)),
        }
        self._mtp_seconds = 0.0  # for each guessed token
        self._pause = 0
        self._next_pause = FIRST_PAUSE

    @property
    def wanted(self) -> bool:
        """Whether any draft may come."""
        return self._mtp is not None or self._original is not None or self._tuning.lookup is not Speculation.OFF

    def start(self, token_ids: np.ndarray, original: Sequence[int], texts: Sequence[Sequence[int]]) -> None:
        """A new answer behind ``token_ids``; original: what it mostly repeats; texts: what it may repeat in parts."""
        self._original = OriginalDraft(original, self._line_ends) if original else None
        if self._tuning.lookup is not Speculation.OFF:
            self._lookup.sync(token_ids)
            self._lookup.set_texts(texts)

    def in_original(self, token_id: int) -> bool:
        """Whether the original text goes on with ``token_id``."""
        return self._original is not None and self._original.draft(1).token_ids == [token_id]

    def follow(self, token_id: int) -> None:
        """``token_id`` is part of the answer now."""
        if self._original is not None:
            self._original.follow(token_id)
        if self._tuning.lookup is not Speculation.OFF:
            self._lookup.append(token_id)

    def propose(self, token_id: int, room: int, can_hold: bool, can_mtp: bool, forced: Sequence[int] = ()) -> Draft:
        """What may follow ``token_id``, which is chosen but not evaluated. At most ``room`` tokens.

        can_hold: the state can be held; else the draft must be short enough to be rolled back. can_mtp: the draft
        context is where the target is. forced: what a grammar requires next, in the tokens that a tokenizer would choose;
        the model may still cut it otherwise.
        """
        if room <= 0:
            return NO_DRAFT
        copied, rate = self._copied(min(room, self._tuning.n_long_draft if can_hold else self._n_rollback), forced)
        limit, mtp_rate = self._mtp_length(min(room, self._tuning.n_draft, self._n_rollback) if can_mtp else 0)
        plain = self._rate(1.0, 0, 0.0)
        if copied.token_ids and (not limit or rate >= mtp_rate) and (rate > plain or self._forced(copied.source)):
            return self._counted(copied)
        if limit and self._mtp:
            began = time.perf_counter()
            guesses = self._mtp.draft(token_id, limit, self._least())
            self._counters.draft_calls += 1 + max(0, len(guesses) - 1)
            seconds = (time.perf_counter() - began) / (len(guesses) or 1)
            self._mtp_seconds += LEARN * (seconds - self._mtp_seconds) if self._mtp_seconds else seconds
            if guesses:
                return self._counted(Draft(Source.MTP, guesses))
            self._mtp_odds[0] -= LEARN * self._mtp_odds[0]  # it cost its time and brought nothing
        return NO_DRAFT

    def learn(self, draft: Draft, accepted: int) -> None:
        """So many of the draft's tokens were right."""
        if not draft.token_ids:
            return
        self._counters.accepted[draft.source] += accepted
        if draft.source is Source.MTP:
            for position in range(min(accepted + 1, len(draft.token_ids))):
                self._mtp_odds[position] += LEARN * ((position < accepted) - self._mtp_odds[position])
        else:
            self._odds[draft.source].learn(draft.grade, len(draft.token_ids), accepted)

    def _counted(self, draft: Draft) -> Draft:
        self._counters.drafted[draft.source] += len(draft.token_ids)
        return draft

    def _copied(self, limit: int, forced: Sequence[int]) -> tuple[Draft, float]:
        """The best one of those that cost nothing to make, cut where more of it would not pay, and its rate."""
        found = [self._graded(Source.GRAMMAR, list(forced[:limit]), 0)]
        if self._original is not None:
            guess = self._original.draft(limit)
            found.append(self._graded(Source.ORIGINAL, guess.token_ids, guess.match))
        if self._tuning.lookup is not Speculation.OFF:
            guess = self._lookup.draft(limit)
            found.append(self._graded(Source.LOOKUP, guess.token_ids, guess.match))
        return max(found, key=lambda graded: graded[1])

    def _graded(self, source: Source, token_ids: list[int], match: int) -> tuple[Draft, float]:
        if not token_ids:
            return NO_DRAFT, 0.0
        odds = self._odds[source]
        best_length, best_rate = 0, 0.0
        for length in {min(len(token_ids), self._n_rollback) or 1, len(token_ids)}:
            again = self._again(length, odds.whole(match, length))
            rate = self._rate(odds.expected(match, length), length, again)
            if rate > best_rate:
                best_length, best_rate = length, rate
        return Draft(source, token_ids[:best_length], match), best_rate

    def _again(self, length: int, whole: float) -> float:
        """Seconds that are to be expected for evaluating again what was right of a long draft that fails."""
        if length <= self._n_rollback:
            return 0.0
        return (1 - whole) * (self._cost.seconds(length) - self._cost.seconds(0)) / 2

    def _mtp_length(self, limit: int) -> tuple[int, float]:
        """How many tokens MTP should guess now, 0 for none, and the rate that is expected then."""
        if self._mtp is None or limit <= 0 or self._mtp.broken:
            return 0, 0.0
        best_length, best_rate, expected, chance = 0, self._rate(1.0, 0, 0.0), 1.0, 1.0
        for length in range(1, limit + 1):
            chance *= self._mtp_odds[length - 1]
            expected += chance
            rate = self._rate(expected, length, length * self._mtp_seconds)
            if rate > best_rate or self._tuning.mtp is Speculation.ON:
                best_length, best_rate = length, rate
        return self._patience(best_length, limit), best_rate

    def _patience(self, length: int, limit: int) -> int:
        """A source that does not pay now is measured again from time to time."""
        if length:
            self._pause, self._next_pause = 0, FIRST_PAUSE
        elif self._pause >= self._next_pause:
            self._pause, self._next_pause = 0, min(2 * self._next_pause, LAST_PAUSE)
            length = limit
        else:
            self._pause += 1
        if self._mtp:
            self._mtp.eager = bool(length)
        return length

    def _least(self) -> float:
        """The probability below which another guessed token costs more than it brings."""
        if self._tuning.mtp is Speculation.ON or not self._cost.known:
            return 0.0
        row = self._cost.seconds(2) - self._cost.seconds(1)
        return min(0.9, (row + self._mtp_seconds) / max(self._cost.seconds(1), 1e-9))

    def _rate(self, expected: float, length: int, extra: float) -> float:
        """Tokens a second of a call with ``length`` drafted tokens; while nothing is measured, tokens a call."""
        seconds = self._cost.seconds(1 + length) + extra
        return expected / seconds if seconds > 0 else expected

    def _forced(self, source: Source) -> bool:
        return source in (Source.ORIGINAL, Source.GRAMMAR) or self._tuning.lookup is Speculation.ON
