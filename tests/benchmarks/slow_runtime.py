"""The model process with calls that take longer: ``python -m foretoken.runtime``, each call of the model drawn out.

FORETOKEN_SLOW_STEP: milliseconds of a call of one row. FORETOKEN_SLOW_ROWS: rows that cost no more than one (64 is a
graphics card, which waits for its memory; 1 is a processor, which waits for itself); from there on each costs its part.
The model itself computes as always, and its time is part of the step.
"""

import os
import time

from foretoken.runtime.__main__ import main
from foretoken.runtime.library import load_library


def slow_down(step: float, free_rows: int) -> None:
    load_library()
    from foretoken.runtime.context import Context

    decode = Context._decode

    def slow(context: Context, n_outputs: int, what: str) -> None:
        ends = time.perf_counter() + step * max(1.0, context.batch.struct.n_tokens / free_rows)
        if context.batch.embeddings is None:  # the draft context's block is a sixtieth of the model
            decode(context, n_outputs, what)
            time.sleep(max(0.0, ends - time.perf_counter()))
        else:
            decode(context, n_outputs, what)

    Context._decode = slow


if __name__ == "__main__":
    slow_down(float(os.environ["FORETOKEN_SLOW_STEP"]) / 1000, int(os.environ["FORETOKEN_SLOW_ROWS"]))
    main()
