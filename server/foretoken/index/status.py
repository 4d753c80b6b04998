"""How the index stands, for the status report."""

from dataclasses import dataclass
from enum import StrEnum


class IndexState(StrEnum):
    OFF = "off"  # nothing is to be indexed
    STARTING = "starting"
    INDEXING = "indexing"
    READY = "ready"
    STOPPED = "stopped"  # by the user, in the middle
    RESTARTING = "restarting"
    FAILED = "failed"


@dataclass(slots=True)
class FolderStatus:
    """One workspace folder. writer: whether this window's worker keeps the index, or another's; None = not known yet.

    files, lines, symbols: as of the last comparison with the disk. done of total files: while ``indexing``. refused: why it
    is not indexed. notice: the last thing that the user was told about it. stopped: the user stopped the last comparison, so
    that only a part is indexed. stopping: that was asked, and is not done yet.
    """

    folder: str
    writer: bool | None = None
    indexing: bool = False
    compared: bool = False
    stopping: bool = False
    stopped: bool = False
    done: int = 0
    total: int = 0
    files: int = 0
    lines: int = 0
    symbols: int = 0
    refused: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """message: a sentence, for a person; may be empty."""

    state: IndexState
    message: str = ""
    pid: int | None = None
    folders: tuple[FolderStatus, ...] = ()
