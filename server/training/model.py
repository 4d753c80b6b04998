"""The `qwen35` architecture (hybrid of Gated DeltaNet and gated attention, one MTP block).

Written after the graph that llama.cpp builds (src/models/qwen35.cpp), so that the
exported file computes the same. Parameters carry the GGUF tensor names without `.weight`
(`blk.0.attn_qkv` is `blk.0.attn_qkv` here); matrices are [out, in]; norm gains are the
full factor. B rows, T positions, d width, H heads, D head size, V vocabulary.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.delta_rule import gated_delta_rule

RESET = -40.0
"""Log decay at the first token of a segment: forgets everything before it."""


@dataclass(frozen=True)
class Config:
    """Dimensions. The convolution on CUDA wants 3 * gdn_heads * gdn_head_size % 128 == 0,
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
    rope_sections: tuple[int, ...] = (6, 5, 5, 0)
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
        """In training the product is taken in bfloat16: 2.5 times as fast where the
        processor has it."""
        if self.training and self.short:
            return F.linear(x.bfloat16(), self.weight.bfloat16()).float()
        return F.linear(x, self.weight)


class Norm(nn.Module):
    """RMS norm with a gain."""

    def __init__(self, size: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.weight.shape, self.weight, self.epsilon)


def rotate(x: Tensor, size: int, base: float) -> Tensor:
    """Rotary positions on the first `size` of D dimensions of x [B, H, T, D].

    Pairs are (i, i + size/2). llama.cpp's interleaved multi-section form is the same
    for text, where all sections hold the same position.
    """
    half = size // 2
    frequency = base ** (-torch.arange(half, dtype=torch.float32) / half)
    angle = torch.arange(x.shape[2], dtype=torch.float32)[:, None] * frequency
    cos, sin = angle.cos(), angle.sin()
    a, b, rest = x.split([half, half, x.shape[-1] - size], -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos, rest], -1)


class Attention(nn.Module):
    """Gated grouped-query attention with normalised queries and keys."""

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.config = c
        self.attn_q = Matrix(c.width, 2 * c.heads * c.head_size)  # per head: query, then gate
        self.attn_k = Matrix(c.width, c.kv_heads * c.head_size)
        self.attn_v = Matrix(c.width, c.kv_heads * c.head_size)
        self.attn_q_norm = Norm(c.head_size, c.epsilon)
        self.attn_k_norm = Norm(c.head_size, c.epsilon)
        self.attn_output = Matrix(c.heads * c.head_size, c.width, zero=True)

    def forward(self, x: Tensor, segments: Tensor | None) -> Tensor:
        c = self.config
        query, gate = self.attn_q(x).unflatten(-1, (c.heads, 2 * c.head_size)).chunk(2, -1)
        query = rotate(self.attn_q_norm(query).transpose(1, 2), c.rope_size, c.rope_base)
        key = self.attn_k(x).unflatten(-1, (c.kv_heads, c.head_size))
        key = rotate(self.attn_k_norm(key).transpose(1, 2), c.rope_size, c.rope_base)
        value = self.attn_v(x).unflatten(-1, (c.kv_heads, c.head_size)).transpose(1, 2)
        mask = None
        if segments is not None:
            same = segments[:, :, None] == segments[:, None, :]
            mask = same.tril().unsqueeze(1)
        out = F.scaled_dot_product_attention(
            query, key, value, mask, is_causal=mask is None, enable_gqa=c.heads != c.kv_heads
        )
        return self.attn_output(out.transpose(1, 2).flatten(2) * gate.flatten(2).sigmoid())


