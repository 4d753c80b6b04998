"""How much of the model's time each workspace has had (fair queueing: Demers, Keshav and Shenker 1989)."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Served:
    """seconds: of the model's time that each workspace with work has had since it came back to it."""

    seconds: dict[str, float] = field(default_factory=dict)

    def join(self, owner: str, active: set[str]) -> None:
        """It has work again. active: those that have some already.

        It begins with as much as the least served of them: what it did not ask for is not owed to it, and what it had
        while nobody else asked is not owed by it.
        """
        if owner in active:
            return
        self.seconds = {name: self.seconds.get(name, 0.0) for name in active}
        self.seconds[owner] = min(self.seconds.values(), default=0.0)

    def add(self, owner: str, seconds: float) -> None:
        self.seconds[owner] = self.seconds.get(owner, 0.0) + seconds
