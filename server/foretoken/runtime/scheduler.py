"""Whose rows go into the next call of the model.

Strictly by priority, so a keystroke waits for one call at most, whatever is at work; equals share calls and take turns by
the time that their workspaces have had (as fair queueing does: Demers, Keshav and Shenker 1989). Work that has to wait
keeps its state and goes on where it was. Only where sequences or room run out does the least urgent lose its sequence; its
state is kept in a spare one, or evaluated again. So that nothing starves, what has waited long gets a call.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence

from foretoken.runtime.context import CacheFull, ComputeError, DecodeError
from foretoken.runtime.counters import Counters
from foretoken.runtime.fairness import Served
from foretoken.runtime.generate import Generator
from foretoken.runtime.jobs import Failure, Job, Scores
from foretoken.runtime.lane import Lane
from foretoken.runtime.overflow import PromptTooLong
from foretoken.runtime.prepare import Prepared, UnsupportedPrompt
from foretoken.runtime.rows import Rows, Steps
from foretoken.runtime.seating import Seating
from foretoken.runtime.task import Task
from foretoken.text.cancel import Cancelled
from foretoken.text.generation import Finish, FinishReason, InvalidConstraint, Priority, ScoreRequest, Timings

# So often, what has waited longest for its turn gets one call, however urgent the others are.
STARVED_SECONDS = 0.5


class Scheduler:
    """For one thread. ``add`` jobs, and call ``turn`` as long as there is any work.

    on_call: told which jobs the model works for from now on, each time others do. on_outcome: told of a request that the
    model computed for (""), and of a turn in which it could not (why). suspect: whether a process died of that job before.
    """

    def __init__(
        self,
        generator: Generator,
        counters: Counters,
        on_call: Callable[[Sequence[Job]], None] = lambda _jobs: None,
        on_outcome: Callable[[str], None] = lambda _reason: None,
        suspect: Callable[[Job], bool] = lambda _job: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._generator = generator
        self._counters = counters
        self._on_call = on_call
        self._on_outcome = on_outcome
        self._suspect = suspect
        self._sick = ""  # why a call of this turn failed
        self._clock = clock
        self._kept = generator.kept
        self._waiting: list[Job] = []
        self._tasks: list[Task] = []
        self._seating = Seating(generator, counters, self._tasks)
        self._last: list[Task] = []
        self._at_work: list[Job] = []
        self._served = Served()
        self._relieved = 0.0  # when something that had waited long got a call

    @property
    def busy(self) -> bool:
        return bool(self._tasks or self._waiting)

    def add(self, job: Job) -> None:
        self._served.join(job.owner, self._owners())
        self._waiting.append(job)

    def turn(self) -> None:
        """One call of the model at most, and what follows from it."""
        if self._kept.doubtful:
            self._kept.forget()
        self._drop_cancelled()
        self._admit()
        together = self._choose()
        self._note_waiting(together)
        if together:
            self._run(together)
        if not self._tasks:
            self._works_for([])
        if self._sick:
            self._on_outcome(self._sick)
            self._sick = ""

    # Who goes next

    def _choose(self) -> list[Task]:
        now = self._clock()
        ready = [task for task in self._tasks if not task.no_room]
        if not ready:
            for task in self._tasks:
                task.no_room = False
            ready = list(self._tasks)
        if not ready:
            return []
        longest = min(ready, key=lambda task: task.ran)
        if now - max(longest.ran, self._relieved) > STARVED_SECONDS:
            self._relieved = now
            return [longest] if self._seated(longest, relief=True) else []
        top = min(task.job.priority for task in ready)
        equals = [task for task in ready if task.job.priority == top]
        equals.sort(key=lambda task: (self._served.seconds.get(task.job.owner, 0.0), task.job.number))
        for task in equals:
            task.lane.crowded = len(equals) > 1
        return self._with_company(equals[0], equals)

    def _seated(self, task: Task, relief: bool = False) -> bool:
        """Whether the task has a sequence, maybe after coming back to one."""
        if task.lane.state.sequence is not None:
            return True
        if not self._seating.come_back(task, relief):
            return False
        self._advance(task)
        return task.rows is not None

    def _with_company(self, first: Task, equals: list[Task]) -> list[Task]:
        """Those whose rows go into one call with those of ``first``: answers go along, a second prompt does not."""
        if not self._seated(first):
            first.no_room = True
            return []
        together = [first]
        rows = [first.rows] if first.rows else []
        for task in equals:
            if task is first or task.rows is None or task.lane.state.sequence is None:
                continue
            if not task.lane.answering or task.back is not None or task.suspect or first.suspect:
                continue
            if rows and self._generator.evaluator.fits(rows, task.rows):
                together.append(task)
                rows.append(task.rows)
        return together

    def _note_waiting(self, together: list[Task]) -> None:
        now = self._clock()
        running = set(map(id, together))
        most_urgent = min((task.job.priority for task in together), default=0)
        for task in self._tasks:
            if id(task) in running:
                if task.waits_since is not None:
                    task.lane.paused += now - task.waits_since
                    task.waits_since = None
                task.ran = now
            elif task.waits_since is None:
                task.waits_since = now
                if task in self._last and task.job.priority > most_urgent:
                    self._counters.preemptions += 1
        self._last = together

    # Work

    def _run(self, together: list[Task]) -> None:
        rows = [task.rows for task in together if task.rows is not None]
        began = self._clock()
        self._works_for([task.job for task in together])
        try:
            self._generator.evaluator.run(rows)
        except CacheFull as full:
            self._make_room(together, full)
            return
        except DecodeError as error:
            for task in together:
                self._advance(task, error)
            return
        for task in together:
            task.computed = True
        share = (self._clock() - began) / sum(len(part.token_ids) for part in rows)
        for task, part in zip(together, rows, strict=True):
            self._served.add(task.job.owner, share * len(part.token_ids))
        for task in together:
            self._advance(task)

    def _works_for(self, jobs: list[Job]) -> None:
        if jobs != self._at_work:
            self._at_work = jobs
            self._on_call(jobs)

    def _make_room(self, together: list[Task], full: CacheFull) -> None:
        """The attention cache is full, and nothing is kept any more that nobody works on."""
        first = together[0]
        if len(together) > 1:
            for task in together[1:]:
                task.no_room = True
            return
        others = [task for task in self._tasks if task is not first and task.lane.state.sequence is not None]
        later = [
            task for task in others if (task.job.priority, task.job.number) > (first.job.priority, first.job.number)
        ]
        if later:
            self._seating.set_back(max(later, key=lambda task: (task.job.priority, task.job.number)), keep=False)
        elif others:
            first.no_room = True  # it is the later one
            self._seating.set_back(first, keep=False)
        else:
            self._kept.forget([first.lane.state])
            self._advance(first, DecodeError(f"the context window is full: {full}"))

    def _advance(self, task: Task, error: Exception | None = None) -> None:
        """On to the task's next rows; what it says on the way is sent."""
        task.rows = None
        if task.back is not None:
            try:
                task.rows = task.back.throw(error) if error else next(task.back)
                return
            except StopIteration:
                task.back = None
            except DecodeError as failed:
                task.back, error = None, failed
            if error is None:  # it has come back
                task.rows, task.wanted = task.wanted, None
                return
        try:
            item = task.steps.throw(error) if error else next(task.steps)
            while not isinstance(item, Rows):
                self._send(task.job, item)
                item = next(task.steps)
            task.rows = item
            return
        except StopIteration:
            if task.computed:
                self._on_outcome("")
        except (PromptTooLong, UnsupportedPrompt, InvalidConstraint, DecodeError) as failed:
            if isinstance(failed, ComputeError):
                self._sick = str(failed)
            self._fail(task.job, failed)
        self._leave(task)

    def _send(self, job: Job, item: object) -> None:
        job.emit(item)  # type: ignore[arg-type]
        if isinstance(item, Finish) and item.reason is FinishReason.CANCELLED:
            self._counters.cancellations += 1

    def _fail(self, job: Job, error: Exception) -> None:
        self._counters.failures += 1
        job.emit(Failure(str(error), type(error).__name__))

    def _leave(self, task: Task) -> None:
        self._tasks.remove(task)
        task.lane.state.busy = False
        task.lane.crowded = False
        for other in self._tasks:
            other.no_room = False

    # Coming and going

    def _drop_cancelled(self) -> None:
        now = self._clock()
        for task in [task for task in self._tasks if task.job.cancel.cancelled]:
            if task.waits_since is not None:
                task.lane.paused += now - task.waits_since
            if task.back is not None:
                task.back.close()
                task.back = None
            self._advance(task, Cancelled())
        for job in [job for job in self._waiting if job.cancel.cancelled]:
            self._waiting.remove(job)
            self._send(job, Finish(FinishReason.CANCELLED, Timings()))

    def _admit(self) -> None:
        """Jobs that would run now get a lane."""
        while (job := self._next_waiting()) is not None:
            self._waiting.remove(job)
            self._works_for([job])
            try:
                prepared = job.prepared = job.prepared or self._generator.prepare(job.request)
                lane = self._seating.lane(job, prepared.prompt, self._is_starved(job))
            except (PromptTooLong, UnsupportedPrompt) as error:
                self._fail(job, error)
                continue
            if lane is None:
                self._waiting.append(job)
                return
            self._start(job, prepared, lane)

    def _next_waiting(self) -> Job | None:
        if not self._waiting:
            return None
        at_work = Counter((task.job.priority, task.job.owner) for task in self._tasks)
        open_to = [job for job in self._waiting if self._seating.has_room(job, at_work)]
        now = self._clock()
        starved = [job for job in open_to if self._is_starved(job)]
        if starved and not any(now - task.ran > STARVED_SECONDS for task in self._tasks):
            return min(starved, key=lambda job: job.since)
        top = min((task.job.priority for task in self._tasks), default=max(Priority))
        owners = Counter(task.job.owner for task in self._tasks)
        return min(
            (job for job in open_to if job.priority <= top),
            key=lambda job: (
                job.priority,
                owners[job.owner],
                self._served.seconds.get(job.owner, 0.0),
                job.number,
            ),
            default=None,
        )

    def _is_starved(self, job: Job) -> bool:
        return self._clock() - max(job.since, self._relieved) > STARVED_SECONDS

    def _start(self, job: Job, prepared: Prepared, lane: Lane) -> None:
        lane.state.busy = True
        task = Task(job, lane, self._steps(job, prepared, lane), job.since)
        task.suspect = self._suspect(job)
        self._tasks.append(task)
        self._advance(task)

    def _steps(self, job: Job, prepared: Prepared, lane: Lane) -> Steps[None]:
        request = job.request
        if isinstance(request, ScoreRequest):
            try:
                scores = yield from lane.score(request, prepared, job.cancel)
            except Cancelled:
                yield Finish(FinishReason.CANCELLED, Timings())
                return
            yield Scores(tuple(scores))
            return
        matcher = self._generator.matcher(request)
        yield from lane.generate(request, prepared, matcher, job.cancel)

    def _owners(self) -> set[str]:
        return {task.job.owner for task in self._tasks} | {job.owner for job in self._waiting}
