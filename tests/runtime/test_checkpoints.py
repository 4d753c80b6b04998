"""The pool of checkpoint buffers."""

from foretoken.runtime.checkpoints import Checkpoints, Kind


def fill(pool: Checkpoints, n_tokens: int, kind: Kind = Kind.TAIL, size: int = 100):
    checkpoint = pool.reserve(n_tokens, kind, size)
    assert checkpoint is not None
    pool.keep(checkpoint)
    return checkpoint


def test_the_newest_within_the_prefix_is_found():
    pool = Checkpoints(1000)
    for n_tokens in (10, 30, 20):
        fill(pool, n_tokens)
    assert pool.newest(29).n_tokens == 20
    assert pool.newest(30).n_tokens == 30
    assert pool.newest(9) is None


def test_those_behind_a_cut_are_forgotten_and_their_buffers_used_again():
    pool = Checkpoints(300)
    buffers = {id(fill(pool, n).buffer) for n in (10, 20, 30)}
    pool.drop_after(10)
    assert pool.newest(100).n_tokens == 10
    assert {id(fill(pool, n).buffer) for n in (21, 31)} < buffers
    assert len(pool) == 3


def test_at_the_limit_tails_go_before_the_middle_and_the_least_used_first():
    pool = Checkpoints(300)
    fill(pool, 10, Kind.MIDDLE)
    fill(pool, 20)
    fill(pool, 30)
    assert pool.newest(20).n_tokens == 20
    fill(pool, 40)
    assert [pool.has(n) for n in (10, 20, 30, 40)] == [True, True, False, True]


def test_a_state_above_the_limit_is_not_kept():
    assert Checkpoints(99).reserve(10, Kind.TAIL, 100) is None


def test_a_growing_state_replaces_its_buffers():
    pool = Checkpoints(250)
    fill(pool, 10, size=100)
    pool.clear()
    fill(pool, 10, size=200)
    assert pool.newest(10).size == 200
    assert len(pool.newest(10).buffer) == 200


def test_a_buffer_that_was_not_filled_comes_back():
    pool = Checkpoints(100)
    pool.give_back(pool.reserve(10, Kind.TAIL, 100))
    assert pool.newest(10) is None
    fill(pool, 20)
