"""The repository's context stays evaluated over a restart."""

import threading

import numpy as np

from foretoken.runtime.counters import Counters
from foretoken.runtime.kept import Kept
from foretoken.runtime.live_state import RESTORED_NOTHING, LiveState
from foretoken.runtime.state_files import StateFiles, StoredState

# Evaluating fewer tokens is as fast as reading them.
LEAST_TOKENS = 256
RESTORED_FILE = "file_on_disk"


class WarmStart:
    """Goes back to states in memory first, then to those on disk. files: None = nothing is read or written."""

    def __init__(self, kept: Kept, files: StateFiles | None, counters: Counters) -> None:
        self._kept = kept
        self._files = files
        self._counters = counters
        self._tried: set[int] = set()
        self._writing: threading.Thread | None = None

    def rewind(self, state: LiveState, prompt: np.ndarray, n_context: int, owner: str) -> str:
        """As ``LiveState.rewind``. n_context: tokens of the repository's context at the prompt's beginning."""
        restored = state.rewind(prompt, owner)
        held = len(state.token_ids)
        if self._files is None or n_context < LEAST_TOKENS or held > n_context - LEAST_TOKENS:
            return restored
        stored = self._files.read(prompt[:n_context])
        if stored is None:
            return restored
        if not state.adopt(stored):
            self._files.discard(stored.token_ids)
            return RESTORED_NOTHING
        self._counters.states_read += 1
        self._counters.restored[RESTORED_FILE] += 1
        return RESTORED_FILE

    def write_one(self) -> bool:
        """Write one state that is not on disk yet. False when there is none.

        For when nobody waits, but somebody may soon: only the copy is made on this thread.
        """
        if self._writing is not None and self._writing.is_alive():
            return True
        stored = self._next()
        if stored is None:
            return False
        self._writing = threading.Thread(target=self._write, args=(stored,), name="state file", daemon=True)
        self._writing.start()
        return True

    def _next(self) -> StoredState | None:
        if self._files is None:
            return None
        for token_ids in self._kept.contexts():
            name = hash(token_ids.tobytes())
            if len(token_ids) < LEAST_TOKENS or name in self._tried or self._files.has(token_ids):
                continue
            self._tried.add(name)
            stored = self._kept.export(token_ids, self._files.fits)
            if stored is not None:
                return stored
        return None

    def _write(self, stored: StoredState) -> None:
        assert self._files is not None
        self._counters.states_written += self._files.write(stored)
