import os
from shop import Basket


def before(items):
    return os.path.join(items)


class Half(Basket):
    size: int = 1

    def open(self, path):
        file = open(path, 
        return path.

    def after(self) -> int:
        return self.size +


def last(
    items,
    """Stands after the mistakes."""
    return before([1, 2])


class Whole:
    def method(self):
        if self.size
            pass
