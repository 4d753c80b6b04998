"""When a model process leaves, on a clock that the tests turn."""

import heapq
import itertools
from collections.abc import Callable

import pytest

from foretoken.engine.life import Life
from foretoken.runtime.lifetime import ALONE, ATTACH_SECONDS, IDLE, STOPPED, Lifetime


class Timer:
    def __init__(self, work: Callable[[], None]) -> None:
        self.work = work
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """As much of an event loop as Lifetime uses. It begins at some time; monotonic clocks do."""

    def __init__(self) -> None:
        self.now = 5000.0
        self._numbers = itertools.count()
        self._timers: list[tuple[float, int, Timer]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, work: Callable[[], None]) -> Timer:
        timer = Timer(work)
        heapq.heappush(self._timers, (when, next(self._numbers), timer))
        return timer

    def call_later(self, delay: float, work: Callable[[], None]) -> Timer:
        return self.call_at(self.now + delay, work)

    def go_on(self, seconds: float) -> None:
        end = self.now + seconds
        while self._timers and self._timers[0][0] <= end:
            when, _, timer = heapq.heappop(self._timers)
            self.now = max(self.now, when)
            if not timer.cancelled:
                timer.work()
        self.now = end


class Case:
    def __init__(self) -> None:
        self.loop = Loop()
        self.reasons: list[str] = []
        self.stays = False
        self.lifetime = Lifetime(self.loop, self.reasons.append, lambda: self.stays)
        self.lifetime.live(Life(linger_seconds=60, idle_seconds=1800))

    def request(self, seconds: float) -> None:
        self.lifetime.request_began()
        self.loop.go_on(seconds)
        self.lifetime.request_ended()


@pytest.fixture
def case() -> Case:
    return Case()


def test_it_lingers_after_the_last_window(case: Case):
    case.lifetime.share()
    one, two = case.lifetime.attach("one"), case.lifetime.attach("two")
    case.lifetime.detach(one)
    case.loop.go_on(1000)
    case.lifetime.detach(two)
    case.loop.go_on(59)
    assert not case.reasons
    case.loop.go_on(2)
    assert case.reasons == [ALONE] and case.lifetime.left.is_set()


def test_a_window_that_comes_back_in_time_keeps_it(case: Case):
    case.lifetime.share()
    case.lifetime.detach(case.lifetime.attach("one"))
    case.loop.go_on(50)
    case.lifetime.attach("again")
    case.loop.go_on(500)
    assert not case.reasons


def test_a_starter_that_never_comes_is_waited_for_a_moment_even_without_lingering(case: Case):
    case.lifetime.live(Life(0, 0))
    case.lifetime.share()
    case.loop.go_on(ATTACH_SECONDS - 1)
    assert not case.reasons
    case.loop.go_on(2)
    assert case.reasons == [ALONE]


def test_a_process_that_is_not_shared_does_not_leave_for_want_of_windows(case: Case):
    case.loop.go_on(1700)
    assert not case.reasons


def test_without_requests_it_leaves_though_windows_are_there(case: Case):
    case.lifetime.share()
    case.lifetime.attach("one")
    case.loop.go_on(1700)
    case.request(seconds=500)  # a long one: it counts from its end
    case.loop.go_on(1750)
    assert not case.reasons
    case.loop.go_on(100)
    assert case.reasons == [IDLE]


@pytest.mark.parametrize("why", ["for ever", "port", "busy"])
def test_it_stays(case: Case, why: str):
    case.lifetime.attach("one")
    if why == "for ever":
        case.lifetime.live(Life(60, 0))
    elif why == "port":
        case.stays = True
    else:
        case.lifetime.request_began()
    case.loop.go_on(100_000)
    assert not case.reasons
    if why == "port":
        case.stays = False
        case.loop.go_on(100)
        assert case.reasons == [IDLE]


def test_a_request_of_other_tools_puts_off_the_end_of_lingering(case: Case):
    case.lifetime.share()
    case.lifetime.detach(case.lifetime.attach("one"))
    case.loop.go_on(50)
    case.request(seconds=30)
    case.loop.go_on(50)
    assert not case.reasons
    case.loop.go_on(15)
    assert case.reasons == [ALONE]


def test_without_lingering_the_last_window_ends_it(case: Case):
    case.lifetime.share()
    one, two = case.lifetime.attach("one"), case.lifetime.attach("two")
    assert not case.lifetime.detach(one, linger=False)
    assert case.lifetime.detach(two, linger=False)
    assert case.reasons == [ALONE]


def test_without_lingering_it_still_ends_what_it_is_answering(case: Case):
    case.lifetime.share()
    one = case.lifetime.attach("one")
    case.lifetime.request_began()
    case.lifetime.request_began()
    assert case.lifetime.detach(one, linger=False)
    case.lifetime.request_ended()
    assert not case.reasons
    case.lifetime.request_ended()
    assert case.reasons == [ALONE]


def test_a_window_that_comes_meanwhile_keeps_it(case: Case):
    case.lifetime.share()
    one = case.lifetime.attach("one")
    case.lifetime.request_began()
    case.lifetime.detach(one, linger=False)
    case.lifetime.attach("two")
    case.lifetime.request_ended()
    assert not case.reasons


def test_the_first_reason_counts_and_the_end_comes_once(case: Case):
    case.lifetime.leave(STOPPED)
    case.lifetime.leave(ALONE)
    case.loop.go_on(10_000)
    assert case.reasons == [STOPPED]


def test_the_newest_word_on_how_long_it_stays_counts(case: Case):
    case.lifetime.share()
    case.lifetime.detach(case.lifetime.attach("one"))
    case.lifetime.live(Life(10, 0))
    case.loop.go_on(11)
    assert case.reasons == [ALONE]
