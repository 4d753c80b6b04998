"""Prompt lookup: the longest match, the newest of equals, and a history that is cut and extended."""

import random
from collections.abc import Sequence
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretoken.runtime import lookup as module
from foretoken.runtime.lookup import CHUNK, MAX_MATCH, MAX_PLACES, Guess, Lookup, NgramIndex

small_ids = st.lists(st.integers(0, 2), max_size=60)


def filled(token_ids: Sequence[int], min_match: int = 3) -> Lookup:
    lookup = Lookup(min_match)
    lookup.sync(token_ids)
    return lookup


def agreement(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens both end with, as far as it counts."""
    length = 0
    while length < min(len(left), len(right), MAX_MATCH) and left[-1 - length] == right[-1 - length]:
        length += 1
    return length


def naive(history: list[int], texts: Sequence[list[int]], min_match: int, limit: int) -> Guess:
    """The same guess in the plainest way: every place of every source."""
    best: tuple[int, list[int], int] = (min_match - 1, [], 0)
    for source in (history, *texts):
        found = max(((agreement(source[:end], history), end) for end in range(1, len(source))), default=(0, 0))
        if found[0] > best[0]:
            best = (found[0], source, found[1])
    match, source, end = best
    guess = list(source)
    if not source or limit <= 0:
        return Guess([], 0)
    if source is history:
        while len(guess) < end + limit:
            guess.append(guess[len(guess) - (len(history) - end)])
    return Guess(guess[end : end + limit], match)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(st.one_of(st.integers(0, 2), small_ids, st.tuples(st.integers(0, 60), small_ids)), max_size=12),
    st.lists(small_ids, max_size=2),
    st.integers(1, 4),
    st.integers(0, 9),
)
def test_equals_the_plainest_way(steps, texts, min_match, limit):
    """Small tables and bulks, so that growth, collisions and both ways to enter tokens come up."""
    small = mock.patch.multiple(module, MIN_TABLE_BITS=2, SCALAR_TOKENS=4, CHUNK=4, MAX_PLACES=1000)
    with small:
        lookup, history = Lookup(min_match), []
        lookup.set_texts(texts)
        for number, step in enumerate(steps):
            if isinstance(step, int):
                history = [*history, step]
                lookup.append(step)
            else:
                history = step if isinstance(step, list) else history[: step[0]] + step[1]
                lookup.sync((tuple, list, np.array)[number % 3](history or np.zeros(0, np.int32)))
            assert lookup.draft(limit) == naive(history, texts, min_match, limit)


def test_the_longest_match_wins_over_a_newer_one():
    assert filled([9, 1, 2, 3, 7, 8, 1, 2, 3, 6, 9, 1, 2, 3]).draft(2) == Guess([7, 8], 4)


def test_the_newest_of_equal_matches_wins():
    assert filled([1, 2, 3, 7, 1, 2, 3, 8, 1, 2, 3]).draft(1) == Guess([8], 3)


def test_a_shorter_match_than_asked_for_is_none():
    assert filled([1, 2, 7, 1, 2]).draft(4) == Guess([], 0)
    assert filled([1, 2, 7, 1, 2], min_match=2).draft(1) == Guess([7], 2)


def test_a_match_that_runs_into_the_end_repeats_itself():
    assert filled([1, 2, 3, 1, 2, 3]).draft(8) == Guess([1, 2, 3, 1, 2, 3, 1, 2], 3)


def test_never_more_than_the_limit():
    lookup = filled([1, 2, 3, 4, 5, 6, 1, 2, 3])
    assert [lookup.draft(limit).token_ids for limit in (-1, 0, 1, 2)] == [[], [], [4], [4, 5]]


def test_what_was_cut_away_is_not_proposed():
    lookup = filled([1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3])
    lookup.sync([1, 2, 3, 4, 1, 2, 3])
    assert lookup.draft(1) == Guess([4], 3)
    lookup.sync([1, 2, 3])
    assert lookup.draft(1) == Guess([], 0)
    assert len(lookup) == 3


def test_a_key_enters_only_the_last_tokens():
    prompt = tuple(range(5000))
    lookup = filled(prompt)
    with mock.patch.object(NgramIndex, "extend", autospec=True, side_effect=NgramIndex.extend) as extend:
        with mock.patch.object(NgramIndex, "truncate", autospec=True, side_effect=NgramIndex.truncate) as truncate:
            lookup.sync((*prompt[:-2], 7, 8, 9))
    assert [list(call.args[1]) for call in extend.call_args_list] == [[7, 8, 9]]
    assert [call.args[1] for call in truncate.call_args_list] == [4998]


def test_a_key_converts_no_more_than_a_chunk():
    prompt = tuple(range(50_000))
    lookup = filled(prompt)
    with mock.patch.object(module, "as_ids", side_effect=module.as_ids) as converted:
        lookup.sync((*prompt[:-2], 7, 8, 9))
    assert sum(len(call.args[0]) for call in converted.call_args_list) <= CHUNK + 1


def test_matches_as_long_as_counts_are_equal_and_the_newest_wins():
    unit = list(range(MAX_MATCH))
    assert filled([99, *unit, 7, *unit, 8, 99, *unit]).draft(1) == Guess([8], MAX_MATCH)


def test_tokens_appended_since_the_last_sync_are_kept_or_replaced():
    prompt = tuple(range(3000))
    lookup = filled(prompt)
    for token_id in (1, 2, 3):
        lookup.append(token_id)
    lookup.sync((*prompt, 1, 2, 3))
    assert lookup.draft(2) == Guess([4, 5], 3)
    lookup.sync((*prompt, 1, 7, 8, 9))
    assert lookup.draft(2) == Guess([10, 11], 3)


def test_a_text_counts_where_its_match_is_longer_than_the_history_s():
    lookup = filled([1, 2, 3, 4, 9, 1, 2, 3])
    lookup.set_texts(([0, 1, 2, 3, 5], [9, 1, 2, 3, 6, 7]))
    assert lookup.draft(3) == Guess([6, 7], 4)
    lookup.set_texts(([0, 1, 2, 3, 5],))
    assert lookup.draft(1) == Guess([4], 3)


def test_a_text_that_ends_with_the_match_has_nothing_to_say():
    lookup = filled([1, 2, 3])
    lookup.set_texts(([4, 1, 2, 3],))
    assert lookup.draft(3) == Guess([], 0)
    lookup.set_texts(([4, 1, 2, 3, 5, 1, 2, 3],))
    assert lookup.draft(3) == Guess([5, 1, 2], 3)


def test_a_known_text_is_not_read_again():
    lookup = filled([1, 2, 3])
    lookup.set_texts(([1, 2, 3, 4], [5, 6, 7]))
    with mock.patch.object(module, "NgramIndex", side_effect=NgramIndex) as made:
        lookup.set_texts(([8, 9], [1, 2, 3, 4]))
    assert made.call_count == 1
    assert lookup.draft(1) == Guess([4], 3)


def test_in_bulk_and_one_by_one_are_the_same():
    chance = random.Random(1)
    token_ids = [min(int(chance.paretovariate(0.7)), 50) for _ in range(20_000)]
    bulk, single = filled(token_ids), Lookup()
    for token_id in token_ids:
        single.append(token_id)
    for token_id in token_ids[:500]:
        bulk.append(token_id)
        single.append(token_id)
        assert bulk.draft(8) == single.draft(8)


@pytest.mark.parametrize("size", [2_000, 20_000])
def test_a_draft_costs_no_more_in_a_longer_history(size):
    """The worst text: the same n-gram everywhere, and every match nearly as long as counts."""
    unit = [1] * (MAX_MATCH - 1)
    lookup = filled([token_id for i in range(size // MAX_MATCH) for token_id in (*unit, 2 + i)] + unit)
    before = lookup.work
    lookup.draft(16)
    assert 0 < lookup.work - before <= MAX_PLACES * (1 + MAX_MATCH)


@pytest.mark.parametrize("size", [20_000, 26_300, 60_000])
def test_bytes_a_token(size):
    index = NgramIndex(3, range(size))
    assert index.nbytes <= 18 * size


def test_a_match_of_nothing_is_refused():
    with pytest.raises(ValueError):
        Lookup(0)
