"""Shapes and what is done with them: the newer syntax."""

import enum
import sys
from enum import Enum, IntFlag, auto
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NewType, TypeAlias, TypeVar, overload

import package.deep.module
from .colours import *

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker: TypeAlias = Callable[[], "Shape"]
elif sys.version_info < (3, 12):
    Maker = None
else:
    Maker = object

try:
    from numpy import ndarray
except (ImportError, package.Missing) as error:
    ndarray = None
else:
    HAVE_NUMPY = True

with open("names.txt") as file:
    names = file.read()

__all__ = ["Circle", "Shape"]
__all__ += ["Square"]
__version__ = "1.0"
T = TypeVar("T", bound="Shape")
ShapeId = NewType("ShapeId", int)
Pair: TypeAlias = tuple[float, float]
type Grid[K: Shape, *Ts] = dict[K, list[Pair]] | None
Point = namedtuple("Point", "x y")
first = second = 0
(left, right) = 1, 2
[top, bottom] = 3, 4
area_of = lambda shape, scale=1: shape.area * scale
_cache: dict[int, Shape] = {}


class Colour(Enum):
    """What a shape is painted with."""

    RED = auto()
    GREEN = BLUE = 2
    label: str

    def __str__(self) -> str:
        return self.name


class Flags(enum.IntFlag, boundary=enum.KEEP):
    FILLED = 1


class Shape[T: (int, str)](Base[T], metaclass=Registry):
    __slots__ = ("x", "y")
    count: ClassVar[int] = 0
    width, height = 0, 0
    key = lambda self: self.x
    if sys.platform == "win32":
        handle = None

    class Meta:
        class Deep:
            ordering = ["x"]

    def __init__(self, x: float, *args: T, y: float | None | Pair[int] = None, **options: Unpack[Options]):
        self.x = x
        self.y, self.z = y, 0
        if options:
            self.options = options
        self.x = 0

    def move(self, by):
        self.moved = by
        self.x += by

    @cached_property
    def area(self) -> float:
        return self.x * self.y

    @property
    def name(self): ...
    @name.setter
    def name(self, value): ...

    @overload
    def scale(self, by: int) -> Shape: ...

    @classmethod
    @registry.register("shape", kind=Colour.RED)
    def make(cls, *, colour: Colour = Colour.RED) -> "Shape":
        cls.made = True
        return cls(0)


def first_of[S: Shape](items: Sequence[S], default: S | None = None) -> S | None:
    """Says which comes first.

    An empty list has none.
    """
    global _cache
    _cache = {}
    if (n := len(items)) > MAX_SHAPES:
        raise TooMany(n) from None
    match items:
        case Shape(x=0) | geometry.Circle(radius=r) if r > 0:
            return None
        case [Colour.RED, *rest]:
            return rest[0]
        case {"kind": Colour.BLUE | Colour.GREEN}:
            pass
    return default


async def draw(canvas, /, shapes, *, on_done=log_done):
    async with canvas.lock() as lock:
        async for shape in shapes:
            await shape.draw(canvas, callback=on_done)

    def undo():
        nonlocal lock

        class Undone(Exception):
            code = 1

        raise Undone

    handlers = {"undo": undo, "redo": Redo}
    return [handler for handler in handlers if isinstance(handler, Callable)]


if __name__ == "__main__":
    main = draw
    main(f"{Shape.count} shapes: {sum(s.area for s in _cache.values())!r}")


def matches(text):
    r"""Whether ``\\d`` is in it."""


def größe(text):
    u'''How large it is.'''
