"""Tiny GGUF models for tests: the real architectures, two hundred thousand random numbers, loaded in milliseconds.

The vocabulary is byte-level BPE (all 256 bytes, some merges learnt from a line of code, the control tokens), so
text is tokenized as by a real model. The output matrix is a permutation of the embeddings, so greedy text is not one
token for ever, and the layers are strong enough that a wrong state changes the logits.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

SPECIALS = {
    "eos": "<|endoftext|>",
    "fim_pre": "<|fim_prefix|>",
    "fim_suf": "<|fim_suffix|>",
    "fim_mid": "<|fim_middle|>",
    "fim_pad": "<|fim_pad|>",
    "fim_rep": "<|repo_name|>",
    "fim_sep": "<|file_sep|>",
}
SAMPLE = (
    "    def __init__(self, name, value):\n        self.name = name\n        self.value = value\n"
    "    return self.value if value is not None else name\nfor item in items:\n    print(item)\nimport os\nfrom typing"
)
MERGES = 160
HIDDEN, HEAD, FEED = 64, 32, 96


@dataclass(frozen=True)
class Shape:
    """kinds: one letter a layer, r(ecurrent) or a(ttention). nextn: with one MTP block behind them."""

    architecture: str
    kinds: str
    nextn: bool = False
    n_ctx: int = 2048


HYBRID = Shape("qwen35", "rrra", nextn=True)
DENSE = Shape("qwen3", "aaa")


def byte_letters() -> dict[int, str]:
    """GPT-2's printable letter for each byte (openai/gpt-2, encoder.py: bytes_to_unicode)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + n) for n, byte in enumerate(rest)}


def learn_merges(sample: str, count: int) -> list[tuple[str, str]]:
    """Byte-pair encoding inside words, most frequent pair first; ties by the alphabet."""
    letters = byte_letters()
    words = [[letters[b] for b in word.encode()] for word in sample.replace(" ", "\0 ").split("\0")]
    merges: list[tuple[str, str]] = []
    while len(merges) < count:
        pairs = Counter(pair for word in words for pair in zip(word, word[1:], strict=False))
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for word in words:
            at = 0
            while at < len(word) - 1:
                if (word[at], word[at + 1]) == best:
                    word[at : at + 2] = ["".join(best)]
                at += 1
    return merges


