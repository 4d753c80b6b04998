"""What an Indexer says while it works. Every value is handed over on one of its threads."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Progress:
    """done of total files. phase: what is being done, for a person: ``looking`` at what is there, or ``indexing``. That is
    told only where it is the first time or where more than some hundred files are to be read: other comparisons with the
    disk are nobody's business.
    """

    done: int
    total: int
    phase: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A sync has ended. files, lines, symbols: of all that is stored. left_out: how many were left out, by reason.

    seconds: how long the sync took. cancelled: it was stopped; the next one goes on. examples: some paths of each reason.
    """

    files: int
    lines: int
    symbols: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    cancelled: bool = False
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the user."""

    text: str


@dataclass(frozen=True, slots=True)
class Refused(Notice):
    """The folder has no index, and will have none: why, as a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Role:
    """Whether this process writes the folder's index, or reads what another one writes."""

    writer: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """The stored facts of these files, relative to the folder and with slashes, are new; empty: of some, it is not known
    which."""

    paths: tuple[str, ...]


Event = Progress | Finished | Notice | Role | Changed
