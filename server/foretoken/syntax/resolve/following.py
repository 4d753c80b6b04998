"""Trail: how far a name is followed from file to file. Re-exports may form circles, and chains of any length."""

MOST_STEPS = 100


class Trail:
    """Where one search for a name has been. Each place is entered once, and MOST_STEPS places altogether."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def enter(self, place: str, name: str) -> bool:
        """Whether to look for ``name`` at ``place``: not when that was done, or when the search became too long."""
        if (place, name) in self._seen or len(self._seen) >= MOST_STEPS:
            return False
        self._seen.add((place, name))
        return True
