"""A small inventory: what is in stock, and what it costs."""

from dataclasses import dataclass, field


@dataclass
class Item:
    """One article. price: in cents. minimum: order below this."""

    name: str
    price: int
    quantity: int = 0
    minimum: int = 5

    def total(self) -> int:
        return self.price * self.quantity

    def is_low(self) -> bool:
        return self.quantity < self.minimum


@dataclass
class Inventory:
    items: dict[str, Item] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        if item.name in self.items:
            raise ValueError(f"{item.name} is already there")
        self.items[item.name] = item

    def remove(self, name: str) -> Item:
        if name not in self.items:
            raise KeyError(f"{name} is not in the inventory")
        return self.items.pop(name)

    def buy(self, name: str, quantity: int) -> int:
        if name not in self.items:
            raise KeyError(f"{name} is not in the inventory")
        if quantity <= 0:
            raise ValueError(f"quantity {quantity} is not positive")
        item = self.items[name]
        item.quantity += quantity
        return item.price * quantity

    def sell(self, name: str, quantity: int) -> int:
        if name not in self.items:
            raise KeyError(f"{name} is not in the inventory")
        if quantity <= 0:
            raise ValueError(f"quantity {quantity} is not positive")
        item = self.items[name]
        if quantity > item.quantity:
            raise ValueError(f"only {item.quantity} {name} are left")
        item.quantity -= quantity
        return item.price * quantity

    def total(self) -> int:
        return sum(item.total() for item in self.items.values())

    def to_order(self) -> list[Item]:
        items = self.items.values()
        return [item for item in items if item.is_low()]


def report(inventory: Inventory) -> str:
    lines = []
    for item in inventory.items.values():
        mark = "*" if item.is_low() else " "
        total = item.total() / 100
        lines.append(f"{mark} {item.name:<20} {total:>10.2f}")
    total = inventory.total() / 100
    lines.append(f"  {'total':<20} {total:>10.2f}")
    return "\n".join(lines)
