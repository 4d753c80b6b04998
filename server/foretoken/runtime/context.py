"""A llama.cpp context: evaluate rows, read logits and hidden states, copy, cut, save and restore sequences."""

import ctypes
import os
from collections.abc import Sequence

import numpy as np
from llama_cpp import llama_cpp as binding
from llama_cpp import llama_cpp_ext as extension

from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.batch import Batch, Part
from foretoken.runtime.library import SINK
from foretoken.runtime.model import Model
from foretoken.runtime.tuning import CacheType, Speculation, Tuning

PARTIAL = binding.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
WHOLE = 0
CACHE_TYPES = {
    CacheType.F32: binding.GGML_TYPE_F32,
    CacheType.F16: binding.GGML_TYPE_F16,
    CacheType.Q8_0: binding.GGML_TYPE_Q8_0,
    CacheType.Q4_0: binding.GGML_TYPE_Q4_0,
}
# Every sequence of a large hybrid model holds 150 MB of recurrent state, times the rollback's depth.
LARGE_MODEL = 2 << 30
SEQUENCES_SMALL, SEQUENCES_LARGE = 6, 4
LANES_SMALL, LANES_LARGE = 3, 2
MOST_PRODUCTS = 256 << 20  # bytes of attention products of one call
MOST_VIEWS = 16
LEAST_CTX = 256  # llama.cpp rounds up to it, but cuts a batch to what was asked, and ends the process on a larger one
FULL = 1  # llama_decode's answer when the attention cache has no room; nothing has changed then

Buffer = ctypes.Array[ctypes.c_uint8]


class DecodeError(Exception):
    """llama_decode refused a batch. What the sequence holds is no longer known."""


class ComputeError(DecodeError):
    """The model could not compute: memory ran out, the device was lost, or its numbers are none."""


class CacheFull(Exception):
    """The attention cache has no room for the rows. Nothing has changed."""


def thread_count(configured: int) -> int:
    """0 = all cores but one, which the editor needs."""
    return configured or max(1, (os.cpu_count() or 2) - 1)


def flash_attention(model: Model, n_ctx: int, tuning: Tuning) -> int:
    """llama.cpp's choice, but off on a processor where its products fit into memory.

    There it sums in half precision, so that the same token's logits depend on how many rows were evaluated together; and
    without it a token takes a tenth to a third less time (measured on the shipped model at 256 to 7,168 tokens; prompts take a
    tenth more). A quantised V cache works only with it.
    """
    products = tuning.n_ubatch * n_ctx * model.n_head * 4
    if model.on_gpu or products > MOST_PRODUCTS or tuning.cache_v in (CacheType.Q8_0, CacheType.Q4_0):
        return binding.LLAMA_FLASH_ATTN_TYPE_AUTO
    return binding.LLAMA_FLASH_ATTN_TYPE_DISABLED


