"""A scheduler whose turns a test takes one by one."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GenerateRequest, Priority, ScoreRequest
from model.asking import Asked, exact

# Only now: asking loads llama.cpp first.
from foretoken.runtime.jobs import Failure, Job  # isort: skip
from foretoken.runtime.scheduler import Scheduler  # isort: skip


@dataclass(slots=True)
class Asking:
    """One request and what came of it."""

    name: str
    request: GenerateRequest | ScoreRequest
    cancel: CancelToken = field(default_factory=CancelToken)
    items: list[object] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [item.text for item in self.items if hasattr(item, "text")]

    @property
    def finish(self) -> Finish | None:
        last = self.items[-1] if self.items else None
        return last if isinstance(last, Finish) else None

    @property
    def failure(self) -> str:
        last = self.items[-1] if self.items else None
        return last.message if isinstance(last, Failure) else ""

    @property
    def done(self) -> bool:
        return bool(self.items) and not hasattr(self.items[-1], "text")


class Turns(Asked):
    """An exact model under a scheduler; now: what the scheduler's clock shows."""

    def __init__(self, path: Path, **options: object) -> None:
        super().__init__(path, **options)
        self.now = 0.0
        self.ended: list[str] = []
        self.calls: list[list[str]] = []
        self._names: dict[int, str] = {}
        self._numbers = itertools.count()
        self.scheduler = Scheduler(self.generator, self.counters, self._note, clock=self._clock)

    def _clock(self) -> float:
        """Every look takes a moment."""
        self.now += 1e-5
        return self.now

    def _note(self, jobs: Sequence[Job]) -> None:
        if jobs:
            self.calls.append([self._names[job.number] for job in jobs])

    def submit(
        self,
        name: str,
        request: GenerateRequest | ScoreRequest,
        priority: Priority = Priority.REFACTOR,
        owner: str = "",
    ) -> Asking:
        asking = Asking(name, replace(request, priority=priority, owner=owner))
        number = next(self._numbers)
        self._names[number] = name

        def emit(item: object) -> None:
            asking.items.append(item)
            if asking.done:
                self.ended.append(name)

        self.scheduler.add(Job(number, asking.request, asking.cancel, emit, self.now))
        return asking

    def turn(self, count: int = 1) -> None:
        with exact():  # lanes that are added meanwhile make no context, but drafts may
            for _ in range(count):
                self.scheduler.turn()

    def finish(self, most: int = 20_000) -> None:
        for _ in range(most):
            if not self.scheduler.busy:
                return
            self.turn()
        raise AssertionError("it never ends")

    def until_answering(self, asking: Asking, tokens: int = 3) -> None:
        while len(asking.items) < tokens:
            assert self.scheduler.busy
            self.turn()

    def alone(self, request: GenerateRequest) -> list[str]:
        """What the request gets with nothing else at work, from nothing."""
        tokens, _, _ = self.ask_afresh(request)
        return [token.text for token in tokens]
