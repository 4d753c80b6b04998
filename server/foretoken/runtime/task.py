"""A job at work."""

from dataclasses import dataclass

from foretoken.runtime.jobs import Job
from foretoken.runtime.lane import Lane
from foretoken.runtime.rows import Rows, Steps


@dataclass(slots=True, eq=False)
class Task:
    """A job at work on a lane. rows: what it wants evaluated next. back: the steps of coming back after it was set back.

    ran: when it last had a turn. no_room: it waits until another task has ended. computed: a call for it succeeded.
    suspect: a process died of it before; its calls are its own.
    """

    job: Job
    lane: Lane
    steps: Steps[None]
    ran: float
    rows: Rows | None = None
    back: Steps[None] | None = None
    wanted: Rows | None = None  # while it comes back: what it wants then
    waits_since: float | None = None
    no_room: bool = False
    computed: bool = False
    suspect: bool = False
