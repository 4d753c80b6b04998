"""The repository's context stays evaluated over a restart."""

import numpy as np

from foretoken.runtime.counters import Counters
from foretoken.runtime.sequences import Sequences
from foretoken.runtime.state_files import StateFiles

# Evaluating fewer tokens is as fast as reading them.
LEAST_TOKENS = 256
RESTORED_FILE = "file_on_disk"


class WarmStart:
    """Goes back to states in memory first, then to those on disk. files: None = nothing is read or written."""

    def __init__(self, state: Sequences, files: StateFiles | None, counters: Counters) -> None:
        self._state = state
        self._files = files
        self._counters = counters
        self._refused: set[int] = set()

    def rewind(self, prompt: np.ndarray, n_context: int) -> str:
        """As ``Sequences.rewind``. n_context: tokens of the repository's context at the prompt's beginning."""
        restored = self._state.rewind(prompt)
        held = len(self._state.token_ids)
        if self._files is None or n_context < LEAST_TOKENS or held > n_context - LEAST_TOKENS:
            return restored
        stored = self._files.read(prompt[:n_context])
        if stored is None or not self._state.adopt(stored):
            return restored
        self._counters.states_read += 1
        self._counters.restored[RESTORED_FILE] += 1
        return RESTORED_FILE

    def write_one(self) -> bool:
        """Write one state that is not on disk yet. False when there is none. For when nobody waits."""
        if self._files is None:
            return False
        for token_ids in self._state.kept.contexts():
            name = hash(token_ids.tobytes())
            if len(token_ids) < LEAST_TOKENS or name in self._refused or self._files.has(token_ids):
                continue
            stored = self._state.kept.export(token_ids)
            if stored is None or not self._files.write(stored):
                self._refused.add(name)
                continue
            self._counters.states_written += 1
            return True
        return False
