"""A shop's basket, to look at definitions, uses and imports."""

from __future__ import annotations

import os
import os.path as osp
from collections.abc import Iterable, Mapping as Table
from dataclasses import dataclass

from . import prices
from ..money import *
from .stock.shelf import Shelf as _Shelf

try:
    import ujson as json
except ImportError:
    json = None

MAX_ITEMS = 100  # not more at a time
discount: float = 0.1
low, high = 1, 2
type Prices = dict[str, int]


@dataclass(frozen=True)
class Item(Base, prices.Priced, Generic[T]):
    """One thing that is for sale.

    It has a price.
    """

    name: str
    price: int = 0
    LIMIT = 3

    def total(self, count: int = 1, *, tax: Table[str, float] | None = None) -> int:
        """What so many of it cost."""

        def rounded(value):
            return round(value)

        return rounded(self.price * count)


class Basket:
    # Holds items until they are paid.
    def __init__(self, items: Iterable[Item]) -> None:
        self.items = list(items)
        self.paid: bool = False

    @property
    def empty(self) -> bool:
        return not self.items

    @staticmethod
    async def load(
        path: str,
        encoding: str = "utf-8",
    ) -> "Basket":
        with open(osp.join(os.getcwd(), path), encoding=encoding) as file:
            return Basket(json.load(file)["größe"])

    class Error(ValueError):
        pass


# The best price of all.
# And its second line.
def best(items: list[Item]) -> Item:
    if not items:
        raise Basket.Error("none")
    return min(items, key=lambda item: item.total())


größe = best([Item("ü", 1)]).price
