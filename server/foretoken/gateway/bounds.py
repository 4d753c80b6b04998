"""What one rendering of a chat template may cost: steps, time, and how much text and how many items it makes in all."""

import contextlib
import time
from collections.abc import Iterator
from contextvars import ContextVar

MAX_STEPS = 200_000
MAX_TEXT = 1 << 24  # characters of one value
MAX_MADE = 1 << 26  # characters of everything that is made, whether it is still needed or not
MAX_NUMBER = 1 << 20
MAX_BITS = 1 << 12
SECONDS = 2.0
ITEM = 16  # what an item of a list costs, in characters


class TemplateFailed(Exception):
    """The template refused the conversation, in its own words, or cannot render it."""


class Bounds:
    """What one rendering has done."""

    def __init__(self) -> None:
        self._steps = 0
        self._made = 0
        self._deadline = time.monotonic() + SECONDS
        self._sizes: dict[int, tuple[object, int]] = {}

    def step(self) -> str:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise TemplateFailed("The model's chat template runs without end.")
        self.tick()
        return ""

    def tick(self) -> None:
        if time.monotonic() > self._deadline:
            raise TemplateFailed(f"The model's chat template takes longer than {SECONDS:g} seconds.")

    def charge(self, length: int) -> None:
        """``length`` characters are, or will be, made."""
        check_length(length)
        self._made += length
        if self._made > MAX_MADE:
            raise TemplateFailed("The model's chat template makes too much text in all.")
        self.tick()

    def concat(self, *parts: object) -> str:
        self.step()
        texts = [self.written(part) for part in parts]
        self.charge(sum(len(text) for text in texts))
        return "".join(texts)

    def made(self, value: object) -> object:
        """A list, tuple or dict that the template wrote: each may hold another one twice, and so on."""
        check_length(self.size(value))
        self.charge(cost(value))
        return value

    def written(self, value: object) -> str:
        """The value as a text."""
        check_length(self.size(value))
        text = str(value)
        if not isinstance(value, str):
            self.charge(len(text))
        return text

    def size(self, value: object) -> int:
        """Roughly how long the value is, written out."""
        if not isinstance(value, list | tuple | dict):
            return len(value) if isinstance(value, str | bytes) else 1
        if (known := self._sizes.get(id(value))) is not None:
            return known[1]
        inside = [*value.keys(), *value.values()] if isinstance(value, dict) else value
        size = 1 + sum(self.size(item) for item in inside)
        self._sizes[id(value)] = value, size  # kept alive, or another value might have its id
        return size


_current: ContextVar[Bounds | None] = ContextVar("bounds", default=None)


def current() -> Bounds:
    """Those of the rendering that is going on."""
    return _current.get() or Bounds()


@contextlib.contextmanager
def bounded() -> Iterator[Bounds]:
    """A rendering, or the reading of a template, which works out what is constant in it."""
    bounds = Bounds()
    before = _current.set(bounds)
    try:
        yield bounds
    finally:
        _current.reset(before)


def cost(value: object) -> int:
    if isinstance(value, str | bytes):
        return len(value)
    return ITEM * len(value) if isinstance(value, list | tuple | dict) else 0


def check_length(length: int, most: int = MAX_TEXT) -> None:
    if length > most:
        raise TemplateFailed("The model's chat template makes too much of a text.")
