"""Standard input, output and error as a command finds them: closed, full, or with a reader that has left."""

import errno
import io
import os
import sys

# What writing raises; an error about a file that was to be opened has the file's name.
_WRITING = {errno.ENOSPC, errno.EIO, errno.EPIPE, errno.EBADF, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def take_streams() -> str:
    """Make the standard streams ones that can be used; why standard output cannot be, or nothing.

    A closed input is an empty one; what goes to a closed standard error is lost.
    """
    closed = sys.stdout is None
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # code may hold what the terminal's encoding lacks
    return "it is closed" if closed else ""


def output_problem(error: OSError) -> OSError | None:
    """Why standard output cannot be written, when that is what the error is about."""
    try:
        sys.stdout.flush()  # what could not be written is tried again, but for a piece larger than the buffer
    except OSError as problem:
        return problem
    return error if error.errno in _WRITING and error.filename is None else None


def give_up_output() -> None:
    """Throw away what was printed and not written; else it is tried, and told, once more when the interpreter ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
