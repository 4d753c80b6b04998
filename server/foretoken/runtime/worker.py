"""The one thread that owns the llama.cpp context: it loads the model, then lets the scheduler answer what is asked.

A defect that nothing here expects ends the process (``threading.excepthook`` of ``__main__``): the supervisor starts a
clean one, and nobody is left waiting for a thread that is gone.
"""

import itertools
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.counters import Counters
from foretoken.runtime.health import Health, leave
from foretoken.runtime.jobs import Emit, Failure, Job
from foretoken.runtime.journal import Journal
from foretoken.runtime.library import LibraryError, load_library
from foretoken.runtime.options import LoadOptions
from foretoken.runtime.poison import fingerprint
from foretoken.runtime.status import RuntimeState, StatusBoard
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, FinishReason, GenerateRequest, ScoreRequest, Timings

if TYPE_CHECKING:
    from foretoken.runtime.scheduler import Scheduler
    from foretoken.runtime.texts import ModelTexts

log = logging.getLogger(__name__)

# Without a request for so long nobody is typing.
IDLE_SECONDS = 2.0


class Worker:
    """``submit`` and ``stop`` are for any thread; ``emit`` callbacks run on the worker's.

    journal: where it is noted which prompts are being evaluated; set before the first request.
    """

    def __init__(self, status: StatusBoard, counters: Counters) -> None:
        self._status = status
        self._counters = counters
        self._wake = threading.Condition()
        self._options: LoadOptions | None = None
        self._inbox: list[Job] = []
        self._numbers = itertools.count()
        self._stopping = False
        self._posted = 0.0
        self._health = Health()
        self._noted: list[int] = []
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self.journal: Journal | None = None
        self.count_tokens: Callable[[str], int] | None = None
        self.texts: "ModelTexts | None" = None

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
        """Answers come in order of priority, then as fairness between their owners has it."""
        with self._wake:
            self._inbox.append(Job(next(self._numbers), request, cancel, emit, time.monotonic()))
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
        from foretoken.runtime.model import LoadCancelled
        from foretoken.runtime.scheduler import Scheduler

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
        self.texts = generator.texts
        self._status.post(RuntimeState.READY, info=generator.info)
        scheduler = Scheduler(generator, self._counters, self._on_call, self._on_outcome, self._suspect)
        self._serve(scheduler, generator.warm.write_one)

    def _serve(self, scheduler: "Scheduler", when_idle: Callable[[], bool]) -> None:
        """when_idle: does a piece of work that nobody waits for, False = none left."""
        more_to_do = True
        while True:
            with self._wake:
                if not scheduler.busy and not self._inbox and not self._stopping:
                    self._wake.wait_for(lambda: self._inbox or self._stopping, IDLE_SECONDS if more_to_do else None)
                if self._stopping:
                    return
                arrived, self._inbox = self._inbox, []
            for job in arrived:
                scheduler.add(job)
            if scheduler.busy:
                scheduler.turn()
                more_to_do = True
            elif not arrived:
                more_to_do = when_idle()

    def _on_call(self, jobs: Sequence[Job]) -> None:
        """What the process dies of, if it dies now, is one of these."""
        if self.journal is None:
            return
        for slot in self._noted:
            self.journal.end(slot)
        self._noted = [self.journal.begin(_mark(job)) for job in jobs]

    def _suspect(self, job: Job) -> bool:
        return self.journal is not None and self.journal.poison.suspects(_mark(job))

    def _on_outcome(self, reason: str) -> None:
        if not reason:
            self._health.answered()
        elif self._health.failed(reason):
            if self.journal is not None:
                self.journal.clear()  # the device is to blame, and no prompt
            leave(self._health.last_word)

    def _next_options(self) -> LoadOptions | None:
        with self._wake:
            self._wake.wait_for(lambda: self._options is not None or self._stopping)
            return None if self._stopping else self._options

    def _on_progress(self, done: float) -> bool:
        if done - self._posted >= 0.01:  # llama.cpp calls for every tensor
            self._posted = done
            self._status.post(RuntimeState.LOADING, progress=done)
        return not self._stopping

    def _refuse_all(self, message: str) -> None:
        """No model will come: everything that is asked from now on gets the reason."""
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._inbox or self._stopping)
                if self._stopping:
                    return
                arrived, self._inbox = self._inbox, []
            for job in arrived:
                if job.cancel.cancelled:
                    self._counters.cancellations += 1
                    job.emit(Finish(FinishReason.CANCELLED, Timings()))
                else:
                    job.emit(Failure(message))


def _mark(job: Job) -> bytes:
    """Once for each job: it is hashed from the whole prompt, and noted whenever others take turns with it."""
    job.mark = job.mark or fingerprint(job.request)
    return job.mark
