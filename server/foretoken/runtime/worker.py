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
from pathlib import Path

from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.counters import Counters
from foretoken.runtime.library import LibraryError, load_library
from foretoken.runtime.status import RuntimeState, StatusBoard
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, FinishReason, GeneratedToken, GenerateRequest, Timings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Which model, and how. n_ctx in tokens; threads 0 = all cores but one; gpu_layers -1 = all."""

    model: Path
    n_ctx: int
    threads: int
    gpu_layers: int


@dataclass(frozen=True, slots=True)
class Failure:
    """The generation failed; the message is a sentence for the user. Ends a stream like a Finish."""

    message: str


Emit = Callable[[GeneratedToken | Finish | Failure], None]


@dataclass(order=True, slots=True)
class Job:
    """In the queue by priority, then in order of arrival."""

    priority: int
    number: int
    request: GenerateRequest = field(compare=False)
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

    def submit(self, request: GenerateRequest, cancel: CancelToken, emit: Emit) -> None:
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
        from foretoken.runtime.context import Context, DecodeError
        from foretoken.runtime.generate import Generator, UnsupportedPrompt
        from foretoken.runtime.model import LoadCancelled, load_model
        from foretoken.runtime.overflow import PromptTooLong

        options = self._next_options()
        if options is None:
            return
        self._status.post(RuntimeState.LOADING)
        try:
            model = load_model(options.model, options.gpu_layers, self._on_progress)
        except LoadCancelled:
            return
        generator = Generator(model, Context(model, options.n_ctx, options.threads), self._counters)
        self.count_tokens = model.vocabulary.count
        self._status.post(RuntimeState.READY, info=generator.info)
        while (job := self._next_job()) is not None:
            try:
                for item in generator.generate(job.request, job.cancel):
                    job.emit(item)
                    if isinstance(item, Finish) and item.reason is FinishReason.CANCELLED:
                        self._counters.cancellations += 1
            except (PromptTooLong, UnsupportedPrompt, DecodeError) as error:
                self._counters.failures += 1
                job.emit(Failure(str(error)))

    def _next_options(self) -> LoadOptions | None:
        with self._wake:
            self._wake.wait_for(lambda: self._options is not None or self._stopping)
            return None if self._stopping else self._options

    def _next_job(self) -> Job | None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._jobs or self._stopping)
                if self._stopping:
                    return None
                job = heapq.heappop(self._jobs)
            if not job.cancel.cancelled:
                return job
            self._counters.cancellations += 1
            job.emit(Finish(FinishReason.CANCELLED, Timings()))

    def _on_progress(self, done: float) -> bool:
        if done - self._posted >= 0.01:  # llama.cpp calls for every tensor
            self._posted = done
            self._status.post(RuntimeState.LOADING, progress=done)
        return not self._stopping

    def _refuse_all(self, message: str) -> None:
        """No model will come: everything that is asked from now on gets the reason."""
        while (job := self._next_job()) is not None:
            job.emit(Failure(message))
