"""Whether a model and its window fit into memory, and which window does, before anything is loaded.

Formulas as llama.cpp allocates: an attention layer keeps a key and a value of each head for every token; a recurrent
layer keeps its state and the last inputs of its convolution, in F32, for every sequence and every step that can be rolled
back (llama-kv-cache.cpp, llama-memory-recurrent.cpp; measured on a model with the dimensions of Qwen3.6-27B: 65,536 bytes
a token, 156,893,184 bytes a recurrent state). The weights stay in the file and are mapped: they can be read again, so too
many of them are slow and not an error.
"""

from dataclasses import dataclass, replace

from foretoken.models.gguf_header import Array, Header
from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.context import LANES_LARGE, LANES_SMALL, LARGE_MODEL, SEQUENCES_LARGE, SEQUENCES_SMALL
from foretoken.runtime.options import LoadOptions
from foretoken.runtime.tuning import CacheType, Speculation, Tuning

GIB = 1 << 30
LEAST_WINDOW = 2048  # tokens: less shows too little of a file
LITTLE = 64 << 20  # bytes
# Bytes for a calculation's buffers, about: they decide between two windows, but are no reason to refuse the last one.
CALCULATION = 128 << 20
FEW_SEQUENCES = 2  # work for one request at a time; more of them keep states ready, or serve several
BYTES = {CacheType.F32: 4.0, CacheType.F16: 2.0, CacheType.Q8_0: 34 / 32, CacheType.Q4_0: 18 / 32}
# Attention that keeps less for a token than the head sizes say.
UNLIKE = ("attention.sliding_window", "attention.kv_lora_rank", "attention.key_length_mla")


@dataclass(frozen=True, slots=True)
class Needs:
    """Bytes. weights: of the file. token: of the attention cache for each token, the draft block's with it. recurrent:
    of each sequence's states."""

    weights: int
    token: float
    recurrent: int

    def states(self, n_ctx: int, sequences: int) -> int:
        """What must be allocated beside the weights; the buffers of a calculation come on top."""
        return int(self.token * n_ctx) + self.recurrent * sequences


@dataclass(frozen=True, slots=True)
class Fit:
    """The options that fit. notice: a sentence for the user when they are not what was wanted, or when it will be slow."""

    options: LoadOptions
    notice: str = ""


def needs(header: Header, tuning: Tuning, weights: int) -> Needs:
    """What the model of this header takes. weights: bytes of its file, or files."""
    trunk, nextn = header.number("block_count"), header.number("nextn_predict_layers")
    trunk -= min(nextn, trunk)
    heads = _heads_of_layers(header, trunk)
    head_bytes = _head_bytes(header, tuning)
    token = sum(heads) * head_bytes
    mtp = nextn > 0 and tuning.mtp is not Speculation.OFF
    if mtp and heads:
        token += nextn * max(heads) * head_bytes
    if any(header.number(name) for name in UNLIKE):
        token = 0.0  # not known: what llama.cpp says when it allocates counts
    n_recurrent = sum(1 for count in heads if not count)
    rollback = min(tuning.n_draft, tuning.n_ubatch - 2) if tuning.drafts else 0
    return Needs(weights, token, n_recurrent * _recurrent_state(header) * (1 + rollback))


def surely_fits(options: LoadOptions, header: Header, weights: int) -> bool:
    """Whether it takes so little that nobody need be asked."""
    states = needs(header, options.tuning, weights).states(options.n_ctx, n_sequences(options.tuning, weights))
    return weights + states <= LITTLE


def choose(options: LoadOptions, header: Header, weights: int, available: int, swap: int = 0) -> Fit:
    """The options themselves when they fit, or with fewer sequences, or with a smaller window.

    available, swap: bytes that are free. Raises ModelUnavailable when even the smallest window cannot fit.
    """
    needed = needs(header, options.tuning, weights)
    n_train = header.number("context_length")
    wanted = min(options.n_ctx, n_train) if n_train > 0 else options.n_ctx
    sequences = n_sequences(options.tuning, weights)
    tries = _tries(wanted, sequences if needed.recurrent else FEW_SEQUENCES)
    for n_ctx, count in tries:
        buffers = 0 if (n_ctx, count) == tries[-1] else CALCULATION
        if needed.states(n_ctx, count) + buffers <= available + swap:
            break
    else:
        raise ModelUnavailable(_refusal(header, needed, min(wanted, LEAST_WINDOW), available))
    notices = []
    if n_ctx < wanted:
        options = replace(options, n_ctx=n_ctx)
        notices.append(smaller_window(n_ctx, wanted))
    if needed.recurrent and count < sequences:
        options = replace(options, tuning=frugal(options.tuning))
    if weights + needed.states(n_ctx, count) > available:
        notices.append(
            f"The model takes {_gib(weights + needed.states(n_ctx, count))}, and {_gib(available)} are free: "
            "parts of it are read from the disk again and again, which is slow. Choose a smaller one (model.path)."
        )
    return Fit(options, " ".join(notices))


