"""A GGUF model through llama.cpp's low-level calls: just enough to check and measure one.

One sequence, one trunk context and (on demand) one MTP context.
"""

import contextlib
import ctypes
import os
from collections.abc import Sequence
from pathlib import Path

import llama_cpp
import numpy as np
from llama_cpp import llama_cpp_ext

PARTIAL = llama_cpp.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
_LOG_CALLBACK = llama_cpp.llama_log_callback(lambda level, text, data: None)


class GgufModel:
    """Loads a file; `close` frees it. Vocabulary size is `size`, width `width`.

    `exact` keeps the attention cache in float32 and flash attention off, so that a
    float32 file computes the same as PyTorch up to rounding.
    """

    def __init__(self, path: Path, context_length: int = 2048, threads: int = 1, exact: bool = False) -> None:
        if not path.is_file():
            raise FileNotFoundError(f"there is no file {path}")
        llama_cpp.llama_log_set(_LOG_CALLBACK, None)
        llama_cpp.llama_backend_init()
        model_params = llama_cpp.llama_model_default_params()
        model_params.load_mtp = True
        model_params.n_gpu_layers = 0
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(path), model_params)
        if not self._model:
            raise ValueError(f"{path} does not load")
        self._length, self._threads, self._exact = context_length, threads, exact
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self.size = llama_cpp.llama_vocab_n_tokens(self._vocab)
        self.width = llama_cpp.llama_model_n_embd(self._model)
        self._trunk = self._context(llama_cpp.LLAMA_CONTEXT_TYPE_DEFAULT)
        llama_cpp_ext.llama_set_embeddings_nextn(self._trunk, True, False)
        self._mtp = None
        self._batch = llama_cpp.llama_batch_init(context_length, 0, 1)

    def _context(self, kind: int) -> ctypes.c_void_p:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = self._length
        params.n_threads = params.n_threads_batch = self._threads
        params.ctx_type = kind
        if self._exact:
            params.type_k = params.type_v = llama_cpp.GGML_TYPE_F32
            params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        context = llama_cpp.llama_init_from_model(self._model, params)
        if not context:
            raise ValueError("no context for this model")
        return context

    def close(self) -> None:
        """Free everything."""
        llama_cpp.llama_batch_free(self._batch)
        for context in (self._mtp, self._trunk):
            if context:
                llama_cpp.llama_free(context)
        llama_cpp.llama_model_free(self._model)

    def encode(self, text: str) -> list[int]:
        """Ids of plain text; no special token comes out."""
        data = text.encode()
        buffer = (llama_cpp.llama_token * (len(data) + 8))()
        count = llama_cpp.llama_tokenize(self._vocab, data, len(data), buffer, len(buffer), False, False)
        if count < 0:
            raise ValueError("does not tokenize")
        return list(buffer[:count])

    def special(self, text: str) -> int:
        """The id of one special token."""
        buffer = (llama_cpp.llama_token * 16)()
        data = text.encode()
        count = llama_cpp.llama_tokenize(self._vocab, data, len(data), buffer, len(buffer), False, True)
        if count != 1:
            raise ValueError(f"{text} is not one token")
        return buffer[0]

    def pieces(self) -> list[bytes]:
        """The bytes of every token; empty for special ones."""
        out = []
        buffer = ctypes.create_string_buffer(512)
        for token_id in range(self.size):
            count = llama_cpp.llama_token_to_piece(self._vocab, token_id, buffer, len(buffer), 0, False)
            out.append(buffer.raw[: max(0, count)])
        return out

    def number(self, key: str) -> int | None:
        """A number of the file's metadata."""
        buffer = ctypes.create_string_buffer(64)
        count = llama_cpp.llama_model_meta_val_str(self._model, key.encode(), buffer, len(buffer))
        return int(buffer.value) if count > 0 else None

    def forget(self) -> None:
        """Clear the trunk's state (a hybrid's state cannot be cut at a position)."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._trunk), True)

    def evaluate(self, ids: Sequence[int], start: int = 0, last_only: bool = False) -> np.ndarray:
        """Logits [n, V] after each of `ids` (or [1, V] after the last), at positions from `start`."""
        self._decode(self._trunk, ids, start, None, last_only)
        rows = 1 if last_only else len(ids)
        pointer = llama_cpp.llama_get_logits(self._trunk)
        return np.ctypeslib.as_array(pointer, (rows, self.size)).copy()

    def hidden(self, count: int) -> np.ndarray:
        """Hidden states [count, d] after the final norm, of the last `evaluate`."""
        return self._states(self._trunk, count)

    def _states(self, context: ctypes.c_void_p, count: int) -> np.ndarray:
        pointer = llama_cpp_ext.llama_get_embeddings_nextn(context)
        return np.ctypeslib.as_array(ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float)), (count, self.width)).copy()

    def draft(self, next_ids: Sequence[int], hidden: np.ndarray) -> np.ndarray:
        """Logits [n, V] of the MTP block from an empty state: row t takes the token after
        position t and the trunk's hidden state at t."""
        self.forget_drafts(0)
        return self.draft_on(next_ids, hidden, 1)[0]

    def draft_on(self, next_ids: Sequence[int], hidden: np.ndarray, start: int) -> tuple[np.ndarray, np.ndarray]:
        """Logits [n, V] and the block's own states [n, d] after its final norm, for rows whose tokens
        stand at positions from `start` on."""
        if self._mtp is None:
            self._mtp = self._context(llama_cpp.LLAMA_CONTEXT_TYPE_MTP)
            llama_cpp_ext.llama_set_embeddings_nextn(self._mtp, True, True)
        self._decode(self._mtp, next_ids, start, hidden, False)
        count = len(next_ids)
        logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits(self._mtp), (count, self.size)).copy()
        return logits, self._states(self._mtp, count)

    def forget_drafts(self, start: int) -> None:
        """Take the MTP block's rows from position `start` on back (it has attention only)."""
        if self._mtp is not None:
            llama_cpp.llama_memory_seq_rm(llama_cpp.llama_get_memory(self._mtp), 0, start, -1)

    def save(self) -> ctypes.Array:
        """The recurrent part of the trunk's state."""
        size = llama_cpp.llama_state_seq_get_size_ext(self._trunk, 0, PARTIAL)
        buffer = (ctypes.c_uint8 * size)()
        if llama_cpp.llama_state_seq_get_data_ext(self._trunk, buffer, size, 0, PARTIAL) != size:
            raise RuntimeError("the state does not save")
        return buffer

    def restore(self, saved: ctypes.Array, length: int) -> None:
        """Back to the state after `length` tokens, where it was saved."""
        if not llama_cpp.llama_state_seq_set_data_ext(self._trunk, saved, len(saved), 0, PARTIAL):
            raise RuntimeError("the state does not restore")
        if not llama_cpp.llama_memory_seq_rm(llama_cpp.llama_get_memory(self._trunk), 0, length, -1):
            raise RuntimeError(f"the state does not go back to {length}")

    def _decode(
        self, context: ctypes.c_void_p, ids: Sequence[int], start: int, embedded: np.ndarray | None, last_only: bool
    ) -> None:
        if len(ids) > self._length:
            raise ValueError(f"{len(ids)} tokens do not fit into a context of {self._length}")
        batch = self._batch
        batch.n_tokens = len(ids)
        for i, token_id in enumerate(ids):
            batch.token[i] = token_id
            batch.pos[i] = start + i
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = 0
            batch.logits[i] = not last_only or i == len(ids) - 1
        with contextlib.ExitStack() as stack:
            if embedded is not None:
                values = np.ascontiguousarray(embedded, np.float32)
                batch.embd = values.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
                # Not llama.cpp's memory: it must not be there when the batch is freed.
                stack.callback(setattr, batch, "embd", None)
            code = llama_cpp.llama_decode(context, batch)
        if code:
            raise RuntimeError(f"llama_decode answered {code}")
