"""The requests as pydantic models: what /openapi.json describes, and what a body is checked against.

Every field that may be left out may be null, too, as many clients send it. Fields that are not here are ignored:
clients send a great many that only some servers know.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

MAX_PREDICT = 1 << 20
MAX_STOPS = 16
MAX_CHOICES = 8
MAX_PROMPTS = 16


def _whole(value: object) -> object:
    """JSON has one kind of number, and some clients write 10 as 10.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
StopText = Annotated[str, Field(max_length=1024)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[Whole, Field(ge=0, le=MAX_PREDICT)]
Stops = Annotated[list[StopText], Field(max_length=MAX_STOPS)]


class Body(BaseModel):
    # Strict: "10" is not a number. Strings stay what they are.
    model_config = ConfigDict(strict=True, extra="ignore")


class StreamOptions(Body):
    include_usage: bool | None = Field(None, description="Send one more chunk with the usage before [DONE].")


class Sampled(Body):
    """What all three ways of asking have in common."""

    model: str | None = Field(None, description="Ignored: one process serves one model.")
    temperature: Annotated[Number, Field(ge=0, le=100)] | None = Field(
        None, description="0 = always the most probable token. Left out: 0; in a chat 0.7."
    )
    top_p: Annotated[Number, Field(ge=0, le=1)] | None = Field(None, description="Left out: 1 (off); in a chat 0.8.")
    top_k: Annotated[Whole, Field(ge=-1, le=MAX_PREDICT)] | None = Field(
        None, description="0 or -1 = off. Left out: 0; in a chat 20."
    )
    min_p: Annotated[Number, Field(ge=0, le=1)] | None = Field(None, description="Left out: 0 (off).")
    n_predict: Annotated[Whole, Field(ge=-1, le=MAX_PREDICT)] | None = Field(
        None, description="llama.cpp's name for max_tokens. 0 = only get ready for the request that follows."
    )
    seed: Annotated[Whole, Field(ge=-(1 << 63), le=(1 << 64) - 1)] | None = Field(
        None, description="-1 or left out: another one each time. Of a larger one the lower 32 bits count."
    )
    stop: StopText | Stops | None = Field(
        None, description="The answer ends before any of these texts. Empty ones are ignored."
    )
    stream: bool | None = Field(None, description="Answer in server-sent events.")


class Completion(Sampled):
    """POST /v1/completions: text goes on. OpenAI's form."""

    prompt: str | Annotated[list[str], Field(min_length=1, max_length=MAX_PROMPTS)] = Field(
        description="What the answer goes on from. Without a suffix, control tokens of the model that are written "
        "out in it are meant as such; with a suffix nothing in it is. Where the middle of a text is asked for, what is "
        "typed of the line goes behind the token for the middle. Lists of token ids are not taken."
    )
    suffix: str | None = Field(None, description="What comes after the answer: the model fills in the middle.")
    max_tokens: Annotated[Whole, Field(ge=-1, le=MAX_PREDICT)] | None = Field(
        None,
        description="At most so many tokens; what the window has no room for is not generated. -1 or left out: "
        "until the model ends, or the window does.",
    )
    n: Annotated[Whole, Field(ge=1, le=MAX_CHOICES)] | None = Field(
        None, description="How many answers to each prompt."
    )
    echo: bool | None = Field(None, description="Begin the text with the prompt.")
    logprobs: Annotated[Whole, Field(ge=0, le=20)] | None = Field(
        None, description="Give the chosen tokens' logarithmic probabilities. Those of others are not given."
    )
    stream_options: StreamOptions | None = None
    user: str | None = Field(None, description="Ignored: all tools together have one share of the model.")

    @field_validator("prompt", mode="before")
    @classmethod
    def _no_token_ids(cls, value: Any) -> Any:
        if isinstance(value, list) and value and not isinstance(value[0], str):
            raise ValueError("token ids are not taken, send the text")
        return value


TEXT_PARTS = ("text", "input_text", "output_text", "refusal")


class Part(Body):
    type: str = Field(json_schema_extra={"enum": list(TEXT_PARTS)})
    text: str

    @field_validator("type")
    @classmethod
    def _is_text(cls, value: str) -> str:
        if value not in TEXT_PARTS:
            raise ValueError(f"parts of type {value[:40]!r} are not taken: this model reads text alone")
        return value


class Function(Body):
    name: str
    arguments: str | dict[str, Any] | None = None


class ToolCall(Body):
    id: str | None = None
    type: str | None = None
    function: Function


class Message(Body):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = Field(None, description="Parts are lines. Left out: nothing is said.")
    reasoning_content: str | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class JsonSchema(Body):
    name: str | None = None
    strict: bool | None = None
    json_schema: dict[str, Any] | None = Field(None, alias="schema")


class ResponseFormat(Body):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None
    json_object_schema: dict[str, Any] | None = Field(None, alias="schema", description="llama.cpp's place for it.")

    @model_validator(mode="after")
    def _has_schema(self) -> "ResponseFormat":
        if self.type == "json_schema" and self.constraint is None:
            raise ValueError("json_schema must have a schema")
        return self

    @property
    def constraint(self) -> dict[str, Any] | None:
        """The schema that the answer must match; None = there is none."""
        if self.type == "text":
            return None
        if self.type == "json_schema":
            own = self.json_schema.json_schema if self.json_schema else None
            return self.json_object_schema if own is None else own
        return {"type": "object"} if self.json_object_schema is None else self.json_object_schema


class Prediction(Body):
    type: Literal["content"]
    content: str | list[Part]

    @property
    def text(self) -> str:
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)


