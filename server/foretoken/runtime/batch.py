"""One llama_batch, allocated once and written in place.

``llama_batch_init`` per call would allocate; here only the rows' ids, positions, sequences and output flags are written
for each decode call.
"""

import ctypes
from collections.abc import Sequence

import numpy as np
from llama_cpp import llama_cpp as binding

# Token ids, the position of the first, how many of the last have logits, and the sequence.
Part = tuple[Sequence[int] | np.ndarray, int, int, int]

MIXED = -1  # the rows' sequences are not all the same

_INT32, _INT8, _FLOAT = (ctypes.POINTER(kind) for kind in (ctypes.c_int32, ctypes.c_int8, ctypes.c_float))


class Batch:
    """Room for ``capacity`` rows. width: with an embedding of so many numbers beside each id (0 = ids alone)."""

    def __init__(self, capacity: int, width: int = 0) -> None:
        self.capacity = capacity
        self._tokens = np.zeros(capacity, np.int32)
        self._positions = np.zeros(capacity, np.int32)
        self._counts = np.ones(capacity, np.int32)
        self._outputs = np.zeros(capacity, np.int8)
        self._sequence_ids = np.zeros(capacity, np.int32)
        first = self._sequence_ids.ctypes.data
        self._sequences = (_INT32 * capacity)(*[ctypes.cast(first + 4 * row, _INT32) for row in range(capacity)])
        self._steps = np.arange(capacity, dtype=np.int32)
        self.embeddings = np.zeros((capacity, width), np.float32) if width else None
        self.struct = binding.llama_batch(
            0,
            self._tokens.ctypes.data_as(_INT32),
            None if self.embeddings is None else self.embeddings.ctypes.data_as(_FLOAT),
            self._positions.ctypes.data_as(_INT32),
            self._counts.ctypes.data_as(_INT32),
            ctypes.cast(self._sequences, ctypes.POINTER(_INT32)),
            self._outputs.ctypes.data_as(_INT8),
        )
        self._sequence = 0

    def fill(self, token_ids: Sequence[int] | np.ndarray, position: int, n_outputs: int, sequence: int) -> None:
        """Rows for ``token_ids`` at ``position`` and following; the last ``n_outputs`` of them have logits."""
        count = len(token_ids)
        if not 0 < count <= self.capacity:
            raise ValueError(f"{count} rows do not fit a batch of {self.capacity}")
        if sequence != self._sequence:
            self._sequence_ids[:] = sequence
            self._sequence = sequence
        if count == 1:
            self._tokens[0] = token_ids[0]
            self._positions[0] = position
            self._outputs[0] = n_outputs
        else:
            self._tokens[:count] = token_ids
            np.add(self._steps[:count], position, out=self._positions[:count])
            self._outputs[:count] = 0
            if n_outputs:
                self._outputs[count - n_outputs : count] = 1
        self.struct.n_tokens = count

    def fill_parts(self, parts: Sequence[Part]) -> None:
        """Rows of several sequences, one part behind the other; each as ``fill`` has them."""
        count = sum(len(token_ids) for token_ids, *_ in parts)
        if not count <= self.capacity:
            raise ValueError(f"{count} rows do not fit a batch of {self.capacity}")
        begin = 0
        for token_ids, position, n_outputs, sequence in parts:
            end = begin + len(token_ids)
            self._tokens[begin:end] = token_ids
            np.add(self._steps[: end - begin], position, out=self._positions[begin:end])
            self._outputs[begin:end] = 0
            if n_outputs:
                self._outputs[end - n_outputs : end] = 1
            self._sequence_ids[begin:end] = sequence
            begin = end
        self._sequence = MIXED
        self.struct.n_tokens = count
