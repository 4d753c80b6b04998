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
class Sampling:
    """How the next token is chosen. Names and meanings are llama.cpp's.

    temperature 0 = greedy, and the rest has no say. top_k 0, top_p 1 and min_p 0 = off; they cut in this order, before
    the temperature. seed: None = another one each time.
    """

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    seed: int | None = None


class Grammar(StrEnum):
    """The language that a constraint is written in."""

    LARK = "lark"  # llguidance's variant of Lark
    JSON_SCHEMA = "json_schema"
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class Constraint:
    """The answer must match ``text``, from its first token to its last; it ends where the grammar ends it."""

    grammar: Grammar
    text: str


class InvalidConstraint(Exception):
    """The grammar is wrong, too large or too costly, or the model's vocabulary cannot write what it asks for."""


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """One generation.

    prompt: pieces; when the last one is a Text after ``Special.FIM_MIDDLE`` it is what the user typed since the anchor.
    n_predict: at most this many model tokens (0 = only prefill, to warm the state).
    heal: re-generate the last token of the prompt, constrained to the bytes that were typed (token healing). The
        healed bytes are part of the prompt, so they are not sent back.
    min_probability: stop once the product of the token probabilities falls below it (0 = off). The token that
        crosses the line is still sent: what is shown is decided in ``postprocess``.
    probabilities: whether those of greedily chosen tokens are wanted; without them a token costs less, and they are
        said to be 1. A min_probability wants them in any case.
    n_reserve: tokens that the window keeps free beside the prompt even when n_predict is smaller, so that a prefill
        drops the same pieces as the request that it prepares.
    cancel_id: names the request for an explicit cancel; unique per client.
    owner: names the workspace that asks, for fairness and quotas between them; "" = nobody in particular.
    original: the text that the answer will mostly repeat (a rewrite's old text); it is the draft then.
    lookup: text beside the prompt that the answer may repeat in parts, such as the rest of the open file.
    Drafts never change the answer, only its speed.
    """

    prompt: Prompt
    n_predict: int
    cancel_id: str
    stop: Stop = field(default_factory=Stop)
    heal: bool = True
    min_probability: float = 0.0
    priority: Priority = Priority.INLINE
    sampling: Sampling = field(default_factory=Sampling)
    constraint: Constraint | None = None
    original: str = ""
    lookup: str = ""
    probabilities: bool = True
    n_reserve: int = 0
    owner: str = ""


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """How probable each of ``candidates`` is as the text that follows ``prompt``.

    max_rows: how many tokens may be evaluated beside the prompt (0 = answer from the prompt's own logits).
    owner: as in GenerateRequest.
    """

    prompt: Prompt
    candidates: tuple[str, ...]
    cancel_id: str
    max_rows: int = 64
    priority: Priority = Priority.COMPLETION
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """logprob: natural logarithm of the probability that the text goes on with the candidate.

    exact: False when the rows did not suffice; logprob is an upper bound then, from the candidate's first tokens.
    """

    logprob: float
    exact: bool


class FinishReason(StrEnum):
    END = "end"  # the model's own end token
    STOP = "stop"  # the Stop rule
    LENGTH = "length"  # n_predict
    UNLIKELY = "unlikely"  # min_probability
    REPETITION = "repetition"  # it had begun to say the same over and over
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class GeneratedToken:
    """A generated model token's text (may be empty while a UTF-8 character is incomplete) and its probability.

    probability: the model's own (softmax over the vocabulary, temperature 1), renormalised over the tokens that healing
    allows. A constraint does not renormalise it: forced says that the constraint forbade what would have been chosen,
    and the probability then says how much the model wanted the token all the same.
    """

    text: str
    probability: float
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Timings:
    """llama.cpp's names. Counts are model tokens, times are milliseconds.

    cache_n: tokens of the prompt whose state was reused; prompt_n: tokens evaluated for the prompt;
    predicted_n: tokens generated; dropped_n: prompt tokens left out because the window was full;
    restored: "" (nothing restored), "prefix" (cut a dense cache), "live" (went on from where the last answer ended),
    "file_on_disk" or the kind of the checkpoint. draft_n, draft_n_accepted: tokens that were guessed, and those of them
    that were right. decode_n: calls of the model for the generated tokens. prefill_rate, decode_rate: tokens a second,
    prompt's and generated, as measured over the last requests; 0 = not known yet.
    """

    cache_n: int = 0
    prompt_n: int = 0
    prompt_ms: float = 0.0
    predicted_n: int = 0
    predicted_ms: float = 0.0
    dropped_n: int = 0
    restored: str = ""
    draft_n: int = 0
    draft_n_accepted: int = 0
    decode_n: int = 0
    prefill_rate: float = 0.0
    decode_rate: float = 0.0


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
    mtp: its multi-token prediction block drafts. notice: a sentence for the user when it runs otherwise than was asked,
    such as with a smaller window; else "".
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
    mtp: bool = False
    notice: str = ""
