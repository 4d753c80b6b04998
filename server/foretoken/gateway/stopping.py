"""Where an answer ends because of its text: stop strings, and llama.cpp's rules of indentation and time for infill."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Cut(StrEnum):
    """Why the text was cut; llama.cpp's names of ``stop_type``."""

    WORD = "word"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Rules:
    """stops: the text ends before any of them. n_indent: it ends before a line, after the first, that is indented by
    fewer characters; 0 = off. predict_ms: after this time since the first token it ends with its line; 0 = off."""

    stops: Sequence[str] = ()
    n_indent: int = 0
    predict_ms: int = 0


class Stopping:
    """One answer. ``feed`` gives the text that may be sent: what may be the beginning of a stop is held back."""

    def __init__(self, rules: Rules, clock: Callable[[], float] = time.monotonic) -> None:
        self._rules = rules
        self._clock = clock
        self._started: float | None = None
        self._text = ""
        self._sent = 0
        self._line = 0  # where the last line begins that is not judged yet; 0 = the first, which is not
        self.cut: Cut | None = None
        self.word = ""

    def feed(self, text: str) -> str:
        """What may be sent now that ``text`` has come. Nothing more may be fed once ``cut`` is set."""
        if self._started is None:
            self._started = self._clock()
        self._text += text
        ends = [end for end in (self._stop_end(), self._indent_end(), self._time_end(text)) if end is not None]
        if not ends:
            return self._send(min(self._safe_from_stops(), self._safe_from_indent()))
        end = min(ends, key=lambda pair: pair[0])
        self.cut, self.word = (Cut.WORD, end[1]) if end[1] else (Cut.LIMIT, "")
        return self._send(max(end[0], self._sent))

    def rest(self) -> str:
        """What was held back: the answer has ended by itself."""
        return self._send(len(self._text))

    def _send(self, end: int) -> str:
        out = self._text[self._sent : end]
        self._sent = max(end, self._sent)
        return out

    def _stop_end(self) -> tuple[int, str] | None:
        found = [(at, stop) for stop in self._rules.stops if (at := self._text.find(stop, self._sent)) >= 0]
        return min(found) if found else None

    def _indent_end(self) -> tuple[int, str] | None:
        """The end of the text before the first new line that is indented too little."""
        if not self._rules.n_indent:
            return None
        while (end := self._text.find("\n", self._line)) >= 0 or self._line:
            line = self._text[self._line : end if end >= 0 else None]
            if self._line and line.strip():
                if len(line) - len(line.lstrip()) < self._rules.n_indent:
                    return len(self._text[: self._line].rstrip()), ""
            elif self._line and end < 0:
                return None  # blank so far
            if end < 0:
                return None
            self._line = end + 1
        return None

    def _time_end(self, text: str) -> tuple[int, str] | None:
        limit = self._rules.predict_ms
        if limit <= 0 or "\n" not in text or self._started is None:
            return None
        if (self._clock() - self._started) * 1000 <= limit:
            return None
        return len(self._text) - len(text) + text.index("\n"), ""

    def _safe_from_stops(self) -> int:
        longest = max((len(stop) for stop in self._rules.stops), default=0)
        tail = self._text[self._sent :]
        for length in range(min(longest - 1, len(tail)), 0, -1):
            if any(stop.startswith(tail[-length:]) for stop in self._rules.stops):
                return len(self._text) - length
        return len(self._text)

    def _safe_from_indent(self) -> int:
        """A line's end and its blanks are held back until its first character tells how far it is indented."""
        if not self._rules.n_indent or self._text[self._line :].strip() or not self._line:
            return len(self._text)
        return len(self._text.rstrip())
