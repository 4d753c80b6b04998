"""What is done before the model is asked: off the event loop, one after the other, and not for who has left."""

import asyncio
import threading

import pytest

from foretoken.gateway.errors import ApiError
from foretoken.gateway.leaving import Leaving
from foretoken.gateway.working import LARGE, MAX_LARGE, LargeBodies, worked


def test_it_is_done_on_another_thread_one_at_a_time():
    async def main() -> list[threading.Thread]:
        return await asyncio.gather(*[worked(threading.current_thread) for _ in range(4)])

    threads = asyncio.run(main())
    assert len(set(threads)) == 1 and threads[0] is not threading.current_thread()


def test_what_has_not_begun_is_not_done_for_who_has_left():
    free, done = threading.Event(), []

    async def main() -> None:
        leaving = Leaving()
        first = asyncio.ensure_future(worked(free.wait))
        second = asyncio.ensure_future(worked(lambda: done.append(1), leaving))
        await asyncio.sleep(0)
        leaving.gone.set()
        with pytest.raises(ApiError) as caught:
            await second
        assert caught.value.status == 503
        free.set()
        await first
        await worked(lambda: None)

    asyncio.run(main())
    assert done == []


def test_errors_come_through():
    def refuse() -> None:
        raise ApiError(400, "no")

    with pytest.raises(ApiError, match="no"):
        asyncio.run(worked(refuse, Leaving()))


def test_a_few_large_bodies_at_once():
    bodies = LargeBodies()
    seats = [bodies.seat() for _ in range(MAX_LARGE)]
    for seat in seats:
        grown = seat.__enter__()
        grown(LARGE + 1)
        grown(LARGE + 2)
    with bodies.seat() as small:
        small(LARGE)
    with bodies.seat() as one_more, pytest.raises(ApiError) as caught:
        one_more(LARGE + 1)
    assert caught.value.status == 503
    seats[0].__exit__(None, None, None)
    with bodies.seat() as now:
        now(LARGE + 1)
