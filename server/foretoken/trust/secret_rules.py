"""The table of rules (``secret_rules.toml``), ready to be tried. Read when first asked for, compiled one by one."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

# A rule's own expression ends where the secret ends: no further letter or digit may follow.
_END = r"(?![A-Za-z0-9])"


@dataclass(frozen=True)
class Rule:
    """kind: of the secret. source: the expression as the table has it. tried: so many characters are tried at first,
    and the rest of a longer secret only when all of them belong to it: else beginnings in a row cost their square.
    """

    kind: str
    source: str
    tried: int = 256

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Compiled when it is first tried, since most texts try none or few."""
        return re.compile(self.source)


@dataclass(frozen=True)
class Rules:
    """tokens: by what they begin with. lettered: beginnings of those that may have no digit. named: word -> the rules
    for what is given to a name with that word in it.
    """

    tokens: dict[str, tuple[Rule, ...]]
    lettered: tuple[str, ...]
    shapes: tuple[Rule, ...]
    named: dict[str, tuple[Rule, ...]]
    kinds: frozenset[str]

    @cached_property
    def any_beginning(self) -> re.Pattern[str]:
        """Finds what a token may begin with; the longest beginning first."""
        longest_first = sorted(self.tokens, key=lambda begin: (-len(begin), begin))
        return re.compile("|".join(map(re.escape, longest_first)))

    @cached_property
    def any_shape(self) -> re.Pattern[str]:
        """Group n is the n-th shape."""
        return re.compile(rf"(?<![A-Za-z0-9_\-])(?:{'|'.join(f'({rule.source})' for rule in self.shapes)})")

    @cached_property
    def any_name(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, sorted(self.named, key=lambda name: (-len(name), name)))))


@cache
def rules() -> Rules:
    """The table. Raises nothing: it is a part of the package, and a test reads every line of it."""
    table = tomllib.loads(Path(__file__).with_name("secret_rules.toml").read_text(encoding="utf-8"))
    tokens: dict[str, list[Rule]] = {}
    for entry in table["token"]:
        rule = Rule(entry["kind"], entry["then"] + _END, entry.get("tried", Rule.tried))
        for begin in entry["begins"]:
            tokens.setdefault(begin, []).append(rule)
    named: dict[str, list[Rule]] = {}
    for entry in table["named"]:
        rule = Rule(entry["kind"], entry["value"])
        for name in entry["names"]:
            named.setdefault(name, []).append(rule)
    shapes = tuple(Rule(entry["kind"], entry["regex"]) for entry in table["shape"])
    kinds = {entry["kind"] for section in table.values() for entry in section}
    return Rules(
        {begin: tuple(found) for begin, found in tokens.items()},
        tuple(begin for entry in table["token"] if entry.get("letters") for begin in entry["begins"]),
        shapes,
        {name: tuple(found) for name, found in named.items()},
        frozenset(kinds),
    )
