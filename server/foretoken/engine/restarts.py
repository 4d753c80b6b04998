"""What follows the end of a model process: when the next one is started, and after how many no other is."""

from dataclasses import dataclass

BACK_OFF = (0.2, 1.0, 5.0, 30.0)  # seconds before the first, second, ... start after an end; then the last
STEADY_SECONDS = 60.0  # a process that lived so long starts the back-off from the beginning
LOADING_DEATHS = 3  # a model that ends so many processes in a row before it is ready is not tried again


@dataclass(frozen=True, slots=True)
class LifeEnd:
    """reason: a sentence for the user. died: the process ended. served: the model had become ready."""

    reason: str
    died: bool = False
    served: bool = False


class Restarts:
    """Counts the ends in a row. For one model with one set of options: others start from the beginning."""

    def __init__(self) -> None:
        self.attempt = 0
        self._loading_deaths = 0

    def delay(self, end: LifeEnd, lived: float) -> float | None:
        """Seconds until the next start, which ``attempt`` then numbers; None when there shall be none.

        lived: seconds from the start to the end.
        """
        if end.served:
            self._loading_deaths = 0
        elif end.died:
            self._loading_deaths += 1
        if self._loading_deaths >= LOADING_DEATHS:
            return None
        self.attempt = 1 if lived > STEADY_SECONDS else self.attempt + 1
        return BACK_OFF[min(self.attempt, len(BACK_OFF)) - 1]
