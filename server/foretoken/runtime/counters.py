"""What the runtime counts, for /metrics and for tests that must know that a path was really taken."""

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counters:
    """Totals since the process started. Written by the worker's thread, read by any."""

    requests: int = 0
    cancellations: int = 0
    failures: int = 0
    tokens_evaluated: int = 0
    tokens_reused: int = 0
    tokens_predicted: int = 0
    tokens_healed: int = 0
    checkpoints_made: int = 0
    checkpoints_restored: int = 0

    def prometheus(self) -> str:
        """Prometheus' text format, one counter per field."""
        lines = []
        for name, value in asdict(self).items():
            metric = f"foretoken_{name}_total"
            lines.append(f"# TYPE {metric} counter\n{metric} {value}\n")
        return "".join(lines)
