"""The real analyser process, but some files bring its parser to an end, or into a loop, as a grammar's scanner can."""

import os
import signal
import time

from foretoken.index import analyser
from foretoken.index.analyser_wire import Found

_found = analyser.Analyser.found


def found(self: analyser.Analyser, path: str) -> Found:
    if "crash" in path:
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    if "killed" in path and not (self._root / "was_killed").exists():  # as by a system that is short of memory
        (self._root / "was_killed").touch()
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    while "gate" in path and not (self._root / "open").exists():
        time.sleep(0.01)
    while "hang" in path:
        time.sleep(1)
    return _found(self, path)


if __name__ == "__main__":
    analyser.Analyser.found = found
    analyser.main()
