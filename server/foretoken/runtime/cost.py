"""What a decode call costs on this machine, learnt from every call."""

FORGET = 0.98
OUTLIER = 4.0  # a call that took so many times what was expected says something of the machine, not of the model


class DecodeCost:
    """Seconds of a call as ``fixed + per_row * rows``: least squares, recent calls weigh more."""

    def __init__(self) -> None:
        self._weight = self._x = self._y = self._xx = self._xy = 0.0

    def observe(self, rows: int, seconds: float) -> None:
        # Two calls of the mean's size are the cheap sign that a closer look is due.
        if self._weight > 8 and seconds * self._weight > 2 * self._y:
            seconds = min(seconds, OUTLIER * self.seconds(rows))
        self._weight = self._weight * FORGET + 1
        self._x = self._x * FORGET + rows
        self._y = self._y * FORGET + seconds
        self._xx = self._xx * FORGET + rows * rows
        self._xy = self._xy * FORGET + rows * seconds

    @property
    def known(self) -> bool:
        return self._weight > 0

    def seconds(self, rows: int) -> float:
        """The expected time; 0 while nothing is known."""
        fixed, per_row = self._line()
        return fixed + per_row * rows

    def rows_within(self, seconds: float, most: int, least: int = 8) -> int:
        """How many rows a call of ``seconds`` evaluates, from ``least`` to ``most``.

        Where the fixed part of a call alone takes about so long, the rows may take half of it again.
        """
        if not self.known:
            return min(most, 4 * least)
        fixed, per_row = self._line()
        if per_row <= 0:
            return most
        return max(min(least, most), min(most, int(max(seconds - fixed, fixed / 2) / per_row)))

    def _line(self) -> tuple[float, float]:
        if not self.known:
            return 0.0, 0.0
        mean_x, mean_y = self._x / self._weight, self._y / self._weight
        spread = self._xx / self._weight - mean_x * mean_x
        if spread < 1e-9:  # all calls had the same size: the same time for each row is the safe guess
            return 0.0, mean_y / mean_x
        per_row = (self._xy / self._weight - mean_x * mean_y) / spread
        # Noise can tilt the line; neither part of the cost is below nothing.
        per_row = min(max(per_row, 0.0), mean_y / mean_x)
        return mean_y - per_row * mean_x, per_row
