"""Counters: what became of the inline requests, for the status report."""

from collections import Counter
from dataclasses import dataclass, field

from foretoken.text.generation import Timings


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """reason: the name of the reason for an empty answer, None when something was shown. detail: a sentence.

    timings: the runtime's, None when no model was asked. ms: the whole time, None when the work was given up.
    """

    reason: str | None
    detail: str = ""
    timings: Timings | None = None
    ms: float | None = None


@dataclass(slots=True)
class Counters:
    """requests: all that came in. shown: suggestions sent. refusals: empty answers by the name of their reason.

    anchors: those that a request had to fix itself, by the value of their Cause. adopted: those that had been prepared in
    the background. prefilled: how many model tokens were evaluated to prepare anchors.
    """

    requests: int = 0
    shown: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    anchors: Counter[str] = field(default_factory=Counter)
    adopted: Counter[str] = field(default_factory=Counter)
    prefilled: int = 0
    last: LastAnswer | None = None

    def answered(self, answer: LastAnswer) -> None:
        self.last = answer
        if answer.reason is None:
            self.shown += 1
        else:
            self.refusals[answer.reason] += 1