def n_sequences(tuning: Tuning, weights: int) -> int:
    """llama.cpp sequences of a context, as ``Context`` makes it."""
    large = weights > LARGE_MODEL
    lanes = tuning.lanes or (LANES_LARGE if large else LANES_SMALL)
    return (tuning.sequences or (SEQUENCES_LARGE if large else SEQUENCES_SMALL)) + lanes - 1


def frugal(tuning: Tuning) -> Tuning:
    """As few sequences as do: one request at a time, and no states kept ready."""
    return replace(tuning, sequences=FEW_SEQUENCES, lanes=1)


def smaller_window(n_ctx: int, wanted: int) -> str:
    return f"There was room for a window of {n_ctx:,} tokens, not {wanted:,}."


def smaller(n_ctx: int) -> int | None:
    """The next window to try where ``n_ctx`` had no room; None when there is none."""
    return None if n_ctx <= LEAST_WINDOW else max(LEAST_WINDOW, n_ctx // 2)


def _tries(wanted: int, sequences: int) -> list[tuple[int, int]]:
    """(window, sequences), the best first. A spare sequence saves time; a window holds what the model is to know."""
    tries = [(wanted, sequences)]
    n_ctx: int | None = wanted
    while n_ctx is not None:
        tries.append((n_ctx, min(sequences, FEW_SEQUENCES)))
        n_ctx = smaller(n_ctx)
    return tries


def _heads_of_layers(header: Header, trunk: int) -> list[int]:
    """Key and value heads of each layer of the trunk; 0 for a recurrent one."""
    architecture, keys = header.architecture, header.keys
    stated = keys.get(f"{architecture}.attention.head_count_kv")
    alike = header.number("attention.head_count_kv", header.number("attention.head_count"))
    heads = list(header.numbers(stated))[:trunk] if isinstance(stated, Array) else [alike] * trunk
    recurrent = keys.get(f"{architecture}.attention.recurrent_layers")
    interval = header.number("full_attention_interval")
    if isinstance(recurrent, Array):
        return [0 if flag else count for count, flag in zip(heads, header.numbers(recurrent), strict=False)]
    if interval > 0 and header.number("ssm.state_size"):
        return [count if (layer + 1) % interval == 0 else 0 for layer, count in enumerate(heads)]
    return heads


def _head_bytes(header: Header, tuning: Tuning) -> float:
    n_head = header.number("attention.head_count")
    usual = header.number("embedding_length") // n_head if n_head else 0
    key, value = header.number("attention.key_length", usual), header.number("attention.value_length", usual)
    return key * BYTES[tuning.cache_k] + value * BYTES[tuning.cache_v]


def _recurrent_state(header: Header) -> int:
    """Bytes of one recurrent layer for one sequence."""
    inner, state = header.number("ssm.inner_size"), header.number("ssm.state_size")
    kernel, groups = header.number("ssm.conv_kernel"), header.number("ssm.group_count")
    return 4 * (state * inner + max(0, kernel - 1) * (inner + 2 * groups * state))


def _refusal(header: Header, needed: Needs, n_ctx: int, available: int) -> str:
    name = header.keys.get("general.name")
    return (
        f"{name if isinstance(name, str) else header.path.stem} needs about "
        f"{_gib(needed.states(n_ctx, FEW_SEQUENCES))} beside its weights with a window of {n_ctx:,} tokens; "
        f"{_gib(available)} are free. Close other programs, choose a smaller model (model.path), or turn model.mtp and "
        "model.lookup off."
    )


def _gib(size: float) -> str:
    return f"{size / GIB:.1f} GiB"
