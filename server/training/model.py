"""The `qwen35` architecture (hybrid of Gated DeltaNet and gated attention, one MTP block).

Written after the graph that llama.cpp builds (src/models/qwen35.cpp), so that the
exported file computes the same. Parameters carry the GGUF tensor names without `.weight`
(`blk.0.attn_qkv` is `blk.0.attn_qkv` here); matrices are [out, in]; norm gains are the
full factor. B rows, T positions, d width, H heads, D head size, V vocabulary.
"""

from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from training import kernels
from training.backend import PLAIN, Backend
from training.delta_rule import gated_delta_rule
from training.packing import Packing

FAST = [SDPBackend.CUDNN_ATTENTION, SDPBackend.EFFICIENT_ATTENTION]
"""What may compute masked attention on a GPU: the fallback holds all scores at once."""

RESET = -40.0
"""Log decay at the first token of a segment: forgets everything before it."""


@dataclass(frozen=True)
class Config:
    """Dimensions of a model. The convolution on CUDA wants 3 * gdn_heads * gdn_head_size % 128 == 0,
    and Q8_0 wants rows that are a multiple of 32."""

    vocabulary: int = 4096
    width: int = 160
    layers: int = 4
    attention_interval: int = 2
    feed_forward: int = 448
    gdn_heads: int = 2
    gdn_head_size: int = 64
    heads: int = 2
    kv_heads: int = 1
    head_size: int = 64
    rope_size: int = 32
    rope_sections: tuple[int, ...] | list[int] = (6, 5, 5, 0)
    rope_base: float = 1e5
    conv_kernel: int = 4
    epsilon: float = 1e-6
    context_length: int = 8192

    def is_attention(self, layer: int) -> bool:
        """Whether a block is full attention (else Gated DeltaNet)."""
        return (layer + 1) % self.attention_interval == 0


class Matrix(nn.Linear):
    """A linear map without bias; zero at the start where it ends a residual branch."""

    def __init__(self, inputs: int, outputs: int, zero: bool = False) -> None:
        super().__init__(inputs, outputs, bias=False)
        nn.init.zeros_(self.weight) if zero else nn.init.normal_(self.weight, std=inputs**-0.5)
        # The few wide enough to gain from it; the decays of the delta rule stay exact.
        self.short = min(inputs, outputs) >= 64

    def forward(self, x: Tensor) -> Tensor:
        """In training the product is taken in bfloat16 and stays so: twice as fast where the
        processor has it. Everything else takes and gives float32."""
        if self.training and self.short:
            return F.linear(x.bfloat16(), self.weight.bfloat16())
        return F.linear(x.to(self.weight.dtype), self.weight)


class Norm(nn.Module):
    """RMS norm with a gain; `forward` also multiplies by silu(gate) where one is given."""

    def __init__(self, size: int, epsilon: float, backend: Backend = PLAIN) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon
        self.compiled = backend.elementwise == "compiled"

    def forward(self, x: Tensor, gate: Tensor | None = None) -> Tensor:
        """Float32, or bfloat16 where the compiled kernel trains."""
        if self.training and self.compiled:
            return kernels.Norm.apply(x, self.weight, gate, self.epsilon)
        y = F.rms_norm(x, self.weight.shape, self.weight, self.epsilon)
        return y if gate is None else y * F.silu(gate.float())


def rotate(x: Tensor, size: int, base: float) -> Tensor:
    """Rotary positions on the first `size` of D dimensions of x [B, H, T, D].

    Pairs are (i, i + size/2). llama.cpp's interleaved multi-section form is the same
    for text, where all sections hold the same position.
    """
    half = size // 2
    frequency = base ** (-torch.arange(half, dtype=torch.float32, device=x.device) / half)
    angle = torch.arange(x.shape[2], dtype=torch.float32, device=x.device)[:, None] * frequency
    cos, sin = angle.cos(), angle.sin()
    a, b, rest = x.split([half, half, x.shape[-1] - size], -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos, rest], -1)


