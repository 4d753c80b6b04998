"""Which prompts are being evaluated at this moment, in a file that survives the death of the process.

The next process reads it when it starts: what stands in it is what the last one died of. The file is mapped into
memory, so that a note costs about a microsecond and is there even after SIGKILL.
"""

import logging
import mmap
import os
import time
from collections.abc import Callable
from pathlib import Path

from foretoken.runtime.poison import DIGEST_BYTES, Poison

log = logging.getLogger(__name__)

SLOTS = 64
_FREE = bytes(DIGEST_BYTES)


class Journal:
    """One for a process, for the thread that evaluates. ``begin`` and ``end`` are to be called around an evaluation.

    poison: the memory of deaths; it learns here what the last process died of.
    """

    def __init__(self, path: Path, poison: Poison) -> None:
        """path: of the file, which is made, for its owner alone. Raises OSError when it cannot be."""
        self.poison = poison
        fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(fd, "r+b") as file:
            notes = file.read(SLOTS * DIGEST_BYTES)
            # Written out, not only made longer: writing to a mapped page for which there is no disk ends the process.
            file.seek(0)
            file.write(bytes(SLOTS * DIGEST_BYTES))
            file.truncate()
            file.flush()
            self._map = mmap.mmap(file.fileno(), SLOTS * DIGEST_BYTES)
        self._free = list(range(SLOTS))
        if found := _prompts(notes):
            poison.died(found)

    def begin(self, prompt: bytes) -> int:
        """This prompt is being evaluated from now on. The answer is for ``end``; -1 when there is no slot left."""
        if not self._free:
            return -1
        slot = self._free.pop()
        self._map[slot * DIGEST_BYTES : (slot + 1) * DIGEST_BYTES] = prompt
        return slot

    def end(self, slot: int) -> None:
        """The evaluation is over, or gives way to another: safe to call for -1."""
        if slot >= 0:
            self._map[slot * DIGEST_BYTES : (slot + 1) * DIGEST_BYTES] = _FREE
            self._free.append(slot)

    def clear(self) -> None:
        """The process leaves of its own accord: whatever is being evaluated is not to blame. From any thread."""
        self._map[:] = bytes(SLOTS * DIGEST_BYTES)


def _prompts(notes: bytes) -> list[bytes]:
    slots = (notes[at : at + DIGEST_BYTES] for at in range(0, len(notes), DIGEST_BYTES))
    return [slot for slot in dict.fromkeys(slots) if len(slot) == DIGEST_BYTES and slot != _FREE]


def open_journal(base: Path, clock: Callable[[], float] = time.monotonic) -> Journal | None:
    """The journal ``<base>.serving`` with the memory of deaths ``<base>.poison.json``; None where nothing can be written."""
    try:
        return Journal(
            base.with_name(f"{base.name}.serving"), Poison(clock, base.with_name(f"{base.name}.poison.json"))
        )
    except (OSError, ValueError) as error:
        log.warning("deaths are not remembered: %s", error)
        return None
