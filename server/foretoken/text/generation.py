"""What is asked of a model and what it answers: values shared by the engine's clients and the runtime."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from foretoken.text.pieces import Prompt


class Priority(IntEnum):
    """Who goes first when the model is busy; lower values first (DESIGN: scheduler)."""

    INLINE = 0
    NEXT_EDIT = 1
    COMPLETION = 2
    CODE_ACTION = 3
    REFACTOR = 4
    PREFILL = 5


@dataclass(frozen=True, slots=True)
class Stop:
    """When generated text is complete, beside the model's own end token. See ``text.stop.stop_at``.

    max_lines: how many lines may be generated, the one under the cursor included; 1 = the rest of the line.
    min_indent: stop before a non-blank line (after the first) whose indentation in columns is smaller; None = off.
    """

    max_lines: int = 1
    min_indent: int | None = None


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """One generation.

    prompt: pieces; when the last one is a Text after ``Special.FIM_MIDDLE`` it is what the user typed since the anchor.
    n_predict: at most this many model tokens (0 = only prefill, to warm the state).
    heal: re-generate the last token of the prompt, constrained to the bytes that were typed (token healing). The
        healed bytes are part of the prompt, so they are not sent back.
    min_probability: stop once the product of the token probabilities falls below it (0 = off). The token that
        crosses the line is still sent: what is shown is decided in ``postprocess``.
    cancel_id: names the request for an explicit cancel; unique per client.
    """

    prompt: Prompt
    n_predict: int
    cancel_id: str
    stop: Stop = field(default_factory=Stop)
    heal: bool = True
    min_probability: float = 0.0
    priority: Priority = Priority.INLINE


class FinishReason(StrEnum):
    END = "end"  # the model's own end token
    STOP = "stop"  # the Stop rule
    LENGTH = "length"  # n_predict
    UNLIKELY = "unlikely"  # min_probability
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class GeneratedToken:
    """A generated model token's text (may be empty while a UTF-8 character is incomplete) and its probability.

    The probability is the model's own (softmax over the vocabulary, temperature 1), renormalised over the tokens
    that healing allows.
    """

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Timings:
    """llama.cpp's names. Counts are model tokens, times are milliseconds.

    cache_n: tokens of the prompt whose state was reused; prompt_n: tokens evaluated for the prompt;
    predicted_n: tokens generated; dropped_n: prompt tokens left out because the window was full;
    restored: "" (nothing restored), "prefix" (cut a dense cache) or the kind of the checkpoint.
    """

    cache_n: int = 0
    prompt_n: int = 0
    prompt_ms: float = 0.0
    predicted_n: int = 0
    predicted_ms: float = 0.0
    dropped_n: int = 0
    restored: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """The last value of every stream."""

    reason: FinishReason
    timings: Timings


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What the loaded model says of itself.

    languages: LSP language ids that the model knows; empty = no limit known. fim: the FIM tokens are there.
    n_prompt: tokens of a prompt that the server should keep to, as the model's file says; 0 = its whole window.
    """

    name: str
    architecture: str
    n_ctx: int
    n_params: int
    size_bytes: int
    hybrid: bool
    fim: bool
    n_layer_nextn: int
    languages: tuple[str, ...] = ()
    n_prompt: int = 0
