"""The demo's figures: what each key cost, and what they come to."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from foretoken.postprocess.suggestion import Reason


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One key. ms: from sending the edit to having the answer. shown: the ghost text, None if there is none.

    evaluated, generated, reused: model tokens, None when no model was asked. reason: why there is nothing to show.
    saved: characters that this key entered beyond one.
    """

    key: str
    ms: float
    shown: str | None
    reason: str = ""
    detail: str = ""
    evaluated: int | None = None
    generated: int | None = None
    reused: int | None = None
    saved: int = 0


def key_record(key: str, ms: float, shown: str | None, last: dict[str, Any] | None, saved: int = 0) -> KeyRecord:
    """last: the server's ``foretoken/status`` -> ``last``, what it says of this request."""
    last = last or {}
    timings = last.get("timings") or {}
    return KeyRecord(
        key=key,
        ms=ms,
        shown=shown,
        reason="" if shown is not None else reason_sentence(last.get("reason") or "unknown"),
        detail="" if shown is not None else last.get("detail") or "",
        evaluated=timings.get("prompt_n"),
        generated=timings.get("predicted_n"),
        reused=timings.get("cache_n"),
        saved=saved,
    )


def reason_sentence(name: str) -> str:
    """The sentence of a Reason's name, or the name itself where the server knows more reasons than we."""
    return Reason[name].value if name in Reason.__members__ else name


@dataclass(slots=True)
class Figures:
    """server_ready and model_ready: seconds since the start; first_ms: the first answer, which evaluates the file."""

    server_ready: float = 0.0
    model_ready: float = 0.0
    keys: list[KeyRecord] = field(default_factory=list)
    first_ms: float = 0.0

    @property
    def shown(self) -> list[KeyRecord]:
        return [record for record in self.keys if record.shown is not None]

    @property
    def accepted(self) -> int:
        return sum(1 for record in self.keys if record.saved)

    @property
    def saved(self) -> int:
        return sum(record.saved for record in self.keys)

    @property
    def refusals(self) -> Counter[str]:
        return Counter(record.reason for record in self.keys if record.shown is None)

    def rows(self) -> list[tuple[str, str]]:
        """The summary as (what, how much)."""
        asked = [record for record in self.keys if record.evaluated is not None]
        evaluated = [record.evaluated or 0 for record in asked]
        reused = [record.reused or 0 for record in asked]
        generated = [record.generated or 0 for record in asked]
        rows = [
            ("server ready / model ready", f"{self.server_ready:.1f} s / {self.model_ready:.1f} s"),
            ("keys typed", f"{len(self.keys)}, {self.accepted} of them Tab to accept"),
            ("suggestions shown", f"{len(self.shown)}"),
            ("characters saved by accepting", f"{self.saved}"),
            ("time to answer, p50 / p95", _times([record.ms for record in self.keys])),
            ("time to suggestion, p50 / p95", _times([record.ms for record in self.shown])),
        ]
        if asked:
            rows += [
                ("tokens evaluated a key, median / most", f"{percentile(evaluated, 50):.0f} / {max(evaluated)}"),
                ("tokens reused a key, median", f"{percentile(reused, 50):.0f}"),
                ("tokens generated a key, median", f"{percentile(generated, 50):.0f}"),
            ]
        rows += [(f"silent: {reason}", str(count)) for reason, count in self.refusals.most_common()]
        return rows


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank: the smallest value with at least ``percent`` of all at or below it."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _times(values: list[float]) -> str:
    if not values:
        return "-"
    return f"{percentile(values, 50):.0f} ms / {percentile(values, 95):.0f} ms"
