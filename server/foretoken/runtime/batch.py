"""One llama_batch for one sequence, allocated once and written in place.

``llama_batch_init`` per call would allocate; here only the ids, the positions and the last row's output flag are
written for each decode call.
"""

import ctypes
from collections.abc import Sequence

import numpy as np
from llama_cpp import llama_cpp as binding

SEQUENCE = 0


class Batch:
    """Room for ``capacity`` rows of sequence 0. At most the last row has an output."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._tokens = np.zeros(capacity, np.int32)
        self._positions = np.zeros(capacity, np.int32)
        self._counts = np.ones(capacity, np.int32)
        self._outputs = np.zeros(capacity, np.int8)
        self._sequence = ctypes.c_int32(SEQUENCE)
        self._sequences = (ctypes.POINTER(ctypes.c_int32) * capacity)(
            *[ctypes.pointer(self._sequence) for _ in range(capacity)]
        )
        self._steps = np.arange(capacity, dtype=np.int32)
        self.struct = binding.llama_batch(
            0,
            self._tokens.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            None,
            self._positions.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            self._counts.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            ctypes.cast(self._sequences, ctypes.POINTER(ctypes.POINTER(ctypes.c_int32))),
            self._outputs.ctypes.data_as(ctypes.POINTER(ctypes.c_int8)),
        )
        self._last_output = 0

    def fill(self, token_ids: Sequence[int], position: int, output: bool) -> None:
        """Rows for ``token_ids`` at ``position`` and following; ``output`` asks for the last row's logits."""
        count = len(token_ids)
        if not 0 < count <= self.capacity:
            raise ValueError(f"{count} rows do not fit a batch of {self.capacity}")
        self._tokens[:count] = token_ids
        np.add(self._steps[:count], position, out=self._positions[:count])
        self._outputs[self._last_output] = 0
        self._outputs[count - 1] = output
        self._last_output = count - 1
        self.struct.n_tokens = count
