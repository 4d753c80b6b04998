"""Which sequence gives its place to a new state."""

import numpy as np

from foretoken.runtime.spares import Spare, Spares

TOKENS = np.arange(1000, dtype=np.int32)
LOGITS = np.zeros(4, np.float32)


def place(spares: Spares, token_ids: np.ndarray, logits: np.ndarray | None = LOGITS) -> Spare:
    spare = spares.victim(token_ids)
    spare.token_ids, spare.logits = token_ids, logits
    spares.touch(spare)
    return spare


def elsewhere(place: int, n_tokens: int = 300) -> np.ndarray:
    """Another prompt from its first token on."""
    return TOKENS[:n_tokens] + 1000 * place


def test_the_longest_beginning_is_found():
    spares = Spares(range(2, 6))
    for n_tokens in (100, 300, 200):
        place(spares, TOKENS[:n_tokens])
    assert spares.newest(TOKENS[:299]).n_tokens == 200
    assert spares.newest(TOKENS).n_tokens == 300
    assert spares.newest(TOKENS[:99]) is None
    assert spares.newest(elsewhere(1)) is None
    assert spares.find(TOKENS[:200]).n_tokens == 200 and spares.find(TOKENS[:201]) is None


def test_the_whole_prompt_is_of_use_only_with_its_logits():
    spares = Spares(range(2, 5))
    place(spares, TOKENS[:100])
    place(spares, TOKENS[:200], None)
    assert spares.newest(TOKENS[:200]).n_tokens == 100
    assert spares.newest(TOKENS[:201]).n_tokens == 200
    spares.find(TOKENS[:200]).logits = LOGITS
    assert spares.newest(TOKENS[:200]).n_tokens == 200


def test_free_ones_first():
    spares = Spares(range(2, 5))
    assert [place(spares, elsewhere(n)).sequence for n in range(3)] == [2, 3, 4]
    assert not spares.free() and len(spares.held()) == 3
    spares.release(spares.find(elsewhere(1)))
    assert place(spares, elsewhere(3)).sequence == 3


def test_typing_in_one_place_leaves_the_others_alone():
    """Each key leaves a state; they take each other's places, not those of the file that was left."""
    spares = Spares(range(2, 6))
    left = place(spares, elsewhere(1))
    for n_tokens in range(300, 340):
        place(spares, TOKENS[:n_tokens])
    assert spares.find(elsewhere(1)) is left
    assert [spare.n_tokens for spare in spares.held() if spare is not left] == [339, 337, 338]


def test_what_is_cheap_to_make_again_goes_first():
    spares = Spares(range(2, 6))
    place(spares, elsewhere(1))
    place(spares, elsewhere(2, n_tokens=40))
    place(spares, elsewhere(3))
    place(spares, elsewhere(4))
    place(spares, elsewhere(5))
    assert [spares.find(elsewhere(n)) is not None for n in (1, 3, 4, 5)] == [True] * 4


def test_shared_tokens_do_not_count():
    """A long prompt that differs from another in its end alone is cheap."""
    spares = Spares(range(2, 6))
    other = TOKENS[:400].copy()
    other[380:] = 7
    place(spares, TOKENS[:400])
    place(spares, other)
    place(spares, elsewhere(1, n_tokens=50))
    place(spares, elsewhere(2))
    assert spares.victim(elsewhere(3)).n_tokens == 400


def test_worth_fades():
    """A place that is never come back to goes in the end, however much it held."""
    spares = Spares(range(2, 6))
    left = place(spares, elsewhere(1, n_tokens=500))
    turns = 0
    while spares.find(elsewhere(1, n_tokens=500)) is left:
        turns += 1
        place(spares, np.arange(200, dtype=np.int32) + 10_000 * turns)
        assert turns < 30
    assert turns > 4


def test_the_last_one_stays_where_there_are_enough():
    spares = Spares(range(2, 5))
    for number in (1, 2):
        place(spares, elsewhere(number))
    place(spares, elsewhere(3, n_tokens=5))
    assert spares.victim(elsewhere(4)).n_tokens == 300
    few = Spares(range(2, 4))
    place(few, elsewhere(1))
    place(few, elsewhere(2, n_tokens=5))
    assert few.victim(elsewhere(4)).n_tokens == 5


def test_what_is_needed_is_not_given_up():
    spares = Spares(range(2, 4))
    place(spares, elsewhere(1))
    place(spares, elsewhere(2))
    assert spares.victim(elsewhere(3), needed=2).sequence == 3
    assert spares.victim(elsewhere(3), needed=3).sequence == 2
    alone = Spares(range(2, 3))
    place(alone, elsewhere(1))
    assert alone.victim(elsewhere(3), needed=2) is None


def test_without_any():
    spares = Spares(range(2, 2))
    assert spares.victim(TOKENS) is spares.least() is spares.newest(TOKENS) is None


def test_of_equals_the_oldest_goes_when_the_window_is_full():
    spares = Spares(range(2, 5))
    for number in range(3):
        place(spares, elsewhere(number))
    spares.touch(spares.find(elsewhere(0)))
    for number in (1, 2, 0):
        oldest = spares.least()
        assert np.array_equal(oldest.token_ids, elsewhere(number))
        spares.release(oldest)
        assert oldest.logits is None and oldest.n_tokens == 0
    assert spares.least() is None
    place(spares, TOKENS[:9])
    spares.clear()
    assert spares.held() == []


def owned(spares: Spares, token_ids: np.ndarray, owner: str) -> Spare:
    spare = spares.victim(token_ids, owner=owner)
    spare.token_ids, spare.logits = token_ids, LOGITS
    spares.touch(spare, owner)
    return spare


def test_a_workspace_that_holds_much_gives_up_its_own():
    spares = Spares(range(2, 6))
    owned(spares, elsewhere(0, 900), "quiet")  # worth least by its age, most by its length
    for number in range(1, 30):
        owned(spares, elsewhere(number, 1000), "busy")
    assert spares.find(elsewhere(0, 900)) is not None


def test_a_workspace_that_comes_gets_its_share():
    spares = Spares(range(2, 6))
    for number in range(4):
        owned(spares, elsewhere(number), "first")
    for number in range(4, 12):
        owned(spares, elsewhere(number), "second")
    assert sorted(spare.owner for spare in spares.held()) == ["first", "first", "second", "second"]


def test_when_the_cache_is_full_who_holds_most_tokens_gives_up():
    spares = Spares(range(2, 6))
    owned(spares, elsewhere(0, 50), "small")
    owned(spares, elsewhere(1, 900), "large")
    owned(spares, elsewhere(2, 800), "large")
    assert spares.least().owner == "large"
