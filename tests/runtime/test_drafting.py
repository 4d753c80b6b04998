"""Which draft goes into the next call, by what it promises and what it costs."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from foretoken.runtime import drafting
from foretoken.runtime.counters import Counters
from foretoken.runtime.drafting import FIRST_PAUSE, LAST_PAUSE, NO_DRAFT, Drafter, Odds, Source
from foretoken.runtime.tuning import Speculation, Tuning

AUTO, ON, OFF = Speculation.AUTO, Speculation.ON, Speculation.OFF
NEVER_SAID = list(range(1000, 1200))
ROOM = 100


class Cost:
    """seconds = 1 + per_row * rows"""

    known = True

    def __init__(self, per_row: float) -> None:
        self.per_row = per_row

    def seconds(self, rows: int) -> float:
        return 1 + self.per_row * rows


class Mtp:
    """Guesses the same token again and again; when it is not sure, none."""

    def __init__(self) -> None:
        self.eager = self.sure = True
        self.broken = False
        self.asked: list[tuple[int, int, float]] = []

    def draft(self, token_id: int, limit: int, least: float) -> list[int]:
        self.asked.append((token_id, limit, least))
        return [7] * (limit if self.sure else 0)


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Drafter]:
    """guess: seconds that a draft of the MTP block takes; per_row: of each row of a call that takes one without."""

    def make(
        per_row: float = 0.01, guess: float = 0.05, mtp: Speculation = OFF, n_rollback: int = 3, **tuning
    ) -> Drafter:
        now = iter(np.arange(100_000))
        monkeypatch.setattr(drafting, "time", SimpleNamespace(perf_counter=lambda: float(next(now)) * guess))
        options = Tuning(**{"mtp": mtp, "lookup": OFF, **tuning})
        made = Drafter(None if mtp is OFF else Mtp(), options, Cost(per_row), n_rollback, frozenset(), Counters())
        made.start(np.array(NEVER_SAID, np.int32), (), ())
        return made

    return make


def copying(drafter: Drafter, original: Sequence[int], said: Sequence[int]) -> None:
    """The answer to a rewrite so far."""
    drafter.start(np.array(NEVER_SAID, np.int32), original, ())
    for token_id in said:
        drafter.follow(token_id)


def propose(drafter: Drafter, room: int = ROOM, can_hold: bool = True, can_mtp: bool = True):
    return drafter.propose(5, room, can_hold, can_mtp)


def test_odds_say_what_a_draft_brings():
    odds = Odds([0.5], [0.8])
    assert odds.expected(0, 1) == pytest.approx(1.5)
    assert odds.expected(0, 3) == pytest.approx(1 + 0.5 + 0.5 * 0.8 + 0.5 * 0.8 * 0.8)
    assert odds.whole(0, 3) == pytest.approx(0.5 * 0.64)
    assert odds.expected(9, 3) == odds.expected(0, 3)  # the last grade is for all above it
    assert Odds([1.0], [1.0]).expected(0, 48) == 49


def test_odds_follow_what_happens():
    odds = Odds([0.5, 0.5], [0.5, 0.5])
    for _ in range(50):
        odds.learn(0, 4, 4)
        odds.learn(1, 4, 0)
    assert odds.first(0) > 0.95 and odds.following(0) > 0.95
    assert odds.first(1) < 0.05 and odds.following(1) == 0.5  # nothing was seen of those that follow
    for _ in range(200):
        odds.learn(1, 5, 2)
    assert odds.first(1) > 0.95 and odds.following(1) == pytest.approx(0.5, abs=0.05)


def test_nobody_guesses_when_nobody_may(make):
    drafter = make()
    assert not drafter.wanted
    assert propose(drafter) is NO_DRAFT
    assert make(mtp=AUTO).wanted and make(lookup=AUTO).wanted
    copying(drafter, [1, 2, 3], [])
    assert drafter.wanted


def test_the_original_is_better_than_the_block(make):
    drafter = make(mtp=AUTO)
    assert propose(drafter).source is Source.MTP
    original = list(range(200))
    copying(drafter, original, original[:20])
    draft = propose(drafter)
    assert (draft.source, draft.token_ids) == (Source.ORIGINAL, original[20:68])
    assert len(draft.token_ids) == Tuning().n_long_draft
    # The next answer has none.
    drafter.start(np.array(NEVER_SAID, np.int32), (), ())
    assert propose(drafter).source is Source.MTP


def test_the_block_is_better_than_a_short_match(make):
    drafter = make(mtp=AUTO, lookup=AUTO)
    drafter.start(np.array([*NEVER_SAID, 1, 2, 3, 4, 50, 51, 1, 2, 3], np.int32), (), ())
    assert propose(drafter).source is Source.MTP
    assert propose(drafter, can_mtp=False).source is Source.LOOKUP
    # A long one is better than the block.
    drafter.start(np.array([*range(60), *NEVER_SAID, *range(40)], np.int32), (), ())
    draft = propose(drafter)
    assert (draft.source, draft.token_ids[:5]) == (Source.LOOKUP, [40, 41, 42, 43, 44])


def test_the_better_copy_wins(make):
    drafter = make(lookup=AUTO)
    text = list(range(60))
    drafter.start(np.array([*text, *NEVER_SAID], np.int32), list(range(300, 400)), ())
    for token_id in text[:30]:  # the answer is something else than the original
        drafter.follow(token_id)
    assert propose(drafter).source is Source.LOOKUP
    drafter.start(np.array(NEVER_SAID, np.int32), text, ())
    for token_id in text[:30]:
        drafter.follow(token_id)
    assert propose(drafter).source is Source.ORIGINAL


def test_texts_beside_the_prompt_are_looked_up(make):
    drafter = make(lookup=AUTO)
    drafter.start(np.array(NEVER_SAID, np.int32), (), [list(range(50))])
    for token_id in range(10, 30):
        drafter.follow(token_id)
    assert propose(drafter).token_ids[:3] == [30, 31, 32]


def test_a_draft_has_no_more_than_there_is_room_for(make):
    original = list(range(200))
    drafter = make(mtp=AUTO, n_draft=5)
    copying(drafter, original, original[:20])
    for room in (1, 2, 10, 48, 60):
        assert len(propose(drafter, room).token_ids) == min(room, 48)
    assert len(propose(drafter, can_hold=False).token_ids) == 3  # what can be rolled back
    assert propose(drafter, 0) is NO_DRAFT
    drafter.start(np.array(NEVER_SAID, np.int32), (), ())
    for room in (1, 2, 3, 50):
        assert len(propose(drafter, room).token_ids) == min(room, 3)
    assert propose(drafter, can_mtp=False) is NO_DRAFT
    assert propose(make(mtp=AUTO, n_draft=0, n_rollback=0)) is NO_DRAFT


def test_a_draft_is_only_as_long_as_it_pays(make):
    """Where it fails often, what was right of a long one would be evaluated again."""
    original = list(range(200))
    drafter = make(per_row=0.2)
    copying(drafter, original, original[:20])
    assert len(propose(drafter).token_ids) == 48
    for _ in range(30):
        drafter.learn(propose(drafter), 1)
    assert len(propose(drafter).token_ids) == 3


@pytest.mark.parametrize(("per_row", "paying"), [(0.01, True), (20.0, False)])
def test_where_rows_cost_as_much_as_calls_nothing_is_looked_up(make, per_row: float, paying: bool):
    history = np.array([*NEVER_SAID, 1, 2, 3, 4, 50, 51, 1, 2, 3], np.int32)
    for lookup, drafted in ((AUTO, paying), (ON, True)):
        drafter = make(per_row, lookup=lookup)
        drafter.start(history, (), ())
        assert bool(propose(drafter).token_ids) == drafted


def test_the_blocks_drafts_are_as_long_as_they_pay(make):
    lengths = {}
    for guess in (0.01, 0.1, 0.4, 2.0):
        drafter = make(mtp=AUTO, guess=guess, n_draft=5, n_rollback=5)
        for _ in range(30):  # right, right, wrong
            drafter.learn(propose(drafter), 2)
        lengths[guess] = len(propose(drafter).token_ids)
    # The third guess is worth trying only where it costs nearly nothing.
    assert lengths == {0.01: 2, 0.1: 2, 0.4: 2, 2.0: 0}


def test_the_block_is_always_asked_when_it_must_be(make):
    drafter = make(mtp=ON, guess=50.0)
    for _ in range(100):
        draft = propose(drafter)
        assert len(draft.token_ids) == 3
        drafter.learn(draft, 0)
    assert {least for _, _, least in drafter._mtp.asked} == {0.0}


def test_a_guess_below_what_it_costs_is_not_gone_on_with(make):
    drafter = make(mtp=AUTO, per_row=0.1, guess=0.1)
    propose(drafter)
    propose(drafter)
    token_id, limit, least = drafter._mtp.asked[-1]
    # A row costs 0.1 and a guess 0.1 / 3, of a call that takes 1.1.
    assert (token_id, limit, least) == (5, 3, pytest.approx((0.1 + 0.1 / 3) / 1.1))


def test_a_block_that_is_never_right_is_tried_again_ever_more_rarely(make):
    drafter = make(mtp=AUTO, guess=0.3)
    tried = []
    for call in range(20_000):
        draft = propose(drafter)
        if draft.token_ids:
            tried.append(call)
            drafter.learn(draft, 0)
    pauses = [after - before - 1 for before, after in zip(tried, tried[1:], strict=False)]
    first = next(number for number, pause in enumerate(pauses) if pause)
    assert 2 < first < 20  # it was given up after some failures
    grown = pauses[first:]
    assert grown[:6] == [FIRST_PAUSE * 2**n for n in range(6)]
    assert set(grown[6:]) == {LAST_PAUSE}
    assert not drafter._mtp.eager


def test_a_block_that_is_right_again_comes_back(make):
    drafter = make(mtp=AUTO, guess=0.3)
    for _ in range(100):
        drafter.learn(propose(drafter), 0)
    assert propose(drafter) is NO_DRAFT and not drafter._mtp.eager
    drafts = []
    for _ in range(1500):
        drafts.append(propose(drafter))
        drafter.learn(drafts[-1], len(drafts[-1].token_ids))
    assert all(draft.token_ids for draft in drafts[-100:])
    assert drafter._mtp.eager


def test_a_block_that_is_never_sure_is_given_up_too(make):
    """Its guesses cost time though there is nothing to verify."""
    drafter = make(mtp=AUTO, guess=0.3)
    drafter._mtp.sure = False
    for _ in range(2000):
        assert propose(drafter) is NO_DRAFT
    assert len(drafter._mtp.asked) < 40


def test_all_is_counted_by_source(make):
    drafter = make(mtp=AUTO)
    drafter.learn(propose(drafter), 2)
    original = list(range(200))
    copying(drafter, original, original[:20])
    drafter.learn(propose(drafter), 40)
    drafter.learn(NO_DRAFT, 0)
    assert dict(drafter._counters.drafted) == {"mtp": 3, "original": 48}
    assert dict(drafter._counters.accepted) == {"mtp": 2, "original": 40}
    assert drafter._counters.draft_calls == 3


def test_a_block_that_fails_again_and_again_is_not_asked(make):
    drafter = make(mtp=ON)
    assert propose(drafter).source is Source.MTP
    drafter._mtp.broken = True
    assert propose(drafter).source is Source.NONE
