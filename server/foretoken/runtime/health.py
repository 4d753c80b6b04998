"""Whether a model process still computes, judged by its requests: when none succeeds any more, it leaves.

A lost device answers in one of two ways. ggml's CUDA and HIP code aborts the process on any error of the driver
(``GGML_ABORT`` in ggml_cuda_error), and the supervisor starts another. Metal and Vulkan report the error, llama_decode
answers -3 (or -2 when memory for the calculation could not be had), and every later call of the same process fails, too:
Metal keeps refusing until its backend is made anew. A new process is the only cure that works for both.
"""

import logging
import os
import sys

log = logging.getLogger(__name__)

FAILURES = 3  # requests in a row
EXIT_UNFIT = 75  # EX_TEMPFAIL: nothing is wrong with the file or the request; another process may well do it


class Health:
    """For one thread: the worker's. ``last_word``: a sentence, once ``failed`` has said that the process should leave."""

    def __init__(self, failures: int = FAILURES) -> None:
        self._limit = failures
        self._failed = 0
        self.last_word = ""

    def answered(self) -> None:
        """The model computed something that was asked for, be it cancelled later."""
        self._failed = 0

    def failed(self, reason: str) -> bool:
        """A request failed because the model could not compute (DecodeError); True = this process should leave.

        What is wrong with a request itself (PromptTooLong, UnsupportedPrompt, InvalidConstraint) is neither.
        """
        self._failed += 1
        if self._failed < self._limit:
            return False
        self.last_word = (
            f"The model failed {self._failed} times in a row ({reason}): "
            "memory ran out, or the graphics device was lost."
        )
        return True


def leave(last_word: str) -> None:
    """End the process; the supervisor reads the word from standard error and starts another."""
    log.critical("%s", last_word)
    logging.shutdown()
    sys.stderr.write(f"{last_word}\n")
    os._exit(EXIT_UNFIT)
