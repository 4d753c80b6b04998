"""When what failed is tried again."""

from foretoken.index.retry import Retry


def test_pauses_grow_to_the_longest_and_begin_anew_when_it_worked() -> None:
    now = [0.0]
    retry = Retry((5.0, 12.0), lambda: now[0])
    assert (retry.failing, retry.left) == (False, None)
    pauses = []
    for _ in range(4):
        retry.failed()
        pauses.append(retry.left)
        now[0] += retry.left or 0.0
        assert (retry.failing, retry.left) == (True, 0.0)
        retry.trying()
        assert (retry.failing, retry.left) == (True, None)
    assert pauses == [5.0, 10.0, 12.0, 12.0]
    retry.worked()
    assert not retry.failing
    retry.failed()
    assert retry.left == 5.0


def test_what_fails_while_it_waits_makes_it_wait_no_longer() -> None:
    now = [0.0]
    retry = Retry((5.0, 100.0), lambda: now[0])
    retry.failed()
    now[0] = 3.0
    retry.failed()
    assert retry.left == 2.0
