"""A llama.cpp context with one sequence: evaluate rows, read logits, trim, save and restore the recurrent part."""

import ctypes
import os
from collections.abc import Sequence

import numpy as np
from llama_cpp import llama_cpp as binding

from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.batch import SEQUENCE, Batch
from foretoken.runtime.library import SINK
from foretoken.runtime.model import Model

N_UBATCH = 256
PARTIAL = binding.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY


class DecodeError(Exception):
    """llama_decode refused a batch. What the sequence holds is no longer known."""


def thread_count(configured: int) -> int:
    """0 = all cores but one, which the editor needs."""
    return configured or max(1, (os.cpu_count() or 2) - 1)


class Context:
    """For one thread. n_ctx: the window in tokens, never more than the model was made for."""

    def __init__(self, model: Model, n_ctx: int, threads: int, n_ubatch: int = N_UBATCH) -> None:
        params = binding.llama_context_default_params()
        params.n_ctx = min(n_ctx, model.n_ctx_train) if model.n_ctx_train > 0 else n_ctx
        params.n_batch = params.n_ubatch = n_ubatch
        params.n_seq_max = 1
        params.n_outputs_max = 1
        params.n_threads = params.n_threads_batch = thread_count(threads)
        params.flash_attn_type = binding.LLAMA_FLASH_ATTN_TYPE_AUTO
        SINK.errors.clear()
        self._pointer = binding.llama_init_from_model(model.pointer, params)
        if not self._pointer:
            reason = " ".join(SINK.errors) or "no reason given"
            raise ModelUnavailable(
                f"There is no room for a window of {params.n_ctx} tokens with {model.path} ({reason}). "
                "Lower the setting model.n_ctx."
            )
        self._memory = binding.llama_get_memory(self._pointer)
        self._batch = Batch(n_ubatch)
        self._n_vocab = model.vocabulary.n_tokens
        self._views: dict[int, np.ndarray] = {}
        self.n_ctx = int(binding.llama_n_ctx(self._pointer))
        self.n_ubatch = n_ubatch

    def decode(self, token_ids: Sequence[int], position: int, output: bool) -> None:
        """Evaluate at most ``n_ubatch`` tokens. Never interrupted: an abort inside poisons a recurrent state."""
        self._batch.fill(token_ids, position, output)
        code = binding.llama_decode(self._pointer, self._batch.struct)
        if code != 0:
            raise DecodeError(f"llama_decode answered {code} for {len(token_ids)} tokens at {position}")

    def logits(self) -> np.ndarray:
        """The last output row, shape (n_vocab,), float32. A view: it changes with the next decode."""
        pointer = binding.llama_get_logits_ith(self._pointer, -1)
        if not pointer:
            raise DecodeError("the last decode call had no output")
        address = ctypes.addressof(pointer.contents)
        view = self._views.get(address)
        if view is None:
            view = self._views[address] = np.ctypeslib.as_array(pointer, (self._n_vocab,))
        return view

    def clear(self) -> None:
        """Forget the sequence."""
        binding.llama_memory_clear(self._memory, False)

    def trim(self, n_tokens: int) -> bool:
        """Keep the first ``n_tokens``. False when this architecture cannot, and nothing changed."""
        return bool(binding.llama_memory_seq_rm(self._memory, SEQUENCE, n_tokens, -1))

    def recurrent_size(self) -> int:
        """Bytes that ``save_recurrent`` writes now."""
        return int(binding.llama_state_seq_get_size_ext(self._pointer, SEQUENCE, PARTIAL))

    def save_recurrent(self, buffer: ctypes.Array[ctypes.c_uint8], size: int) -> bool:
        return binding.llama_state_seq_get_data_ext(self._pointer, buffer, size, SEQUENCE, PARTIAL) == size

    def restore_recurrent(self, buffer: ctypes.Array[ctypes.c_uint8], size: int, n_tokens: int) -> bool:
        """Back to the state after ``n_tokens``, saved in ``buffer``; the attention cells before it must be there still.

        The trim afterwards is part of it: without it stale cells stay and the logits are silently wrong.
        """
        if binding.llama_state_seq_set_data_ext(self._pointer, buffer, size, SEQUENCE, PARTIAL) == 0:
            return False
        return self.trim(n_tokens)

    def close(self) -> None:
        if self._pointer:
            binding.llama_free(self._pointer)
            self._pointer = None
