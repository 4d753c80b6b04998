"""The one thread that owns the llama.cpp context: it loads the model, then answers queued requests by priority.

A defect that nothing here expects ends the process (``threading.excepthook`` of ``__main__``): the supervisor starts a
clean one, and nobody is left waiting for a thread that is gone.
"""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.counters import Counters
from foretoken.runtime.library import LibraryError, load_library
from foretoken.runtime.options import LoadOptions
from foretoken.runtime.status import RuntimeState, StatusBoard
from foretoken.text.cancel import Cancelled, CancelToken
from foretoken.text.generation import (
    Finish,
    FinishReason,
    GeneratedToken,
    GenerateRequest,
    InvalidConstraint,
    Score,
    ScoreRequest,
    Timings,
)

if TYPE_CHECKING:
    from foretoken.runtime.generate import Generator

log = logging.getLogger(__name__)

# Without a request for so long nobody is typing.
IDLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Failure:
    """The generation failed; the message is a sentence for the user. Ends a stream like a Finish."""

    message: str


@dataclass(frozen=True, slots=True)
class Scores:
    """The answer to a ScoreRequest; scores: in the order of its candidates."""

    scores: tuple[Score, ...]


Emit = Callable[[GeneratedToken | Finish | Scores | Failure], None]


@dataclass(order=True, slots=True)
class Job:
    """In the queue by priority, then in order of arrival."""

    priority: int
    number: int
    request: GenerateRequest | ScoreRequest = field(compare=False)
    cancel: CancelToken = field(compare=False)
    emit: Emit = field(compare=False)


class Worker:
    """``submit`` and ``stop`` are for any thread; ``emit`` callbacks run on the worker's."""

    def __init__(self, status: StatusBoard, counters: Counters) -> None:
        self._status = status
        self._counters = counters
        self._wake = threading.Condition()
        self._options: LoadOptions | None = None
        self._jobs: list[Job] = []
        self._numbers = itertools.count()
        self._stopping = False
        self._posted = 0.0
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self.count_tokens: Callable[[str], int] | None = None

    def start(self) -> None:
        """Imports llama.cpp at once, and waits for ``load``."""
        self._thread.start()

    def load(self, options: LoadOptions) -> bool:
        """False when a model was named before: one process serves one model."""
        with self._wake:
            if self._options is not None:
                return False
            self._options = options
            self._wake.notify()
            return True

    def submit(self, request: GenerateRequest | ScoreRequest, cancel: CancelToken, emit: Emit) -> None:
        with self._wake:
            heapq.heappush(self._jobs, Job(int(request.priority), next(self._numbers), request, cancel, emit))
            self._counters.requests += 1
            self._wake.notify()

    def stop(self) -> None:
        with self._wake:
            self._stopping = True
            self._wake.notify()

    def _run(self) -> None:
        try:
            self._load_and_serve()
        except (LibraryError, ModelUnavailable) as error:
            log.error("%s", error)
            self._status.post(RuntimeState.FAILED, str(error))
            self._refuse_all(str(error))

    def _load_and_serve(self) -> None:
        load_library()
        # Only now: these modules bind llama.cpp's symbols while they are imported.
        from foretoken.runtime.adapters import AdapterError
        from foretoken.runtime.assemble import assemble
        from foretoken.runtime.context import DecodeError
        from foretoken.runtime.model import LoadCancelled
        from foretoken.runtime.overflow import PromptTooLong
        from foretoken.runtime.prepare import UnsupportedPrompt
        from foretoken.runtime.sequences import Preempted

        options = self._next_options()
        if options is None:
            return
        self._status.post(RuntimeState.LOADING)
        try:
            generator = assemble(options, self._counters, self._on_progress)
        except LoadCancelled:
            return
        except AdapterError as error:
            raise ModelUnavailable(str(error)) from error
        self.count_tokens = generator.count_tokens
        self._status.post(RuntimeState.READY, info=generator.info)
        while (job := self._next_job(generator.warm.write_one)) is not None:
            try:
                self._serve(generator, job)
            except Preempted:
                self._counters.preemptions += 1
                with self._wake:
                    heapq.heappush(self._jobs, job)
            except (PromptTooLong, UnsupportedPrompt, InvalidConstraint, DecodeError) as error:
                self._counters.failures += 1
                job.emit(Failure(str(error)))

    def _serve(self, generator: "Generator", job: Job) -> None:
        if isinstance(job.request, ScoreRequest):
            try:
                job.emit(Scores(tuple(generator.score(job.request, job.cancel, lambda: self._more_urgent(job)))))
            except Cancelled:
                self._cancelled(job)
            return
        for item in generator.generate(job.request, job.cancel, lambda: self._more_urgent(job)):
            job.emit(item)
            if isinstance(item, Finish) and item.reason is FinishReason.CANCELLED:
                self._counters.cancellations += 1

    def _more_urgent(self, job: Job) -> bool:
        """Whether work waits that goes before ``job``. Without the lock: a late answer costs one call of the model."""
        jobs = self._jobs
        return bool(jobs) and jobs[0].priority < job.priority

    def _cancelled(self, job: Job) -> None:
        self._counters.cancellations += 1
        job.emit(Finish(FinishReason.CANCELLED, Timings()))

    def _next_options(self) -> LoadOptions | None:
        with self._wake:
            self._wake.wait_for(lambda: self._options is not None or self._stopping)
            return None if self._stopping else self._options

    def _next_job(self, when_idle: Callable[[], bool] = lambda: False) -> Job | None:
        """The most urgent job; None at the end. when_idle: does a piece of work that nobody waits for, False = none left."""
        more_to_do = True
        while True:
            with self._wake:
                waited = self._wake.wait_for(lambda: self._jobs or self._stopping, IDLE_SECONDS if more_to_do else None)
                if self._stopping:
                    return None
                job = heapq.heappop(self._jobs) if waited else None
            if job is None:
                more_to_do = when_idle()
            elif not job.cancel.cancelled:
                return job
            else:
                self._cancelled(job)

    def _on_progress(self, done: float) -> bool:
        if done - self._posted >= 0.01:  # llama.cpp calls for every tensor
            self._posted = done
            self._status.post(RuntimeState.LOADING, progress=done)
        return not self._stopping

    def _refuse_all(self, message: str) -> None:
        """No model will come: everything that is asked from now on gets the reason."""
        while (job := self._next_job()) is not None:
            job.emit(Failure(message))