class Context:
    """For one thread. n_ctx: the window in tokens, never more than the model was made for; all sequences share it.

    draft_context: the context of the model's MTP block, with a cache of its own, instead of the model itself.
    """

    def __init__(
        self, model: Model, n_ctx: int, threads: int, tuning: Tuning | None = None, draft_context: bool = False
    ) -> None:
        tuning = tuning or Tuning()
        params = binding.llama_context_default_params()
        wanted = min(n_ctx, model.n_ctx_train) if model.n_ctx_train > 0 else n_ctx
        params.n_ctx = max(wanted, LEAST_CTX)
        params.n_batch = params.n_ubatch = min(tuning.n_ubatch, params.n_ctx)
        large = model.size_bytes > LARGE_MODEL
        kept = tuning.sequences or (SEQUENCES_LARGE if large else SEQUENCES_SMALL)
        self.n_lanes = (tuning.lanes or (LANES_LARGE if large else LANES_SMALL)) if kept > 1 else 1
        params.n_seq_max = kept + self.n_lanes - 1
        params.kv_unified = True
        params.n_threads = params.n_threads_batch = thread_count(threads)
        params.flash_attn_type = flash_attention(model, int(params.n_ctx), tuning)
        params.type_k, params.type_v = CACHE_TYPES[tuning.cache_k], CACHE_TYPES[tuning.cache_v]
        if draft_context:
            params.ctx_type = binding.LLAMA_CONTEXT_TYPE_MTP
            params.n_outputs_max = params.n_seq_max
        else:
            # llama.cpp ends the process when a batch of n_ubatch <= n_rs_seq + 1 rows must be split.
            params.n_rs_seq = min(tuning.n_draft, tuning.n_ubatch - 2) if model.hybrid and tuning.drafts else 0
            n_drafted = max(tuning.n_draft, tuning.n_long_draft)
            # llama.cpp ends the process when there are fewer than sequences.
            params.n_outputs_max = max(params.n_seq_max, min(tuning.n_ubatch, 1 + n_drafted))
        SINK.errors.clear()
        self._pointer = binding.llama_init_from_model(model.pointer, params)
        if not self._pointer:
            reason = " ".join(SINK.errors) or "no reason given"
            cure = "Lower the setting model.n_ctx"
            if params.n_rs_seq:
                cure += ", or turn model.mtp and model.lookup off, which quarters what the recurrent states take"
            raise ModelUnavailable(
                f"There is no room for a window of {params.n_ctx} tokens with {model.path} ({reason}). {cure}."
            )
        self.n_ctx = int(binding.llama_n_ctx(self._pointer))
        self.flash_attention = int(params.flash_attn_type)
        self.n_threads = int(params.n_threads)
        self.n_ubatch = int(params.n_ubatch)
        self.n_seq = int(params.n_seq_max)
        self.n_outputs_max = int(params.n_outputs_max)
        # How many sequences a call may have rows of. With three of unequal length llama.cpp splits the call, and moves the
        # state of one that is through without what it could be rolled back to (llama-memory-recurrent.cpp, find_slot).
        self.n_together = 2 if binding.llama_n_rs_seq(self._pointer) else self.n_seq
        # How many rows can be rolled back in place; any number where nothing is recurrent.
        self.n_rollback = int(binding.llama_n_rs_seq(self._pointer)) if model.hybrid else self.n_outputs_max - 1
        self.n_embd = int(binding.llama_model_n_embd(model.pointer))
        self._n_vocab = model.vocabulary.n_tokens
        self._memory = binding.llama_get_memory(self._pointer)
        self.batch = Batch(self.n_ubatch, self.n_embd if draft_context else 0)
        self._logits: ctypes._Pointer[ctypes.c_float] | None = None
        self._views: dict[tuple[int, int], np.ndarray] = {}
        self._hidden = draft_context or (model.mtp_loaded and tuning.mtp is not Speculation.OFF)
        if self._hidden:
            # Of every row: limited to those with an output, llama.cpp gives the call's first rows instead of them.
            extension.llama_set_embeddings_nextn(self._pointer, True, False)

    def decode(self, token_ids: Sequence[int] | np.ndarray, position: int, n_outputs: int, sequence: int = 0) -> None:
        """Evaluate at most ``n_ubatch`` rows; the last ``n_outputs`` of them have logits. Waits for the result.

        Never interrupted: an abort inside poisons a recurrent state. Raises CacheFull or DecodeError.
        """
        self.batch.fill(token_ids, position, n_outputs, sequence)
        self._decode(n_outputs, f"{len(token_ids)} tokens at {position}")

    def decode_parts(self, parts: Sequence[Part]) -> None:
        """The same for rows of several sequences in one call. What each computes is what it would compute alone."""
        if len(parts) == 1:
            self.decode(*parts[0])
            return
        self.batch.fill_parts(parts)
        self._decode(sum(n_outputs for _, _, n_outputs, _ in parts), f"the rows of {len(parts)} sequences")

    def _decode(self, n_outputs: int, what: str) -> None:
        code = binding.llama_decode(self._pointer, self.batch.struct)
        if code == FULL:
            raise CacheFull(f"no room for {what}")
        if code != 0:
            raise ComputeError(f"llama_decode answered {code} for {what}")
        self._logits = None
        if n_outputs:
            self._logits = binding.llama_get_logits(self._pointer)  # waits, too
        else:
            binding.llama_synchronize(self._pointer)

    def logits(self, count: int = 1) -> np.ndarray:
        """The rows with an output of the last call, shape (count, n_vocab), float32. A view: the next call changes it."""
        return self._view(self._logits, count, self._n_vocab)

    def hidden(self, count: int) -> np.ndarray | None:
        """The hidden state of each row of the last call.

        Shape (count, n_embd), float32, a view; None when the model has no MTP block or MTP is off.
        """
        if not self._hidden:
            return None
        return self._view(extension.llama_get_embeddings_nextn(self._pointer), count, self.n_embd)

    def _view(self, pointer: "ctypes._Pointer[ctypes.c_float] | None", count: int, width: int) -> np.ndarray:
        if not pointer:
            raise DecodeError("the last decode call had no output")
        # One view of all rows that there can be for each place of llama.cpp's buffers, which seldom move.
        key = (ctypes.addressof(pointer.contents), width)
        rows = self._views.get(key)
        if rows is None:
            if len(self._views) > MOST_VIEWS:
                self._views.clear()
            rows = np.ctypeslib.as_array(pointer, (max(self.n_ubatch, self.n_outputs_max), width))
            rows.flags.writeable = False
            self._views[key] = rows
        return rows[:count]

    def adapt(self, adapters: Sequence[tuple[ctypes.c_void_p, float]]) -> bool:
        """Apply exactly these LoRA adapters, with their scales. What was evaluated before is not valid any more."""
        count = len(adapters)
        pointers = (binding.llama_adapter_lora_p_ctypes * max(1, count))(*[pointer for pointer, _ in adapters])
        scales = (ctypes.c_float * max(1, count))(*[scale for _, scale in adapters])
        return binding.llama_set_adapters_lora(self._pointer, pointers, count, scales) == 0

    def clear(self) -> None:
        """Forget all sequences."""
        binding.llama_memory_clear(self._memory, False)

    def cut(self, sequence: int, n_tokens: int) -> bool:
        """Keep the first ``n_tokens`` of a sequence. False when this architecture cannot, and nothing changed.

        A recurrent state rolls back at most ``n_rollback`` rows and only within the last call's; llama.cpp does not
        check the latter and is silently wrong then.
        """
        return bool(binding.llama_memory_seq_rm(self._memory, sequence, n_tokens or -1, -1))

    def copy(self, source: int, target: int, n_tokens: int = -1) -> None:
        """``target`` becomes a copy: attention cells of the first ``n_tokens`` (-1 = all), and the recurrent part.

        The target is emptied first, which also ends a rollback that it had registered. The source must have none: its
        copy would be silently wrong.
        """
        binding.llama_memory_seq_rm(self._memory, target, -1, -1)
        binding.llama_memory_seq_cp(self._memory, source, target, 0 if n_tokens >= 0 else -1, n_tokens)

    def state_size(self, sequence: int, flags: int = PARTIAL) -> int:
        """Bytes that ``save`` writes now. flags: PARTIAL = the recurrent part alone, 0 = attention cells too."""
        return int(binding.llama_state_seq_get_size_ext(self._pointer, sequence, flags))

    def save(self, sequence: int, buffer: Buffer, size: int, flags: int = PARTIAL) -> bool:
        return binding.llama_state_seq_get_data_ext(self._pointer, buffer, size, sequence, flags) == size

    def load(self, sequence: int, buffer: Buffer, size: int, flags: int = PARTIAL) -> bool:
        return binding.llama_state_seq_set_data_ext(self._pointer, buffer, size, sequence, flags) != 0

    def restore(self, sequence: int, buffer: Buffer, size: int, n_tokens: int) -> bool:
        """Back to the state after ``n_tokens``, saved in ``buffer``; the attention cells before it must be there still.

        The cut afterwards is part of it: without it stale cells stay and the logits are silently wrong.
        """
        return self.load(sequence, buffer, size) and self.cut(sequence, n_tokens)

    def close(self) -> None:
        if self._pointer:
            binding.llama_free(self._pointer)
            self._pointer = None
