"""Multi-token prediction in its plainest form: greedy, one sequence, from empty memories, nothing kept for later.

What the runtime does faster must give the same tokens and the same drafts. The order of the calls follows from
llama.cpp's common/speculative.cpp (its MTP implementation) and src/models/qwen35.cpp (graph_mtp).
"""

import ctypes
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foretoken.runtime.library import load_library

load_library()

from llama_cpp import llama_cpp as binding  # noqa: E402
from llama_cpp import llama_cpp_ext as extension  # noqa: E402

FLOATS = ctypes.POINTER(ctypes.c_float)


@dataclass(frozen=True)
class Drafts:
    """token_ids: what was generated. proposals: position of the first draft's predecessor -> drafts of that round.

    accepted: how many of the drafts were what the model itself said.
    """

    token_ids: list[int]
    proposals: dict[int, list[int]]
    accepted: int

    @property
    def drafted(self) -> int:
        return sum(map(len, self.proposals.values()))


class Reference:
    """A model with its target context and, if it has an MTP block, its MTP context. n_draft: tokens a round."""

    def __init__(self, path: Path, n_draft: int = 1, n_ctx: int = 1024) -> None:
        params = binding.llama_model_default_params()
        params.load_mtp = True
        self.model = binding.llama_model_load_from_file(str(path).encode(), params)
        assert self.model, path
        self.n_embd = int(binding.llama_model_n_embd(self.model))
        self.n_vocab = int(binding.llama_vocab_n_tokens(binding.llama_model_get_vocab(self.model)))
        self.n_draft = n_draft
        self.target = self._context(n_ctx, binding.LLAMA_CONTEXT_TYPE_DEFAULT, n_draft)
        self.draft = None
        if binding.llama_model_n_layer_nextn(self.model):
            self.draft = self._context(n_ctx, binding.LLAMA_CONTEXT_TYPE_MTP, 0)
            extension.llama_set_embeddings_nextn(self.target, True, False)
            extension.llama_set_embeddings_nextn(self.draft, True, True)

    def generate(self, prompt: list[int], n_predict: int) -> Drafts:
        """At least ``n_predict`` tokens that go on from ``prompt``; the end of text does not stop them."""
        self.clear()
        self._decode(self.target, prompt, 0, [len(prompt) - 1])
        hidden = self._hidden(len(prompt))
        before = np.vstack([np.zeros((1, self.n_embd), np.float32), hidden[:-1]])
        self._decode(self.draft, prompt, 0, [], before)
        pending, position = hidden[-1:], len(prompt)
        token_id = self._best(self.target, -1)
        generated, proposals, accepted = [token_id], {}, 0
        while len(generated) < n_predict:
            proposal = proposals[position] = self._propose(token_id, position, pending)
            rows = [token_id, *proposal]
            self._decode(self.target, rows, position, range(len(rows)))
            answers = [self._best(self.target, row) for row in range(len(rows))]
            hidden = self._hidden(len(rows))
            right = 0
            while right < len(proposal) and answers[right] == proposal[right]:
                right += 1
            if right < len(proposal):
                assert self._trim(self.target, position + 1 + right)
            self._decode(self.draft, rows[: right + 1], position, [], np.vstack([pending, hidden[:right]]))
            accepted += right
            generated += answers[: right + 1]
            token_id, pending, position = answers[right], hidden[right : right + 1], position + 1 + right
        return Drafts(generated, proposals, accepted)

    def plain(self, prompt: list[int], n_predict: int) -> list[int]:
        """The same tokens without drafts."""
        self.clear()
        rows, position, generated = prompt, 0, []
        while len(generated) < n_predict:
            self._decode(self.target, rows, position, [len(rows) - 1])
            position += len(rows)
            rows = [self._best(self.target, -1)]
            generated += rows
        return generated

    def clear(self) -> None:
        """Empty both memories."""
        for context in filter(None, (self.target, self.draft)):
            binding.llama_memory_clear(binding.llama_get_memory(context), False)

    def logits(self, row: int, context: ctypes.c_void_p | None = None) -> np.ndarray:
        """Of one output row of the last decode, shape (n_vocab,). A view: it changes with the next one."""
        pointer = binding.llama_get_logits_ith(context or self.target, row)
        return np.ctypeslib.as_array(pointer, (self.n_vocab,))

    def close(self) -> None:
        if self.draft:
            binding.llama_free(self.draft)
        binding.llama_free(self.target)
        binding.llama_model_free(self.model)

    def _context(self, n_ctx: int, kind: int, n_rs_seq: int) -> ctypes.c_void_p:
        params = binding.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = n_ctx
        params.n_seq_max = params.n_threads = params.n_threads_batch = 1
        params.n_outputs_max = n_rs_seq + 1
        params.n_rs_seq = n_rs_seq
        params.ctx_type = kind
        context = binding.llama_init_from_model(self.model, params)
        assert context
        return context

    def _propose(self, token_id: int, position: int, pending: np.ndarray) -> list[int]:
        """A chain of drafts. Their cells in the MTP context were made of its own states, so they go afterwards."""
        proposal: list[int] = []
        hidden = pending
        for step in range(self.n_draft):
            self._decode(self.draft, [token_id], position + step, [0], hidden)
            token_id = self._best(self.draft, 0)
            proposal.append(token_id)
            hidden = self._rows(extension.llama_get_embeddings_nextn_ith(self.draft, 0), 1)
        assert self._trim(self.draft, position)
        return proposal

    def _decode(
        self,
        context: ctypes.c_void_p,
        token_ids: list[int],
        position: int,
        outputs: list[int] | range,
        hidden: np.ndarray | None = None,
    ) -> None:
        """hidden: for the MTP context, what the target said one position before each row; (rows, n_embd)."""
        batch = binding.llama_batch_init(len(token_ids), 0, 1)
        try:
            batch.n_tokens = len(token_ids)
            for row, token_id in enumerate(token_ids):
                batch.token[row], batch.pos[row] = token_id, position + row
                batch.n_seq_id[row], batch.seq_id[row][0] = 1, 0
                batch.logits[row] = row in outputs
            if hidden is not None:
                rows = np.ascontiguousarray(hidden, np.float32)
                batch.embd = rows.ctypes.data_as(FLOATS)
            assert binding.llama_decode(context, batch) == 0
        finally:
            batch.embd = FLOATS()  # numpy's memory: not for llama_batch_free
            binding.llama_batch_free(batch)

    def _trim(self, context: ctypes.c_void_p, n_tokens: int) -> bool:
        return bool(binding.llama_memory_seq_rm(binding.llama_get_memory(context), 0, n_tokens, -1))

    def _best(self, context: ctypes.c_void_p, row: int) -> int:
        return int(self.logits(row, context).argmax())

    def _hidden(self, count: int) -> np.ndarray:
        return self._rows(extension.llama_get_embeddings_nextn(self.target), count)

    def _rows(self, pointer: FLOATS, count: int) -> np.ndarray:
        return np.ctypeslib.as_array(pointer, (count, self.n_embd)).copy()
