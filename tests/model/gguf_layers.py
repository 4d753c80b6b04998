"""The tensors of one layer of a made model, as llama.cpp names them (src/models/qwen35.cpp, qwen35moe.cpp, qwen3.cpp).

Shapes are numpy's: (rows out, rows in), the reverse of ggml's order.
"""

from dataclasses import dataclass

import gguf
import numpy as np

Q8_0, Q4_0 = gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.Q4_0
BLOCK = 32


@dataclass(frozen=True)
class Dimensions:
    """Sizes of the layers; the names are those of the GGUF keys.

    head: length of an attention head. state: that of a recurrent one; group_count heads of queries and keys,
    time_step_rank heads of values. sections: of the rope, in pairs of numbers; a quarter of a head is rotated.
    expert_count 0: a feed-forward network that is not split.
    """

    n_embd: int = 64
    n_ff: int = 96
    n_head: int = 2
    n_head_kv: int = 1
    head: int = 32
    state: int = 32
    group_count: int = 2
    time_step_rank: int = 2
    sections: tuple[int, int, int, int] = (2, 1, 1, 0)
    expert_count: int = 0
    expert_used_count: int = 0

    @property
    def values(self) -> int:
        """Width of the recurrent layers' values."""
        return self.state * self.time_step_rank

    @property
    def convolved(self) -> int:
        """Width of what the recurrent layers' convolution sees: queries, keys, values."""
        return 2 * self.state * self.group_count + self.values


