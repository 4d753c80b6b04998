"""One thing that the doctor looked at."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    INFO = "info"  # neither good nor bad
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """group and name say what was looked at, value what was found. advice: what to do about a warning or failure."""

    group: str
    name: str
    state: State
    value: str
    advice: str = ""


def size_text(size: int) -> str:
    """Bytes as a person writes them."""
    for limit, unit in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size >= limit:
            return f"{size / limit:.1f} {unit}"
    return f"{size} bytes"


def count_text(number: int) -> str:
    """A number of parameters as a person writes it."""
    for limit, unit in ((10**9, "billion"), (10**6, "million"), (10**3, "thousand")):
        if number >= limit:
            return f"{number / limit:.1f} {unit}"
    return str(number)
