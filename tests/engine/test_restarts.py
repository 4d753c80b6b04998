"""When a model process that ended is started again."""

from foretoken.engine.restarts import BACK_OFF, LOADING_DEATHS, STEADY_SECONDS, LifeEnd, Restarts

SERVED = LifeEnd("ended", died=True, served=True)
LOADING = LifeEnd("ended", died=True)
STUCK = LifeEnd("does not answer")


def test_the_pauses_grow_and_stay_at_the_longest():
    restarts = Restarts()
    pauses = [restarts.delay(SERVED, 1.0) for _ in range(len(BACK_OFF) + 2)]
    assert pauses == [*BACK_OFF, BACK_OFF[-1], BACK_OFF[-1]]
    assert restarts.attempt == len(BACK_OFF) + 2


def test_a_steady_process_starts_a_new_row():
    restarts = Restarts()
    for _ in range(3):
        restarts.delay(SERVED, 1.0)
    assert (restarts.delay(SERVED, STEADY_SECONDS + 1), restarts.attempt) == (BACK_OFF[0], 1)


def test_too_many_deaths_in_a_row_before_it_was_ready():
    restarts = Restarts()
    for _ in range(LOADING_DEATHS - 1):
        assert restarts.delay(LOADING, 1.0) is not None
    assert restarts.delay(LOADING, STEADY_SECONDS + 1) is None


def test_a_model_that_was_ready_in_between_is_not_given_up():
    restarts = Restarts()
    for _ in range(3):
        for end in (*[LOADING] * (LOADING_DEATHS - 1), SERVED):
            assert restarts.delay(end, 1.0) is not None


def test_a_process_that_never_came_up_is_no_death():
    restarts = Restarts()
    assert all(restarts.delay(STUCK, 1.0) is not None for _ in range(2 * LOADING_DEATHS))