class LayerWriter:
    """Writes random tensors. quantized: the type of matrices, None = F32; what llama.cpp wants as F32 stays so.

    A quantized file is a large one, so matrices of one shape have the same numbers there: to draw and quantize each
    of its own takes seconds.
    """

    def __init__(
        self,
        writer: gguf.GGUFWriter,
        random: np.random.Generator,
        sizes: Dimensions,
        quantized: gguf.GGMLQuantizationType | None = None,
    ) -> None:
        self._writer, self._random, self._sizes, self._quantized = writer, random, sizes, quantized
        self._drawn: dict[tuple[int, ...], np.ndarray] = {}

    def layer(self, number: int, kind: str, hybrid: bool, strength: float) -> None:
        """One block. kind: r(ecurrent) or a(ttention). strength: of what it adds to its input; 0 = nothing."""
        sizes, block = self._sizes, f"blk.{number}"
        self.gain(f"{block}.attn_norm.weight", sizes.n_embd, strength)
        self.gain(f"{block}.{'post_attention_norm' if hybrid else 'ffn_norm'}.weight", sizes.n_embd, strength)
        if sizes.expert_count:
            self._experts(block)
        else:
            self._feed_forward(block, "")
        if kind == "r":
            self._recurrent(block)
        else:
            self._attention(block, gated=hybrid)

    def mtp_block(self, number: int, strength: float) -> None:
        """The block that drafts: what it makes of the token alone is what a trunk of strength 0 makes of it."""
        sizes, block = self._sizes, f"blk.{number}"
        self.layer(number, "a", True, strength)
        of_hidden = self._random.normal(0, strength / np.sqrt(sizes.n_embd), (sizes.n_embd, sizes.n_embd))
        self.add_matrix(f"{block}.nextn.eh_proj.weight", np.hstack([np.eye(sizes.n_embd), of_hidden]))
        self.gain(f"{block}.nextn.enorm.weight", sizes.n_embd)
        self.gain(f"{block}.nextn.hnorm.weight", sizes.n_embd)
        self.gain(f"{block}.nextn.shared_head_norm.weight", sizes.n_embd)

    def gain(self, name: str, size: int, value: float = 1.0) -> None:
        self.add(name, np.full(size, value))

    def add(self, name: str, value: np.ndarray) -> None:
        """As F32."""
        self._writer.add_tensor(name, np.ascontiguousarray(value, np.float32))

    def add_matrix(self, name: str, value: np.ndarray) -> None:
        """As F32, or quantized in such a file when its rows are whole blocks."""
        if self._quantized is not None and value.shape[-1] % BLOCK == 0:
            self._add_quantized(name, gguf.quants.quantize(np.ascontiguousarray(value, np.float32), self._quantized))
        else:
            self.add(name, value)

    def _add_quantized(self, name: str, blocks: np.ndarray) -> None:
        self._writer.add_tensor(name, blocks, raw_dtype=self._quantized)

    def _feed_forward(self, block: str, suffix: str) -> None:
        self._matrix(f"{block}.ffn_gate{suffix}.weight", self._sizes.n_embd, self._sizes.n_ff)
        self._matrix(f"{block}.ffn_up{suffix}.weight", self._sizes.n_embd, self._sizes.n_ff)
        self._matrix(f"{block}.ffn_down{suffix}.weight", self._sizes.n_ff, self._sizes.n_embd)

    def _experts(self, block: str) -> None:
        n_embd, n_ff, count = self._sizes.n_embd, self._sizes.n_ff, self._sizes.expert_count
        self._matrix(f"{block}.ffn_gate_inp.weight", n_embd, count)
        self._matrix(f"{block}.ffn_gate_exps.weight", n_embd, n_ff, count)
        self._matrix(f"{block}.ffn_up_exps.weight", n_embd, n_ff, count)
        self._matrix(f"{block}.ffn_down_exps.weight", n_ff, n_embd, count)
        self.add(f"{block}.ffn_gate_inp_shexp.weight", self._random.normal(0, 1 / np.sqrt(n_embd), n_embd))
        self._feed_forward(block, "_shexp")

    def _attention(self, block: str, gated: bool) -> None:
        sizes = self._sizes
        heads = sizes.n_head * sizes.head
        self._matrix(f"{block}.attn_q.weight", sizes.n_embd, heads * (1 + gated))
        self._matrix(f"{block}.attn_k.weight", sizes.n_embd, sizes.n_head_kv * sizes.head)
        self._matrix(f"{block}.attn_v.weight", sizes.n_embd, sizes.n_head_kv * sizes.head)
        self._matrix(f"{block}.attn_output.weight", heads, sizes.n_embd)
        self.gain(f"{block}.attn_q_norm.weight", sizes.head)
        self.gain(f"{block}.attn_k_norm.weight", sizes.head)

    def _recurrent(self, block: str) -> None:
        sizes, random = self._sizes, self._random
        heads = sizes.time_step_rank
        self._matrix(f"{block}.attn_qkv.weight", sizes.n_embd, sizes.convolved)
        self._matrix(f"{block}.attn_gate.weight", sizes.n_embd, sizes.values)
        self.add(f"{block}.ssm_conv1d.weight", random.normal(0, 0.5, (sizes.convolved, 4)))
        self.add(f"{block}.ssm_dt.bias", random.normal(0, 0.5, heads))
        # A slow decay, so that the state remembers hundreds of tokens.
        self.add(f"{block}.ssm_a", np.resize([-0.01, -0.05], heads))
        self._matrix(f"{block}.ssm_beta.weight", sizes.n_embd, heads)
        self._matrix(f"{block}.ssm_alpha.weight", sizes.n_embd, heads)
        self.gain(f"{block}.ssm_norm.weight", sizes.state)
        self._matrix(f"{block}.ssm_out.weight", sizes.values, sizes.n_embd)

    def _matrix(self, name: str, rows_in: int, rows_out: int, count: int = 0) -> None:
        """count: of matrices behind each other, for experts."""
        shape = (count, rows_out, rows_in) if count else (rows_out, rows_in)
        if self._quantized is None or rows_in % BLOCK:
            self.add(name, self._random.normal(0, 1.2 / np.sqrt(rows_in), shape))
            return
        if shape not in self._drawn:
            drawn = self._random.standard_normal(shape, np.float32) * np.float32(1.2 / np.sqrt(rows_in))
            self._drawn[shape] = gguf.quants.quantize(drawn, self._quantized)
        self._add_quantized(name, self._drawn[shape])
