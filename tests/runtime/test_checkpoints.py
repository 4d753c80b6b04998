"""The pool of checkpoint buffers."""

import numpy as np

from foretoken.runtime.checkpoints import Checkpoints, Kind

TOKENS = np.arange(1000, dtype=np.int32)


def everywhere(_token_ids: np.ndarray) -> bool:
    return True


def fill(pool: Checkpoints, n_tokens: int, kind: Kind = Kind.TAIL, size: int = 100, logits=None, reachable=everywhere):
    checkpoint = pool.reserve(TOKENS[:n_tokens], kind, size, reachable)
    assert checkpoint is not None
    checkpoint.logits = logits
    pool.keep(checkpoint)
    return checkpoint


def newest(pool: Checkpoints, token_ids: np.ndarray):
    return next(iter(pool.usable(token_ids)), None)


def has(pool: Checkpoints, n_tokens: int) -> bool:
    return pool.find(TOKENS[:n_tokens]) is not None


def test_the_longest_beginning_is_found():
    pool = Checkpoints(1000)
    for n_tokens in (10, 30, 20):
        fill(pool, n_tokens)
    assert [checkpoint.n_tokens for checkpoint in pool.usable(TOKENS[:31])] == [30, 20, 10]
    assert newest(pool, TOKENS[:29]).n_tokens == 20
    assert newest(pool, TOKENS[:31]).n_tokens == 30
    assert newest(pool, TOKENS[:9]) is None
    other = TOKENS[:40].copy()
    other[15] = 7
    assert newest(pool, other).n_tokens == 10


def test_the_whole_prompt_is_of_use_only_with_its_logits():
    pool = Checkpoints(1000)
    fill(pool, 10)
    fill(pool, 20)
    assert newest(pool, TOKENS[:20]).n_tokens == 10
    fill(pool, 30, logits=np.zeros(4, np.float32))
    assert newest(pool, TOKENS[:30]).n_tokens == 30


def test_at_the_limit_tails_go_before_the_middle_and_the_least_used_first():
    pool = Checkpoints(300)
    fill(pool, 10, Kind.MIDDLE)
    fill(pool, 20)
    fill(pool, 30)
    pool.touch(pool.find(TOKENS[:20]))
    fill(pool, 40)
    assert [has(pool, n) for n in (10, 20, 30, 40)] == [True, True, False, True]
    assert pool.allocated == 300


def test_what_no_sequence_can_use_goes_first():
    pool = Checkpoints(300)
    fill(pool, 10)
    fill(pool, 20, Kind.CONTEXT)
    fill(pool, 30)
    fill(pool, 40, reachable=lambda token_ids: len(token_ids) != 20)
    assert [has(pool, n) for n in (10, 20, 30, 40)] == [True, False, True, True]


def test_a_state_above_the_limit_is_not_kept():
    assert Checkpoints(99).reserve(TOKENS[:10], Kind.TAIL, 100, everywhere) is None


def test_a_growing_state_replaces_its_buffers():
    pool = Checkpoints(250)
    fill(pool, 10, size=100)
    pool.clear()
    fill(pool, 10, size=200)
    found = pool.find(TOKENS[:10])
    assert (found.size, len(found.buffer), pool.allocated) == (200, 200, 200)


def test_buffers_are_used_again():
    pool = Checkpoints(300)
    buffers = {id(fill(pool, n).buffer) for n in (10, 20, 30)}
    pool.clear()
    assert {id(fill(pool, n).buffer) for n in (21, 31)} < buffers
    assert len(pool) == 2


def test_a_buffer_that_was_not_filled_comes_back():
    pool = Checkpoints(100)
    pool.give_back(pool.reserve(TOKENS[:10], Kind.TAIL, 100, everywhere))
    assert not has(pool, 10)
    fill(pool, 20)


def test_a_workspace_that_holds_much_gives_up_its_own():
    pool = Checkpoints(400)

    def add(n_tokens: int, owner: str) -> None:
        checkpoint = pool.reserve(TOKENS[:n_tokens], Kind.FILE, 100, everywhere, owner)
        pool.keep(checkpoint)

    add(10, "quiet")
    for n_tokens in range(20, 40):
        add(n_tokens, "busy")
    assert has(pool, 10) and has(pool, 39) and not has(pool, 20)
