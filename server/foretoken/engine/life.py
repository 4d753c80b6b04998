"""How long a shared model process stays."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Life:
    """linger_seconds: after the last window has gone. idle_seconds: without a request, with windows; 0 = for ever."""

    linger_seconds: float = 60.0
    idle_seconds: float = 1800.0

    def to_wire(self) -> dict[str, float]:
        return asdict(self)
