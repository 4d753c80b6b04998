"""What follows when the system ends a model process for want of memory while it loads: the next one takes less.

For the supervisor. A ``Shrinking`` belongs to one set of options, as ``Restarts`` does::

    shrinking = Shrinking(self._options)
    # before a start
    shrinking.begins(oom_kills())
    ... client.load(shrinking.options.to_wire())
    # the process ended with ``code`` before the model was ready
    said = shrinking.ended(code, oom_kills())       # a sentence to put behind the obituary, or ""
    # READY: shrinking.notice belongs into the model's info
"""

import signal
from dataclasses import replace
from pathlib import Path

from foretoken.engine.options import RuntimeOptions

LEAST_WINDOW = 2048  # tokens; the runtime's own (runtime/fit.py)
VMSTAT = Path("/proc/vmstat")
KILLED = -getattr(signal, "SIGKILL", 9)


def oom_kills(vmstat: Path = VMSTAT) -> int | None:
    """How many processes Linux has ended for want of memory since it started; None where that is not told."""
    try:
        pairs = (line.split() for line in vmstat.read_text("utf-8").splitlines())
        return next((int(pair[1]) for pair in pairs if len(pair) == 2 and pair[0] == "oom_kill"), None)
    except (OSError, ValueError):
        return None


class Shrinking:
    """options: for the next start. notice: what the user should know of them, or ""."""

    def __init__(self, wanted: RuntimeOptions) -> None:
        self.options = wanted
        self.notice = ""
        self._wanted = wanted.n_ctx
        self._kills: int | None = None

    def begins(self, kills: int | None) -> None:
        """A process is about to be told to load. kills: ``oom_kills`` now."""
        self._kills = kills

    def ended(self, code: int, kills: int | None) -> str:
        """A process ended before its model was ready. Halves the window when memory was the reason and half is enough to
        work with; says what happened then, else "".

        code: the exit status, negative = a signal's number. kills: ``oom_kills`` now. Where Linux counts no more of them
        than before, somebody else sent the SIGKILL.
        """
        if code != KILLED or (kills is not None and kills == self._kills):
            return ""
        n_ctx = max(LEAST_WINDOW, self.options.n_ctx // 2)
        if n_ctx >= self.options.n_ctx:
            return "Memory ran out, it seems: choose a smaller model (model.path) or close other programs."
        self.options = replace(self.options, n_ctx=n_ctx)
        self.notice = f"Memory ran out with a window of {self._wanted:,} tokens; it has {n_ctx:,} now."
        return f"Memory ran out, it seems: the next try has a window of {n_ctx:,} tokens."
