"""What llama.cpp takes for granted in a model's header, looked at before: it ends the process where it finds otherwise.

Each rule stands for an assertion, a division or an uncaught exception of the pinned commit (load_hparams and load_vocab in
src/llama-model.cpp, src/llama-vocab.cpp, ggml_compute_forward_rope in ggml/src/ggml-cpu/ops.cpp). What llama.cpp itself
refuses in words, such as a missing key or a tensor of another shape, is left to it.
"""

import math
from collections import Counter
from pathlib import Path

from foretoken.models.gguf_header import STRING, Array, DamagedModel, Header, read_header

MOST_LAYERS, MOST_EXPERTS = 512, 1024  # LLAMA_MAX_LAYERS, LLAMA_MAX_EXPERTS
ROPE_SCALINGS = ("none", "linear", "yarn", "longrope")
PLAIN = ("qwen", "llama")  # families whose heads are all alike
SECTIONED_ROPE = ("qwen35", "qwen35moe", "qwen2vl", "qwen3vl", "qwen3vlmoe", "paddleocr")
EPSILONS = ("attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon", "attention.group_norm_epsilon")
TOKENIZER, PRE = "tokenizer.ggml.model", "tokenizer.ggml.pre"
TOKENS, TOKEN_TYPES = "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"
BYTE_LEVEL, SENTENCE_PIECE = "gpt2", "llama"
NORMAL, USER_DEFINED = 1, 4  # types of tokens that have text
TENSOR_ALIGNMENT = 32  # bytes; of a file that is mapped, as ggml wants it
F32, INTEGERS = 0, range(24, 29)
# What is added to and multiplied with in F32, and what is multiplied as a matrix.
ALWAYS_F32 = ("norm.weight", ".bias", "ssm_a", "ssm_conv1d.weight")
MATRICES = tuple(
    f"{name}.weight"
    for name in ("attn_q", "attn_k", "attn_v", "attn_qkv", "attn_gate", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
)


def sound_header(path: Path) -> Header:
    """The header of a file that llama.cpp can be given. Raises ModelUnavailable, or DamagedModel naming what is wrong."""
    header = read_header(path)
    for check in (_layers, _experts, _floats, _heads, _rope, _recurrent, _tensors, _tokens, _token_types):
        problem = check(header)
        if problem:
            raise DamagedModel(f"The model file {path} is damaged: {problem}. Download or copy it again.")
    return header


def _layers(header: Header) -> str:
    if not _has(header, "block_count"):
        return ""
    layers, nextn = header.number("block_count"), header.number("nextn_predict_layers")
    if not 0 < layers <= MOST_LAYERS:
        return f"it says that it has {layers} layers"
    if not 0 <= nextn < layers:
        return f"it says that {nextn} of {layers} layers predict further tokens"
    if _has(header, "full_attention_interval") and header.number("full_attention_interval") <= 0:
        return "its full_attention_interval is 0"
    return ""


def _experts(header: Header) -> str:
    experts, used = header.number("expert_count"), header.number("expert_used_count")
    groups, groups_used = header.number("expert_group_count"), header.number("expert_group_used_count")
    if not 0 <= experts <= MOST_EXPERTS or not 0 <= used <= experts or (experts and not used):
        return f"it says that it uses {used} of {experts} experts"
    if groups < 0 or (groups and groups >= experts):
        return f"it says that {experts} experts form {groups} groups"
    if groups > 1 and (experts % groups or not 0 < groups_used < groups):
        return f"it says that it uses {groups_used} of {groups} groups of {experts} experts"
    return ""


def _floats(header: Header) -> str:
    for name in EPSILONS:
        value = header.keys.get(f"{header.architecture}.{name}", 0.0)
        if isinstance(value, float) and not (math.isfinite(value) and value >= 0):
            return f"its {name} is {value}"
    return ""


def _heads(header: Header) -> str:
    heads, kv = header.number("attention.head_count"), header.number("attention.head_count_kv")
    if header.architecture.startswith(PLAIN) and (heads < 0 or kv < 0 or (kv and heads % kv)):
        return f"{heads} attention heads cannot share {kv}"
    return ""


def _rope(header: Header) -> str:
    architecture, keys = header.architecture, header.keys
    length = _key_length(header)
    rotated = header.number("rope.dimension_count", length)
    if architecture.startswith(PLAIN) and length and (rotated <= 0 or rotated % 2 or rotated > length):
        return f"{rotated} numbers of a head of {length} cannot be rotated"
    sections = keys.get(f"{architecture}.rope.dimension_sections")
    if architecture in SECTIONED_ROPE and isinstance(sections, Array):
        sizes = header.numbers(sections)
        if min(sizes, default=0) < 0 or not 0 < sum(sizes[:4]) <= length or not any(sizes[:3]):
            return f"its rope.dimension_sections are {', '.join(map(str, sizes[:4])) or 'not there'}"
    scaling = keys.get(f"{architecture}.rope.scaling.type", "none")
    if isinstance(scaling, str) and scaling not in ROPE_SCALINGS:
        return f"its rope.scaling.type is {scaling[:40]!r}"
    return ""


def _recurrent(header: Header) -> str:
    if not header.architecture.startswith("qwen35"):
        return ""
    values, keys = header.number("ssm.time_step_rank"), header.number("ssm.group_count")
    state, inner = header.number("ssm.state_size"), header.number("ssm.inner_size")
    if values <= 0 or keys <= 0 or values % keys:
        return f"{values} recurrent heads of values cannot share {keys} of keys"
    if inner != values * state:
        return f"its ssm.inner_size is {inner} and not {values} times {state}"
    if _key_length(header) != header.number("attention.value_length", _usual_length(header)):
        return "its attention keys and values are of different lengths"
    return ""


def _tensors(header: Header) -> str:
    if header.tensors and header.data % TENSOR_ALIGNMENT:
        return "its tensors begin at an odd place"
    for name, tensor in header.tensors.items():
        if (name.endswith(ALWAYS_F32) and tensor.kind != F32) or (name.endswith(MATRICES) and tensor.kind in INTEGERS):
            return f"the tensor {name} has a number format that cannot be calculated with"
    return ""


def _tokens(header: Header) -> str:
    """No text may stand for two tokens, and whatever is not a token must be spelt with others."""
    tokens = header.keys.get(TOKENS)
    if not isinstance(tokens, Array) or tokens.kind != STRING:
        return ""
    seen = {text or b"[EMPTY_%d]" % number for number, text in enumerate(header.strings(TOKENS))}
    if len(seen) != tokens.count:
        return f"{tokens.count - len(seen)} of its {tokens.count} tokens are there twice"
    tokenizer = header.keys.get(TOKENIZER)
    if tokenizer == SENTENCE_PIECE and not all(b"<0x%02X>" % n in seen or bytes([n]) in seen for n in range(256)):
        return "it has no tokens for single bytes"
    if tokenizer == BYTE_LEVEL and header.keys.get(PRE) == "whitespace":
        return "its tokenizer leaves spaces out"
    return ""


def _token_types(header: Header) -> str:
    types = header.keys.get(TOKEN_TYPES)
    if header.keys.get(TOKENIZER) != BYTE_LEVEL or not isinstance(types, Array):
        return ""
    counts = Counter(header.numbers(types))
    if counts and 2 * (counts[NORMAL] + counts[USER_DEFINED]) < types.count:
        return "most of its tokens have no text"
    return ""


def _key_length(header: Header) -> int:
    return header.number("attention.key_length", _usual_length(header))


def _usual_length(header: Header) -> int:
    heads = header.number("attention.head_count")
    return header.number("embedding_length") // heads if heads > 0 else 0


def _has(header: Header, name: str) -> bool:
    return isinstance(header.keys.get(f"{header.architecture}.{name}"), int)
