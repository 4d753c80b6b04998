"""What the Neovim test and its demo type, and where: a file that says the same things more than once."""

from pathlib import Path

SOURCE = '''"""What is in stock."""

from dataclasses import dataclass, field


@dataclass
class Item:
    name: str
    price: int
    quantity: int = 0


@dataclass
class Inventory:
    items: dict[str, Item] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        if item.name in self.items:
            raise ValueError(f"{item.name} is already in the inventory")
        self.items[item.name] = item

    def remove(self, name: str) -> Item:
        if name not in self.items:
            raise KeyError(f"{name} is not in the inventory")
        return self.items.pop(name)

    def buy(self, name: str, quantity: int) -> int:
        if name not in self.items:
            raise KeyError(f"{name} is not in the inventory")
        item = self.items[name]
        item.quantity += quantity
        return item.price * quantity

    def sell(self, name: str, quantity: int) -> int:

'''
TYPED = "        if name not"


def write_workspace(folder: Path) -> Path:
    """A workspace of one file; the file's path."""
    file = folder / "workspace" / "inventory.py"
    file.parent.mkdir(parents=True)
    (file.parent / "pyproject.toml").write_text('[project]\nname = "inventory"\n', encoding="utf-8")
    file.write_text(SOURCE, encoding="utf-8")
    return file
