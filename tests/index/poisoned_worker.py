"""The real worker process, but some texts bring its parser to an end, or into a loop, as a grammar's scanner can."""

import os
import re

from foretoken.index import __main__ as worker
from foretoken.index import at_work, overlay

_parse, _mask = overlay.parse, overlay.mask


def parse(text: str, language_id: str, *limits: float) -> object:
    if language_id != "plaintext":
        if "CRASH" in text:
            os.abort()
        while "LOOP" in text:
            pass
        if "HOLD" in text:  # for good, and without giving the interpreter's lock back
            re.match("(a+)+$", "a" * 60 + "b")
    return _parse(text, language_id, *limits)


def mask(text: str) -> str:
    if "DEADLY" in text:
        os.abort()
    return _mask(text)


if __name__ == "__main__":
    overlay.parse, overlay.mask = parse, mask
    at_work.LIMIT_SECONDS = 2.0
    worker.main()
