"""Which lane a job works on, and which of llama.cpp's sequences the lane has."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from foretoken.runtime.counters import Counters
from foretoken.runtime.generate import Generator
from foretoken.runtime.jobs import Job
from foretoken.runtime.kept import LIVE
from foretoken.runtime.lane import BACKGROUND_CALL, Lane
from foretoken.runtime.live_state import LiveState
from foretoken.runtime.task import Task
from foretoken.runtime.token_ids import common_prefix
from foretoken.text.generation import Priority

NOTHING = np.zeros(0, np.int32)


class Seating:
    """tasks: those at work, as the scheduler has them. One sequence is left for typing where there are several."""

    def __init__(self, generator: Generator, counters: Counters, tasks: Sequence[Task]) -> None:
        self._generator = generator
        self._counters = counters
        self._tasks = tasks
        context = generator.context
        self._seats = (LIVE, *range(context.n_seq - context.n_lanes + 1, context.n_seq))

    def lane(self, job: Job, prompt: np.ndarray, relief: bool = False) -> Lane | None:
        """The free lane that holds the most of ``prompt``, with a sequence; None when none is to be had. relief: see
        ``come_back``."""
        free = [lane for lane in self._generator.lanes if not lane.state.busy]
        seated = [lane for lane in free if lane.state.sequence is not None]
        if seated and self._may_sit(job):
            return max(seated, key=lambda lane: common_prefix(lane.state.token_ids, prompt))
        sequence = self._seat(job)
        if sequence is None and relief:
            sequence = self._relieve()
        if sequence is None:
            return None
        standing = [lane for lane in free if lane.state.sequence is None]
        lane = standing[0] if standing else self._generator.add_lane()
        lane.state.sit(sequence)
        return lane

    def has_room(self, job: Job, at_work: "Counter[tuple[int, str]]") -> bool:
        """Whether the job may be at work, too. at_work: how many there are of each priority and owner.

        Typing has a sequence more than the rest; and nobody waits for a workspace that has several of the same kind at work.
        """
        n_lanes = self._generator.context.n_lanes
        most = n_lanes if job.priority == Priority.INLINE else max(1, n_lanes - 1)
        alike = {owner: count for (priority, owner), count in at_work.items() if priority == job.priority}
        return sum(alike.values()) < most or (job.owner not in alike and max(alike.values()) > 1)

    def come_back(self, task: Task, relief: bool = False) -> bool:
        """Give the task a sequence again, and the steps to what it held in it. False when none is to be had now.

        relief: it has waited long, and takes one from whoever had the last turn.
        """
        sequence = self._seat(task.job)
        if sequence is None and relief:
            sequence = self._relieve()
        if sequence is None:
            return False
        task.wanted = task.wanted or task.rows
        cost, n_ubatch = self._generator.evaluator.cost, self._generator.context.n_ubatch
        task.back = task.lane.state.come_back(sequence, lambda: cost.rows_within(BACKGROUND_CALL, n_ubatch, 1))
        return True

    def _may_sit(self, job: Job) -> bool:
        """Whether a sequence is left for typing if this job takes one."""
        if job.priority == Priority.INLINE or len(self._seats) == 1:
            return True
        others = [task for task in self._tasks if task.lane.state.sequence is not None]
        return sum(task.job.priority != Priority.INLINE for task in others) < len(self._seats) - 1

    def _seat(self, job: Job) -> int | None:
        """A sequence for the job: a free one, else that of a lane at rest, else that of the least urgent task below it, or
        of one as urgent whose workspace has several."""
        if self._may_sit(job):
            taken = {live.sequence for live in self._generator.kept.lives}
            free = next((seat for seat in self._seats if seat not in taken), None)
            if free is not None:
                return free
            resting = [live for live in self._generator.kept.lives if live.sequence is not None and not live.busy]
            if resting:
                return self._clear(resting[0])
        seated = [task for task in self._tasks if task.lane.state.sequence is not None]
        owned = Counter((task.job.priority, task.job.owner) for task in seated)
        below = [
            task
            for task in seated
            if task.job.priority > job.priority
            or (
                task.job.priority == job.priority
                and owned[job.priority, task.job.owner] > 1 > owned[job.priority, job.owner]
            )
        ]
        return self._take(max(below, key=lambda task: (task.job.priority, task.job.number))) if below else None

    def _relieve(self) -> int | None:
        seated = [task for task in self._tasks if task.lane.state.sequence is not None]
        last = max(seated, key=lambda task: (task.job.priority != Priority.INLINE, task.ran), default=None)
        return self._take(last) if last else None

    def _take(self, victim: Task) -> int | None:
        sequence = victim.lane.state.sequence
        self.set_back(victim, keep=True)
        return sequence

    def _clear(self, live: LiveState) -> int | None:
        sequence = live.sequence
        if live.can_give:
            self._generator.kept.leave(live, NOTHING, None)
        live.set_back(keep=False)
        live.empty()
        return sequence

    def set_back(self, task: Task, keep: bool) -> None:
        """The task loses its sequence. keep: what it held may stay in a spare one."""
        if task.back is not None:
            task.back.close()
            task.back = None
            task.rows, task.wanted = task.wanted, None
        task.lane.state.set_back(keep)
        self._counters.set_back += 1
