"""What passes between the worker and its analyser processes: a length (4 bytes) and a pickle.

Both ends are this program, started by each other; nothing else can write into the pipes.
"""

import pickle
import struct
from dataclasses import dataclass
from typing import BinaryIO

from foretoken.index.analyse import FileFacts
from foretoken.trust.stamp import Stamp

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one file. digest: of its bytes; None when there is nothing to store. facts: None when the database
    has those of this digest already. left: why it is not indexed, a ``trust.left.Reason``'s words; empty when it is.

    stamp: of the file before it was read; None when it is not there or cannot be read. read_at: when reading began, in
    seconds since the epoch; moment: the same in nanoseconds of ``time.perf_counter_ns``, a clock that is one for all
    processes and never goes back.
    """

    path: str
    read_at: float
    moment: int
    stamp: Stamp | None = None
    digest: bytes | None = None
    facts: FileFacts | None = None
    left: str = ""


def write_message(stream: BinaryIO, value: object) -> None:
    data = pickle.dumps(value, 5)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def read_message(stream: BinaryIO) -> object | None:
    """None at the stream's end."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    return pickle.loads(data) if len(data) == length else None
