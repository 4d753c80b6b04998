"""How much of the model's time each workspace has had (fair queueing: Demers, Keshav and Shenker 1989)."""

from dataclasses import dataclass, field

REMEMBERED_OWNERS = 256


@dataclass(slots=True)
class Served:
    """seconds: of the model's time that each workspace has had; those without work count as the least served."""

    seconds: dict[str, float] = field(default_factory=dict)

    def join(self, owner: str, active: set[str]) -> None:
        """It has work again: time that it did not ask for is not owed to it."""
        if owner in active:
            return
        least = min((self.seconds.get(name, 0.0) for name in active), default=0.0)
        self.seconds[owner] = max(self.seconds.get(owner, 0.0), least)
        if len(self.seconds) > REMEMBERED_OWNERS:
            self.seconds = {name: self.seconds.get(name, 0.0) for name in {*active, owner}}

    def add(self, owner: str, seconds: float) -> None:
        self.seconds[owner] = self.seconds.get(owner, 0.0) + seconds
