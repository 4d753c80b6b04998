"""Finds the names that match what somebody types, among all names of a workspace."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator


class NameSearch:
    """The names, as one text in lower case with one name a line, the shorter ones first: looking through it costs a few
    milliseconds for fifty thousand names, where asking each of them costs tens.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = sorted(names, key=lambda name: (len(name), name))
        lower = [name.lower() for name in self._names]
        self._text = "\n" + "\n".join(lower)
        self._starts: list[int] = []
        place = 1
        for name in lower:
            self._starts.append(place)
            place += len(name) + 1

    def best(self, text: str, limit: int) -> list[str]:
        """At most so many names: those that begin with the text, then those that hold it, then those that hold its
        characters in this order; without regard to case, the shorter names first."""
        wanted = text.lower()
        if not wanted or "\n" in wanted:
            return []
        found: dict[int, None] = {}
        for pattern in (
            re.escape(f"\n{wanted}"),
            re.escape(wanted),
            "\n" + "".join(f"[^\n{(one := re.escape(character))}]*+{one}" for character in wanted),
        ):
            for which in self._holding(pattern):
                found[which] = None
                if len(found) >= limit:
                    return [self._names[which] for which in found]
        return [self._names[which] for which in found]

    def _holding(self, pattern: str) -> Iterator[int]:
        searching = re.compile(pattern)
        place = 0
        while (match := searching.search(self._text, place)) is not None:
            which = bisect_right(self._starts, match.end() - 1) - 1
            yield which
            place = self._starts[which + 1] - 1 if which + 1 < len(self._starts) else len(self._text)