class DeltaNet(nn.Module):
    """Gated DeltaNet: short convolution, gated delta rule, gated norm."""

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.config = c
        inner = c.gdn_heads * c.gdn_head_size
        self.attn_qkv = Matrix(c.width, 3 * inner)
        self.attn_gate = Matrix(c.width, inner)
        self.ssm_conv1d = Matrix(c.conv_kernel, 3 * inner)  # [channels, kernel]
        self.ssm_alpha = Matrix(c.width, c.gdn_heads)
        self.ssm_beta = Matrix(c.width, c.gdn_heads)
        # Decays from slow to fast over the heads; exp(a_log) is stored as -ssm_a in the file.
        self.a_log = nn.Parameter(torch.linspace(0.0, 1.4, c.gdn_heads))
        self.dt_bias = nn.Parameter(torch.linspace(0.01, 0.05, c.gdn_heads).expm1().log())
        self.ssm_norm = Norm(c.gdn_head_size, c.epsilon)
        self.ssm_out = Matrix(inner, c.width, zero=True)

    def convolve(self, x: Tensor, segments: Tensor | None) -> Tensor:
        """Causal depthwise convolution that does not look over the start of a segment."""
        taps = self.ssm_conv1d.weight
        last = taps.shape[1] - 1
        out = x * taps[:, last]
        for back in range(1, last + 1):
            earlier = F.pad(x, (0, 0, back, 0))[:, : x.shape[1]]
            if segments is not None:
                before = F.pad(segments, (back, 0), value=-1)[:, : x.shape[1]]
                earlier = earlier * (before == segments).unsqueeze(-1)
            out = out + earlier * taps[:, last - back]
        return F.silu(out)

    def forward(self, x: Tensor, segments: Tensor | None) -> Tensor:
        c = self.config
        mixed = self.convolve(self.attn_qkv(x), segments)
        q, k, v = mixed.unflatten(-1, (3 * c.gdn_heads, c.gdn_head_size)).transpose(1, 2).chunk(3, 1)
        q = q * torch.rsqrt(q.square().sum(-1, keepdim=True) + c.epsilon) * c.gdn_head_size**-0.5
        k = k * torch.rsqrt(k.square().sum(-1, keepdim=True) + c.epsilon)
        g = -self.a_log.exp() * F.softplus(self.ssm_alpha(x) + self.dt_bias)
        if segments is not None:
            starts = F.pad(segments[:, 1:] != segments[:, :-1], (1, 0))
            g = torch.where(starts.unsqueeze(-1), RESET, g)
        beta = self.ssm_beta(x).sigmoid()
        out = gated_delta_rule(q, k, v, g.transpose(1, 2), beta.transpose(1, 2))
        gate = self.attn_gate(x).unflatten(-1, (c.gdn_heads, c.gdn_head_size))
        return self.ssm_out((self.ssm_norm(out.transpose(1, 2)) * F.silu(gate)).flatten(2))


class Block(nn.Module):
    """Pre-norm block: mixer, then gated feed-forward."""

    def __init__(self, c: Config, attention: bool) -> None:
        super().__init__()
        self.attn_norm = Norm(c.width, c.epsilon)
        self.mixer = Attention(c) if attention else DeltaNet(c)
        self.post_attention_norm = Norm(c.width, c.epsilon)
        self.ffn_gate = Matrix(c.width, c.feed_forward)
        self.ffn_up = Matrix(c.width, c.feed_forward)
        self.ffn_down = Matrix(c.feed_forward, c.width, zero=True)

    def forward(self, x: Tensor, segments: Tensor | None) -> Tensor:
        x = x + self.mixer(self.attn_norm(x), segments)
        y = self.post_attention_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(y)) * self.ffn_up(y))


class Mtp(nn.Module):
    """The multi-token prediction block: one attention block on (next token, hidden state)."""

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.enorm = Norm(c.width, c.epsilon)
        self.hnorm = Norm(c.width, c.epsilon)
        self.eh_proj = Matrix(2 * c.width, c.width)
        self.block = Block(c, attention=True)
        self.shared_head_norm = Norm(c.width, c.epsilon)

    def forward(self, embedded: Tensor, hidden: Tensor, segments: Tensor | None) -> Tensor:
        x = self.eh_proj(torch.cat([self.enorm(embedded), self.hnorm(hidden)], -1))
        return self.shared_head_norm(self.block(x, segments))


class Model(nn.Module):
    """Trunk, tied head and MTP block."""

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.config = c
        self.token_embd = nn.Embedding(c.vocabulary, c.width)
        nn.init.normal_(self.token_embd.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(c, c.is_attention(i)) for i in range(c.layers))
        self.output_norm = Norm(c.width, c.epsilon)
        self.mtp = Mtp(c)

    def forward(self, ids: Tensor, segments: Tensor | None = None) -> Tensor:
        """Hidden states [B, T, d] after the final norm, of ids [B, T].

        `segments` [B, T] numbers the examples packed into a row: nothing is carried
        from one to the next.
        """
        x = self.token_embd(ids)
        for block in self.blocks:
            x = block(x, segments)
        return self.output_norm(x)

    def draft(self, next_ids: Tensor, hidden: Tensor, segments: Tensor | None = None) -> Tensor:
        """MTP hidden states [B, T, d]: position t sees hidden[t] and the token after it,
        and predicts the one after that."""
        return self.mtp(self.token_embd(next_ids), hidden, segments)

    def logits(self, hidden: Tensor) -> Tensor:
        """[..., d] to [..., V] through the tied embedding."""
        return hidden @ self.token_embd.weight.T