def write_model(
    path: Path,
    shape: Shape,
    seed: int = 7,
    languages: tuple[str, ...] = ("python",),
    specials: bool = True,
    chain: bytes = b"",
) -> Path:
    """Write the model to ``path`` and return it.

    specials False: no fill-in-the-middle tokens in the vocabulary. chain: bytes, each different, of which each one
    is followed by the next, and the last one by the end of text; the layers have no say then.
    """
    writer = gguf.GGUFWriter(str(path), shape.architecture)
    tokens = _vocabulary(writer, specials)
    writer.add_name("tiny")
    if languages:
        writer.add_array("foretoken.languages", list(languages))
    writer.add_uint32("foretoken.n_prompt", shape.n_ctx // 2)
    _dimensions(writer, shape)
    random = np.random.default_rng(seed)
    _ends(writer, random, tokens, chain)
    strength = 0.0 if chain else 1.0
    for number, kind in enumerate(shape.kinds):
        _layer(writer, random, number, kind, shape.architecture, strength)
    if shape.nextn:
        _mtp_block(writer, random, len(shape.kinds), shape.architecture)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _vocabulary(writer: gguf.GGUFWriter, specials: bool) -> list[str]:
    merges = learn_merges(SAMPLE, MERGES)
    tokens = [*byte_letters().values(), *dict.fromkeys(left + right for left, right in merges)]
    controls = [text for role, text in SPECIALS.items() if specials or role == "eos"]
    kinds = [gguf.TokenType.NORMAL] * len(tokens) + [gguf.TokenType.CONTROL] * len(controls)
    tokens += controls
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([f"{left} {right}" for left, right in merges])
    writer.add_eos_token_id(tokens.index(SPECIALS["eos"]))
    writer.add_add_bos_token(False)
    return tokens


def _dimensions(writer: gguf.GGUFWriter, shape: Shape) -> None:
    arch = shape.architecture
    writer.add_block_count(len(shape.kinds) + shape.nextn)
    writer.add_context_length(shape.n_ctx)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FEED)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    if arch == "qwen35":
        writer.add_rope_dimension_count(HEAD // 4)
        writer.add_rope_dimension_sections([2, 1, 1, 0])
        writer.add_ssm_conv_kernel(4)
        writer.add_ssm_state_size(HEAD)
        writer.add_ssm_group_count(2)
        writer.add_ssm_time_step_rank(2)
        writer.add_ssm_inner_size(2 * HEAD)
        writer.add_uint32(f"{arch}.full_attention_interval", len(shape.kinds))
        if shape.nextn:
            writer.add_uint32(f"{arch}.nextn_predict_layers", 1)


def _ends(writer: gguf.GGUFWriter, random: np.random.Generator, tokens: list[str], chain: bytes) -> None:
    embedding = random.normal(0, 1, (len(tokens), HIDDEN)).astype(np.float32)
    ordinary = len(tokens) - len(SPECIALS)
    output = np.zeros_like(embedding)
    if chain:
        letters = byte_letters()
        ids = [tokens.index(letters[byte]) for byte in chain] + [tokens.index(SPECIALS["eos"])]
        for here, following in zip(ids, ids[1:], strict=False):
            output[following] = embedding[here]
    else:
        output[random.permutation(ordinary)] = embedding[:ordinary] * 0.25
    _add(writer, "token_embd.weight", embedding)
    _add(writer, "output.weight", output)
    _gain(writer, "output_norm.weight", HIDDEN, 1.0)


def _layer(
    writer: gguf.GGUFWriter, random: np.random.Generator, number: int, kind: str, arch: str, strength: float
) -> None:
    block = f"blk.{number}"
    _gain(writer, f"{block}.attn_norm.weight", HIDDEN, strength)
    _gain(writer, f"{block}.{'post_attention_norm' if arch == 'qwen35' else 'ffn_norm'}.weight", HIDDEN, strength)
    _matrix(writer, random, f"{block}.ffn_gate.weight", HIDDEN, FEED)
    _matrix(writer, random, f"{block}.ffn_up.weight", HIDDEN, FEED)
    _matrix(writer, random, f"{block}.ffn_down.weight", FEED, HIDDEN)
    if kind == "r":
        _recurrent(writer, random, block)
    else:
        _attention(writer, random, block, gated=arch == "qwen35")


def _attention(writer: gguf.GGUFWriter, random: np.random.Generator, block: str, gated: bool) -> None:
    heads = 2 * HEAD
    _matrix(writer, random, f"{block}.attn_q.weight", HIDDEN, heads * (1 + gated))
    _matrix(writer, random, f"{block}.attn_k.weight", HIDDEN, HEAD)
    _matrix(writer, random, f"{block}.attn_v.weight", HIDDEN, HEAD)
    _matrix(writer, random, f"{block}.attn_output.weight", heads, HIDDEN)
    _gain(writer, f"{block}.attn_q_norm.weight", HEAD)
    _gain(writer, f"{block}.attn_k_norm.weight", HEAD)


def _recurrent(writer: gguf.GGUFWriter, random: np.random.Generator, block: str) -> None:
    inner = 2 * HEAD
    _matrix(writer, random, f"{block}.attn_qkv.weight", HIDDEN, 3 * inner)
    _matrix(writer, random, f"{block}.attn_gate.weight", HIDDEN, inner)
    _add(writer, f"{block}.ssm_conv1d.weight", random.normal(0, 0.5, (3 * inner, 4)).astype(np.float32))
    _add(writer, f"{block}.ssm_dt.bias", random.normal(0, 0.5, 2).astype(np.float32))
    # A slow decay, so that the state remembers hundreds of tokens.
    _add(writer, f"{block}.ssm_a", np.array([-0.01, -0.05], np.float32))
    _matrix(writer, random, f"{block}.ssm_beta.weight", HIDDEN, 2)
    _matrix(writer, random, f"{block}.ssm_alpha.weight", HIDDEN, 2)
    _gain(writer, f"{block}.ssm_norm.weight", HEAD)
    _matrix(writer, random, f"{block}.ssm_out.weight", inner, HIDDEN)


def _mtp_block(writer: gguf.GGUFWriter, random: np.random.Generator, number: int, arch: str) -> None:
    _layer(writer, random, number, "a", arch, 1.0)
    _matrix(writer, random, f"blk.{number}.nextn.eh_proj.weight", 2 * HIDDEN, HIDDEN)
    _gain(writer, f"blk.{number}.nextn.enorm.weight", HIDDEN)
    _gain(writer, f"blk.{number}.nextn.hnorm.weight", HIDDEN)
    _gain(writer, f"blk.{number}.nextn.shared_head_norm.weight", HIDDEN)


def _matrix(writer: gguf.GGUFWriter, random: np.random.Generator, name: str, rows_in: int, rows_out: int) -> None:
    _add(writer, name, random.normal(0, 1.2 / np.sqrt(rows_in), (rows_out, rows_in)).astype(np.float32))


def _gain(writer: gguf.GGUFWriter, name: str, size: int, value: float = 1.0) -> None:
    _add(writer, name, np.full(size, value, np.float32))


def _add(writer: gguf.GGUFWriter, name: str, value: np.ndarray) -> None:
    writer.add_tensor(name, np.ascontiguousarray(value))