class Attention(nn.Module):
    """Gated grouped-query attention with normalised queries and keys."""

    def __init__(self, c: Config, backend: Backend) -> None:
        super().__init__()
        self.config, self.backend = c, backend
        self.attn_q = Matrix(c.width, 2 * c.heads * c.head_size)  # per head: query, then gate
        self.attn_k = Matrix(c.width, c.kv_heads * c.head_size)
        self.attn_v = Matrix(c.width, c.kv_heads * c.head_size)
        self.attn_q_norm = Norm(c.head_size, c.epsilon)
        self.attn_k_norm = Norm(c.head_size, c.epsilon)
        self.attn_output = Matrix(c.heads * c.head_size, c.width, zero=True)

    def forward(self, x: Tensor, packing: Packing | None) -> Tensor:
        c = self.config
        query, gate = self.attn_q(x).unflatten(-1, (c.heads, 2 * c.head_size)).chunk(2, -1)
        query = rotate(self.attn_q_norm(query.float()).transpose(1, 2), c.rope_size, c.rope_base)
        key = self.attn_k(x).unflatten(-1, (c.kv_heads, c.head_size))
        key = rotate(self.attn_k_norm(key.float()).transpose(1, 2), c.rope_size, c.rope_base)
        value = self.attn_v(x).unflatten(-1, (c.kv_heads, c.head_size)).transpose(1, 2)
        out = self.attend(query.to(value.dtype), key.to(value.dtype), value, packing)
        return self.attn_output(out.transpose(1, 2).flatten(2) * gate.flatten(2).sigmoid())

    def attend(self, query: Tensor, key: Tensor, value: Tensor, packing: Packing | None) -> Tensor:
        """[B, heads, T, D]: causal, inside each example."""
        grouped = query.shape[1] != key.shape[1]
        if packing is None:
            return F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=grouped)
        if packing.mask is not None:
            # On a GPU no fast kernel takes both a mask and grouped queries.
            key, value = (x.repeat_interleave(query.shape[1] // x.shape[1], 1) for x in (key, value))
            with sdpa_kernel(FAST) if query.is_cuda else nullcontext():
                return F.scaled_dot_product_attention(query, key, value, packing.mask)
        parts = []
        for row, start, end in packing.spans:
            q, k, v = (x[row : row + 1, :, start:end] for x in (query, key, value))
            parts.append(F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=grouped))
        rows = query.shape[0]
        return torch.cat(parts, 2) if rows == 1 else torch.cat(parts, 2).unflatten(2, (rows, -1))[0].transpose(0, 1)


class DeltaNet(nn.Module):
    """Gated DeltaNet: short convolution, gated delta rule, gated norm."""

    def __init__(self, c: Config, backend: Backend) -> None:
        super().__init__()
        self.config, self.backend = c, backend
        inner = c.gdn_heads * c.gdn_head_size
        self.attn_qkv = Matrix(c.width, 3 * inner)
        self.attn_gate = Matrix(c.width, inner)
        self.ssm_conv1d = Matrix(c.conv_kernel, 3 * inner)  # [channels, kernel]
        self.ssm_alpha = Matrix(c.width, c.gdn_heads)
        self.ssm_beta = Matrix(c.width, c.gdn_heads)
        # Decays from slow to fast over the heads; exp(a_log) is stored as -ssm_a in the file.
        self.a_log = nn.Parameter(torch.linspace(0.0, 1.4, c.gdn_heads))
        self.dt_bias = nn.Parameter(torch.linspace(0.01, 0.05, c.gdn_heads).expm1().log())
        self.ssm_norm = Norm(c.gdn_head_size, c.epsilon, backend)
        self.ssm_out = Matrix(inner, c.width, zero=True)

    def convolve(self, x: Tensor, packing: Packing | None) -> Tensor:
        """Causal depthwise convolution that does not look over the start of an example, then SiLU."""
        if self.backend.delta_rule == "compiled" and packing is not None:
            return kernels.Convolution.apply(x, self.ssm_conv1d.weight, packing.reach)
        taps = self.ssm_conv1d.weight
        last = taps.shape[1] - 1
        out = x * taps[:, last]
        for back in range(1, last + 1):
            earlier = F.pad(x, (0, 0, back, 0))[:, : x.shape[1]]
            if packing is not None:
                earlier = earlier * (packing.reach >= back).unsqueeze(-1)
            out = out + earlier * taps[:, last - back]
        return F.silu(out)

    def forward(self, x: Tensor, packing: Packing | None) -> Tensor:
        c = self.config
        mixed = self.convolve(self.attn_qkv(x).float(), packing)
        mixed = mixed.unflatten(-1, (3, c.gdn_heads, c.gdn_head_size))
        both = F.linear(x.float(), torch.cat([self.ssm_alpha.weight, self.ssm_beta.weight]))
        alpha, beta = both.chunk(2, -1)
        g = -self.a_log.exp() * F.softplus(alpha + self.dt_bias)
        if packing is not None:
            g = torch.where(packing.starts.unsqueeze(-1), RESET, g)
        out = gated_delta_rule(mixed, g, beta.sigmoid(), c.epsilon, self.backend.delta_rule)
        gate = self.attn_gate(x).unflatten(-1, (c.gdn_heads, c.gdn_head_size))
        return self.ssm_out(self.ssm_norm(out, gate).flatten(2))


class Block(nn.Module):
    """Pre-norm block: mixer, then gated feed-forward."""

    def __init__(self, c: Config, backend: Backend, attention: bool) -> None:
        super().__init__()
        self.compiled = backend.elementwise == "compiled"
        self.attn_norm = Norm(c.width, c.epsilon, backend)
        self.mixer = Attention(c, backend) if attention else DeltaNet(c, backend)
        self.post_attention_norm = Norm(c.width, c.epsilon, backend)
        self.ffn_gate = Matrix(c.width, c.feed_forward)
        self.ffn_up = Matrix(c.width, c.feed_forward)
        self.ffn_down = Matrix(c.feed_forward, c.width, zero=True)

    def forward(self, x: Tensor, packing: Packing | None) -> Tensor:
        x = x + self.mixer(self.attn_norm(x), packing)
        y = self.post_attention_norm(x)
        gate, up = self.ffn_gate(y), self.ffn_up(y)
        fused = self.training and self.compiled
        return x + self.ffn_down(kernels.SwiGlu.apply(gate, up) if fused else F.silu(gate) * up)


class Mtp(nn.Module):
    """The multi-token prediction block: one attention block on (next token, hidden state)."""

    def __init__(self, c: Config, backend: Backend) -> None:
        super().__init__()
        self.enorm = Norm(c.width, c.epsilon, backend)
        self.hnorm = Norm(c.width, c.epsilon, backend)
        self.eh_proj = Matrix(2 * c.width, c.width)
        self.block = Block(c, backend, attention=True)
        self.shared_head_norm = Norm(c.width, c.epsilon, backend)

    def forward(self, embedded: Tensor, hidden: Tensor, packing: Packing | None) -> Tensor:
        x = self.eh_proj(torch.cat([self.enorm(embedded), self.hnorm(hidden.float())], -1)).float()
        return self.shared_head_norm(self.block(x, packing))


class Model(nn.Module):
    """Trunk, tied head and MTP block."""

    def __init__(self, c: Config, backend: Backend = PLAIN) -> None:
        super().__init__()
        self.config, self.backend = c, backend
        self.token_embd = nn.Embedding(c.vocabulary, c.width)
        nn.init.normal_(self.token_embd.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(c, backend, c.is_attention(i)) for i in range(c.layers))
        self.output_norm = Norm(c.width, c.epsilon, backend)
        self.mtp = Mtp(c, backend)

    def forward(self, ids: Tensor, packing: Packing | None = None) -> Tensor:
        """Hidden states [B, T, d] after the final norm, of ids [B, T].

        `packing` says where the examples of a row begin: nothing is carried from one to the next.
        """
        x = self.token_embd(ids)
        for block in self.blocks:
            x = block(x, packing)
        return self.output_norm(x)

    def compile_blocks(self) -> None:
        """Let torch.compile fuse each block, for a GPU. They share their code: each kind counts as a recompilation."""
        torch._dynamo.config.recompile_limit = 64
        for block in [*self.blocks, self.mtp.block]:
            block.compile()

    def draft(self, next_ids: Tensor, hidden: Tensor, packing: Packing | None = None) -> Tensor:
        """MTP hidden states [B, T, d]: position t sees hidden[t] and the token after it,
        and predicts the one after that."""
        return self.mtp(self.token_embd(next_ids), hidden, packing)

    def logits(self, hidden: Tensor) -> Tensor:
        """[..., d] to [..., V] through the tied embedding."""
        return hidden @ self.token_embd.weight.T