class Chat(Sampled):
    """POST /v1/chat/completions: the model's own chat template. OpenAI's form.

    Thinking is off unless it is asked for.
    """

    messages: Annotated[list[Message], Field(min_length=1, max_length=4096)] = Field(
        description="The last one may be the assistant's: the answer goes on from it."
    )
    max_tokens: Annotated[Whole, Field(ge=-1, le=MAX_PREDICT)] | None = None
    max_completion_tokens: Annotated[Whole, Field(ge=-1, le=MAX_PREDICT)] | None = Field(
        None, description="At most so many tokens, thinking included."
    )
    n: Annotated[Whole, Field(ge=1, le=MAX_CHOICES)] | None = None
    logprobs: bool | None = Field(None, description="Give the chosen tokens' logarithmic probabilities.")
    tools: list[dict[str, Any]] | None = Field(
        None, description="Given to the template. A call comes as the text in which the model writes it."
    )
    tool_choice: str | dict[str, Any] | None = Field(
        None,
        description="none: the tools are left out; auto. That one must be called (required, or its name) is refused.",
    )
    response_format: ResponseFormat | None = Field(None, description="The answer is made to match the schema.")
    reasoning_effort: str | None = Field(None, description="none = thinking off, anything else = on.")
    chat_template_kwargs: dict[str, Any] | None = Field(
        None, description="Further values for the template; enable_thinking switches thinking."
    )
    prediction: Prediction | None = Field(None, description="Text that the answer will mostly repeat; it is the draft.")
    stream_options: StreamOptions | None = None
    user: str | None = Field(None, description="Ignored: all tools together have one share of the model.")

    @field_validator("tool_choice")
    @classmethod
    def _is_free(cls, value: str | dict[str, Any] | None) -> str | dict[str, Any] | None:
        if value not in (None, "none", "auto"):
            raise ValueError("that a tool must be called is not supported: send auto or none, or a response_format")
        return value


class Extra(Body):
    text: str
    filename: str | None = None


class Infill(Sampled):
    """POST /infill: llama.cpp's form of filling in the middle, for editor plugins."""

    input_prefix: str = Field(description="What stands before, without the typed part of the line.")
    input_suffix: str = Field(description="What stands behind the cursor.")
    input_extra: Annotated[list[Extra], Field(max_length=4096)] | None = Field(None, description="Other files' texts.")
    prompt: str | None = Field(None, description="What is typed of the line; the answer goes on from it.")
    max_tokens: Annotated[Whole, Field(ge=-1, le=MAX_PREDICT)] | None = Field(None, description="As n_predict.")
    n_cmpl: Annotated[Whole, Field(ge=1, le=MAX_CHOICES)] | None = Field(
        None, description="How many answers; more than one come as a list."
    )
    n_indent: Count | None = Field(None, description="The answer ends before a line that is indented less.")
    t_max_predict_ms: Annotated[Whole, Field(ge=-1, le=1 << 40)] | None = Field(
        None, description="After this time the answer ends with its line."
    )
    t_max_prompt_ms: Annotated[Whole, Field(ge=-1, le=1 << 40)] | None = Field(
        None, description="Without effect, as in llama.cpp."
    )
    id_slot: Whole | None = None
    response_fields: Annotated[list[str], Field(max_length=256)] | None = Field(
        None, description="Only these fields of the answer; a/b = field b of a, under that name."
    )
