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

from model.gguf_layers import Q8_0, Dimensions, LayerWriter

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
# How much stronger than the trunk's the MTP block's noise is: so much that, at noise 1, a wrong hidden state turns one
# draft in three.
DRAFT_NOISE = 1.25


@dataclass(frozen=True)
class Shape:
    """kinds: one letter a layer, r(ecurrent) or a(ttention). nextn: with one MTP block behind them.

    n_vocab: size of the vocabulary, filled up with tokens that no text has and no answer holds; 0 = only real ones.
    quantized: the type of matrices (Q8_0, Q4_0), for files that would be large; None = F32, and only then is reuse exact
    to the last bit.
    """

    architecture: str
    kinds: str
    nextn: bool = False
    n_ctx: int = 2048
    sizes: Dimensions = Dimensions()
    n_vocab: int = 0
    quantized: gguf.GGMLQuantizationType | None = None

    @property
    def hybrid(self) -> bool:
        return "r" in self.kinds


HYBRID = Shape("qwen35", "rrra", nextn=True)
MOE = Shape("qwen35moe", "rrra", nextn=True, sizes=Dimensions(n_ff=32, expert_count=4, expert_used_count=2))
DENSE = Shape("qwen3", "aaa")
# The state, the heads and the layers of Qwen3.6-27B on a stream of 64 numbers: 107 MB, made and loaded in 0.4 s.
# A checkpoint has the real size, 156,894,364 bytes, and so has a token: 65,536 bytes in F16, 4,096 in the MTP context.
WIDE = Shape(
    "qwen35",
    "rrra" * 16,
    nextn=True,
    n_ctx=262_144,
    sizes=Dimensions(
        n_head=24, n_head_kv=4, head=256, state=128, group_count=16, time_step_rank=48, sections=(11, 11, 10, 0)
    ),
    quantized=Q8_0,
)


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
    noise: float = 1.0,
    controls: tuple[str, ...] = (),
    chat_template: str = "",
) -> Path:
    """Write the model to ``path`` and return it.

    specials False: no fill-in-the-middle tokens in the vocabulary. chain: bytes, each different, of which each one
    is followed by the next, and the last one by the end of text; the layers have no say then.

    controls: more control tokens, as a chat template writes them.

    noise: what the layers have to say. At 0 each token alone decides the next one, and the MTP block drafts it; the
    more noise, the more the context decides, and the less often the draft is right.

    Acceptance, one draft a round, greedy, seed 7, 3 prompts (1, 20, 150 tokens) of 120 tokens (test_make_gguf.py):

        noise     0 to 0.5   0.7    0.8    0.9    1.0    1.2    1.5
        HYBRID    1.00       0.94   0.79   0.59   0.37   0.10   0.01
        MOE       1.00       0.97   0.81   0.68   0.43   0.15   0.03

    Other seeds differ by 0.03 at noise 1; four drafts a round accept 0.16 and 0.20 of all there. WIDE has more layers
    and needs less: noise 0.1 gives 1.00, 0.15 about 0.7, 0.2 about 0.3 (one prompt, 50 tokens).
    """
    writer = gguf.GGUFWriter(str(path), shape.architecture)
    tokens = _vocabulary(writer, specials, controls, shape.n_vocab)
    if chat_template:
        writer.add_chat_template(chat_template)
    writer.add_name("tiny")
    if languages:
        writer.add_array("foretoken.languages", list(languages))
    writer.add_uint32("foretoken.n_prompt", shape.n_ctx // 2)
    _dimensions(writer, shape)
    random = np.random.default_rng(seed)
    layers = LayerWriter(writer, random, shape.sizes, shape.quantized)
    _ends(layers, random, tokens, len(SPECIALS) + len(controls), chain, shape)
    strength = 0.0 if chain else noise
    for number, kind in enumerate(shape.kinds):
        layers.layer(number, kind, shape.hybrid, strength)
    if shape.nextn:
        layers.mtp_block(len(shape.kinds), strength * DRAFT_NOISE)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _vocabulary(writer: gguf.GGUFWriter, specials: bool, more: tuple[str, ...], n_vocab: int) -> list[str]:
    """The tokens that are used: unused ones follow them in the file."""
    merges = learn_merges(SAMPLE, MERGES)
    tokens = [*byte_letters().values(), *dict.fromkeys(left + right for left, right in merges)]
    controls = [text for role, text in SPECIALS.items() if specials or role == "eos"] + list(more)
    unused = [f"unused_{number}" for number in range(n_vocab - len(tokens) - len(controls))]
    kinds = [gguf.TokenType.NORMAL] * len(tokens) + [gguf.TokenType.CONTROL] * len(controls)
    tokens += controls
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens + unused)
    writer.add_token_types(kinds + [gguf.TokenType.NORMAL] * len(unused))
    writer.add_token_merges([f"{left} {right}" for left, right in merges])
    writer.add_eos_token_id(tokens.index(SPECIALS["eos"]))
    writer.add_add_bos_token(False)
    return tokens


def _dimensions(writer: gguf.GGUFWriter, shape: Shape) -> None:
    sizes = shape.sizes
    writer.add_block_count(len(shape.kinds) + shape.nextn)
    writer.add_context_length(shape.n_ctx)
    writer.add_embedding_length(sizes.n_embd)
    writer.add_feed_forward_length(sizes.n_ff)
    writer.add_head_count(sizes.n_head)
    writer.add_head_count_kv(sizes.n_head_kv)
    writer.add_key_length(sizes.head)
    writer.add_value_length(sizes.head)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    if sizes.expert_count:
        writer.add_expert_count(sizes.expert_count)
        writer.add_expert_used_count(sizes.expert_used_count)
        writer.add_expert_feed_forward_length(sizes.n_ff)
        writer.add_expert_shared_feed_forward_length(sizes.n_ff)
    if shape.hybrid:
        writer.add_rope_dimension_count(sizes.head // 4)
        writer.add_rope_dimension_sections(sizes.sections)
        writer.add_ssm_conv_kernel(4)
        writer.add_ssm_state_size(sizes.state)
        writer.add_ssm_group_count(sizes.group_count)
        writer.add_ssm_time_step_rank(sizes.time_step_rank)
        writer.add_ssm_inner_size(sizes.values)
        writer.add_uint32(f"{shape.architecture}.full_attention_interval", shape.kinds.index("a") + 1)
        if shape.nextn:
            writer.add_uint32(f"{shape.architecture}.nextn_predict_layers", 1)


def _ends(
    layers: LayerWriter, random: np.random.Generator, tokens: list[str], n_controls: int, chain: bytes, shape: Shape
) -> None:
    embedding = random.normal(0, 1, (len(tokens), shape.sizes.n_embd)).astype(np.float32)
    ordinary = len(tokens) - n_controls
    output = np.zeros_like(embedding)
    if chain:
        letters = byte_letters()
        ids = [tokens.index(letters[byte]) for byte in chain] + [tokens.index(SPECIALS["eos"])]
        for here, following in zip(ids, ids[1:], strict=False):
            output[following] = embedding[here]
    else:
        output[random.permutation(ordinary)] = embedding[:ordinary] * 0.25
    unused = ((0, max(0, shape.n_vocab - len(tokens))), (0, 0))
    layers.add_matrix("token_embd.weight", np.pad(embedding, unused))
    layers.add_matrix("output.weight", np.pad(output, unused))
    layers.gain("output_norm.weight", shape.sizes.n_embd)
