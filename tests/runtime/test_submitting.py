"""Requests on their way to the worker: how many at once, prompts that are refused, and answers that nobody reads."""

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from engine.wire_cases import request
from foretoken.runtime import submitting
from foretoken.runtime.jobs import Emit, Failure
from foretoken.runtime.journal import Journal, open_journal
from foretoken.runtime.poison import DEATHS, REFUSAL, fingerprint
from foretoken.runtime.submitting import MAX_AT_ONCE, MAX_UNREAD, TooManyRequests, submitted
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import GeneratedToken, GenerateRequest


class NotedWorker:
    """Answers nothing by itself."""

    def __init__(self) -> None:
        self.journal: Journal | None = None
        self.submitted: list[tuple[GenerateRequest, CancelToken, Emit]] = []

    def submit(self, asked: GenerateRequest, cancel: CancelToken, emit: Emit) -> None:
        self.submitted.append((asked, cancel, emit))


async def connected() -> dict[str, str]:
    """A client that stays."""
    await asyncio.Event().wait()
    return {"type": "http.disconnect"}


def owned(owner: str, number: int = 0) -> GenerateRequest:
    return replace(request(cancel_id=str(number)), owner=owner)


async def test_one_owner_may_have_so_many_requests_and_others_theirs():
    worker = NotedWorker()
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(MAX_AT_ONCE):  # all with one id: it is the requests that count
            await stack.enter_async_context(submitted(worker, {}, owned("one"), connected))
        with pytest.raises(TooManyRequests, match=str(MAX_AT_ONCE)):
            await stack.enter_async_context(submitted(worker, {}, owned("one", 2), connected))
        await stack.enter_async_context(submitted(worker, {}, owned("two"), connected))
    assert len(worker.submitted) == MAX_AT_ONCE + 1
    async with submitted(worker, {}, owned("one"), connected):
        pass
    assert not submitting._at_once[worker]


async def test_an_answer_that_is_not_read_is_given_up():
    worker = NotedWorker()
    async with submitted(worker, {}, request(), connected) as items:
        _, cancel, emit = worker.submitted[0]
        for _ in range(MAX_UNREAD * 2):
            emit(GeneratedToken("a", 1.0))
        for _ in range(10):
            await asyncio.sleep(0)
        assert cancel.cancelled
        assert items.qsize() == MAX_UNREAD + 1
        while not isinstance(item := items.get_nowait(), Failure):
            pass
        assert "not read" in item.message


async def test_a_client_that_goes_away_cancels_its_request():
    worker = NotedWorker()
    gone = asyncio.Event()

    async def receive() -> dict[str, str]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async with submitted(worker, {}, request(), receive):
        _, cancel, _ = worker.submitted[0]
        assert not cancel.cancelled
        gone.set()
        while not cancel.cancelled:
            await asyncio.sleep(0)


async def test_a_prompt_that_ended_the_process_before_never_reaches_the_worker(tmp_path: Path):
    worker = NotedWorker()
    worker.journal = open_journal(tmp_path / "x")
    for _ in range(DEATHS):
        worker.journal.poison.died([fingerprint(request())])
    async with submitted(worker, {}, request(cancel_id="another"), connected) as items:
        assert items.get_nowait() == Failure(REFUSAL, "Poisoned")
    assert not worker.submitted
    async with submitted(worker, {}, request("other"), connected):
        assert len(worker.submitted) == 1
