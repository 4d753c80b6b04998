"""What the runtime counts, for /metrics and for tests that must know that a path was really taken."""

from collections import Counter
from dataclasses import dataclass, field, fields

LABELS = {"restored": "kind", "drafted": "source", "accepted": "source"}


@dataclass(slots=True)
class Counters:
    """Totals since the process started, and rates. Written by the worker's thread, read by any.

    preemptions: how often a request that was at work had to wait for a more urgent one; set_back: how often it gave up its
    sequence. decode_calls: calls of the model, draft contexts not counted; shared_calls: those with rows of several
    requests. restored: by kind of state. drafted, accepted: tokens guessed, and guessed right, by source. replays: long
    drafts that failed behind a kept state. tokens_forced: tokens that a constraint chose against the model.
    sequences_evicted: given up because the window was full. prefill_rate, decode_rate: tokens a second as last measured;
    0 = not yet.
    """

    requests: int = 0
    cancellations: int = 0
    preemptions: int = 0
    set_back: int = 0
    failures: int = 0
    tokens_evaluated: int = 0
    tokens_reused: int = 0
    tokens_predicted: int = 0
    tokens_healed: int = 0
    tokens_forced: int = 0
    decode_calls: int = 0
    shared_calls: int = 0
    draft_calls: int = 0
    replays: int = 0
    checkpoints_made: int = 0
    checkpoints_restored: int = 0
    states_written: int = 0
    states_read: int = 0
    sequences_evicted: int = 0
    candidates_scored: int = 0
    restored: Counter[str] = field(default_factory=Counter)
    drafted: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    prefill_rate: float = 0.0
    decode_rate: float = 0.0

    def prometheus(self) -> str:
        """Prometheus' text format."""
        lines = []
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, float):
                metric = f"foretoken_{item.name}_tokens_per_second"
                lines.append(f"# TYPE {metric} gauge\n{metric} {value:.6g}\n")
            elif isinstance(value, Counter):
                metric = f"foretoken_{item.name}_total"
                lines.append(f"# TYPE {metric} counter\n")
                for name, count in sorted(dict(value).items()):
                    lines.append(f'{metric}{{{LABELS[item.name]}="{name}"}} {count}\n')
            else:
                metric = f"foretoken_{item.name}_total"
                lines.append(f"# TYPE {metric} counter\n{metric} {value}\n")
        return "".join(lines)
