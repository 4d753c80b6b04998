"""Several generations for one HTTP request, as one stream of events."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from foretoken.gateway.errors import ApiError, plain
from foretoken.gateway.leaving import Leaving
from foretoken.gateway.logprobs import Held
from foretoken.gateway.stopping import Cut, Rules, Stopping
from foretoken.runtime.jobs import Failure
from foretoken.runtime.submitting import MAX_UNREAD, Cancels, TooManyRequests, submitted
from foretoken.runtime.worker import Worker
from foretoken.text.generation import Constraint, Finish, FinishReason, GeneratedToken, GenerateRequest, Timings

_CAUSES = {
    "PromptTooLong": (400, "context_length_exceeded"),
    "UnsupportedPrompt": (400, "unsupported_prompt"),
    "InvalidConstraint": (400, "invalid_schema"),
    "Poisoned": (400, "refused"),
    "Unread": (503, None),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One choice: what the worker is asked, and where its text ends."""

    request: GenerateRequest
    rules: Rules


@dataclass(frozen=True, slots=True)
class Delta:
    """text: what may be sent now, perhaps nothing. tokens: those whose text it is, where probabilities are wanted."""

    index: int
    text: str
    tokens: tuple[GeneratedToken, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """The last event of a choice. text, tokens: what had been held back. stop_type, word: llama.cpp's."""

    index: int
    text: str
    length: bool
    timings: Timings
    n_tokens: int
    stop_type: str
    word: str
    tokens: tuple[GeneratedToken, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The last event of a choice that could not be answered."""

    index: int
    error: ApiError


Event = Delta | Done | Failed


@contextlib.asynccontextmanager
async def answering(
    worker: Worker, cancels: Cancels, asked: Sequence[Asked], leaving: Leaving
) -> AsyncIterator["asyncio.Queue[Event]"]:
    """The events of all choices, in the order in which they come. Leaving the block cancels what is under way."""
    events: asyncio.Queue[Event] = asyncio.Queue()
    tasks = []
    for index, one in enumerate(asked):
        task = asyncio.create_task(_answer(worker, cancels, index, one, leaving, events))
        task.add_done_callback(lambda done, index=index: _report(done, index, events))
        tasks.append(task)
    try:
        yield events
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _answer(
    worker: Worker, cancels: Cancels, index: int, asked: Asked, leaving: Leaving, events: "asyncio.Queue[Event]"
) -> None:
    stopping = Stopping(asked.rules)
    held = Held()
    n_tokens = 0
    async with submitted(worker, cancels, asked.request, leaving.receive) as items:
        while True:
            item = await items.get()
            if isinstance(item, GeneratedToken):
                if events.qsize() >= MAX_UNREAD:
                    events.put_nowait(Failed(index, ApiError(503, "The answer was not read, so it was given up.")))
                    return
                if stopping.cut is None:
                    n_tokens += 1
                    text = stopping.feed(item.text)
                    tokens = held.feed(item, text, stopping.cut is not None) if asked.request.probabilities else ()
                    events.put_nowait(Delta(index, text, tokens))
                    if stopping.cut is not None:
                        # The figures come with the Finish.
                        cancels[asked.request.cancel_id].cancel("stop")
            elif isinstance(item, Finish):
                events.put_nowait(_finished(index, item, stopping, held, n_tokens))
                return
            elif isinstance(item, Failure):
                events.put_nowait(Failed(index, _why(item, asked.request.constraint)))
                return


def _finished(index: int, finish: Finish, stopping: Stopping, held: Held, n_tokens: int) -> Event:
    if stopping.cut is not None:
        return Done(index, "", stopping.cut is Cut.LIMIT, finish.timings, n_tokens, stopping.cut.value, stopping.word)
    if finish.reason is FinishReason.CANCELLED:
        return Failed(index, ApiError(503, "The request was given up: the model process is ending."))
    length = finish.reason is FinishReason.LENGTH
    kind = "limit" if length else "eos"
    return Done(index, stopping.rest(), length, finish.timings, n_tokens, kind, "", held.rest())


def _why(failure: Failure, constraint: Constraint | None) -> ApiError:
    if not failure.cause:
        return ApiError(503, failure.message, code="model_unavailable")
    if failure.cause == "InvalidConstraint" and constraint is not None:
        words = f"The answer cannot be made to match response_format: {plain(failure.message)}"
        return ApiError(400, words, "response_format", _CAUSES[failure.cause][1])
    status, code = _CAUSES.get(failure.cause, (500, None))
    return ApiError(status, failure.message, code=code)


def _report(task: "asyncio.Task[None]", index: int, events: "asyncio.Queue[Event]") -> None:
    """Nobody shall wait for a task that ended in a defect."""
    if task.cancelled() or (error := task.exception()) is None:
        return
    if isinstance(error, TooManyRequests):
        events.put_nowait(Failed(index, ApiError(429, f"{error}.", code="rate_limit_exceeded")))
    else:
        events.put_nowait(Failed(index, ApiError(500, "The request failed inside the server.")))
        asyncio.get_running_loop().call_exception_handler(
            {"message": "a generation for another tool failed", "exception": error}
        )
