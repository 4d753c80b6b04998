"""The one settings schema.

Every field carries its type, default, bounds and description; the reference page, the editors' schemas and the
error messages are made from them. A field marked ``PERSONAL`` may not be set by a workspace file: that file comes with
the repository, so anyone may have written it.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

PERSONAL: dict[str, Any] = {"workspace": False}


class _Section(BaseModel):
    """Strict: a quoted number is a mistake to name, not a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class InlineSettings(_Section):
    """Inline suggestions (ghost text)."""

    enabled: bool = Field(default=True, description="Offer inline suggestions.")
    automatic: bool = Field(
        default=True, description="Suggest while typing. Off: only when the editor asks explicitly."
    )
    max_lines: int = Field(
        default=8, ge=1, le=64, description="The longest suggestion, in lines. 1 = only the rest of the line."
    )
    max_tokens: int = Field(default=96, ge=1, le=2048, description="The longest suggestion, in model tokens.")
    min_probability: float = Field(
        default=0.45,
        ge=0.0,
        le=1.0,
        description="Show only as many tokens as stay together at least this probable. "
        "Higher = fewer and better suggestions.",
    )
    disabled_languages: tuple[str, ...] = Field(
        default=(), strict=False, description="LSP language ids in which nothing is suggested."
    )


class ModelSettings(_Section):
    """Which model runs, and how. No workspace may change it: a model is a file to load, and takes memory."""

    path: str = Field(
        default="", description="A GGUF file. Empty: the small model that ships inside.", json_schema_extra=PERSONAL
    )
    n_ctx: int = Field(
        default=8192,
        ge=512,
        le=1_048_576,
        description="Context window in tokens; never more than the model was made for.",
        json_schema_extra=PERSONAL,
    )
    threads: int = Field(
        default=0, ge=0, le=1024, description="CPU threads. 0 = all cores but one.", json_schema_extra=PERSONAL
    )
    gpu_layers: int = Field(
        default=-1,
        ge=-1,
        description="Layers to put on the GPU when llama.cpp was built for one. -1 = all.",
        json_schema_extra=PERSONAL,
    )
    mtp: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Guess ahead with the model's own multi-token prediction, where its file has it. The suggestions are "
        "the same, sooner. auto = as long as it is measured to be faster. Guessing ahead, with mtp or lookup, takes four times "
        "the memory for recurrent states: 2.9 instead of 0.7 GiB for Qwen3.6-27B.",
        json_schema_extra=PERSONAL,
    )
    lookup: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Guess ahead by copying from the prompt. The suggestions are the same, sooner.",
        json_schema_extra=PERSONAL,
    )
    cache_type: Literal["f32", "f16", "q8_0", "q4_0"] = Field(
        default="f16",
        description="Number format of the attention cache. q8_0 takes half the memory of f16, q4_0 a quarter; both lose "
        "a little accuracy.",
        json_schema_extra=PERSONAL,
    )
    lora: tuple[str, ...] = Field(
        default=(),
        strict=False,
        description="LoRA adapters for this model: whole paths of GGUF files.",
        json_schema_extra=PERSONAL,
    )
    linger_seconds: int = Field(
        default=60,
        ge=0,
        le=86_400,
        description="How long the model stays loaded after the last window that used it was closed, so that reopening the "
        "editor is warm.",
        json_schema_extra=PERSONAL,
    )
    idle_minutes: int = Field(
        default=30,
        ge=0,
        le=10_080,
        description="After so many minutes without a request the model is unloaded to free its memory; the next request "
        "loads it again. 0 = never. While gateway.enabled it stays.",
        json_schema_extra=PERSONAL,
    )
    state_cache_mib: int = Field(
        default=1024,
        ge=0,
        le=1_048_576,
        description="Disk space, in MiB, for what the model has read of your repositories, so that a restart is warm. It "
        "holds their text; it is in your cache folder, readable by you alone. 0 = nothing is kept, and what was is deleted. "
        "Prompts hold no repository context yet, so nothing is written today.",
        json_schema_extra=PERSONAL,
    )


class EngineSettings(_Section):
    """Another server that answers in place of the built-in engine: llama-server, vLLM, or one that speaks like them. No
    workspace may set it: what you edit would go to whoever wrote that workspace."""

    url: str = Field(
        default="",
        description="Its address, such as http://127.0.0.1:8080. Parts of the files that you edit are sent there, for every "
        "suggestion. Empty: the built-in engine, and nothing leaves this machine.",
        json_schema_extra=PERSONAL,
    )
    model: str = Field(
        default="",
        description="Which of its models, by the name that it gives it. Empty: the first one.",
        json_schema_extra=PERSONAL,
    )
    api_key_file: str = Field(
        default="",
        description="A file that holds the server's key and nothing else. The key itself belongs in no settings file.",
        json_schema_extra=PERSONAL,
    )
    api_key_variable: str = Field(
        default="",
        description="The environment variable that holds the key, when there is no engine.api_key_file.",
        json_schema_extra=PERSONAL,
    )
    ca_file: str = Field(
        default="",
        description="A PEM file with the certificate authority of a server whose certificate is its owner's own work. Empty: "
        "those that this machine trusts.",
        json_schema_extra=PERSONAL,
    )


class BackgroundSettings(_Section):
    """Work that nobody waits for: reading ahead what the next suggestions need."""

    on_battery: bool = Field(
        default=False,
        description="Go on with it while the machine runs on its battery. Off: it pauses, and the first suggestion after a "
        "change elsewhere in the file comes later.",
        json_schema_extra=PERSONAL,
    )


class IndexSettings(_Section):
    """What is known of the workspace's files: definitions, references, imports. It holds no source text, is in your cache
    folder, readable by you alone, and `foretoken index --remove` deletes it."""

    enabled: bool = Field(default=True, description="Index the workspace folders, in a process of its own.")
    watch: Literal["auto", "self", "off"] = Field(
        default="auto",
        description="How changes by other programs are noticed. auto = the editor tells where it can, else the folders that "
        "hold indexed files are watched. self = they are watched always. off = not at all: only what you edit and save here, "
        "and everything at the next start.",
    )
    max_files: int = Field(
        default=200_000,
        ge=1,
        le=10_000_000,
        description="Index so many files of a workspace folder at most.",
        json_schema_extra=PERSONAL,
    )


class LogSettings(_Section):
    """Log files. Nothing of your source is written unless the level is debug."""

    level: Literal["error", "warning", "info", "debug"] = Field(
        default="info", description="How much is written. debug includes source text.", json_schema_extra=PERSONAL
    )


class GatewaySettings(_Section):
    """A door for tools that do not speak LSP, such as llama.vim: OpenAI's and llama.cpp's HTTP requests on a fixed port."""

    enabled: bool = Field(default=False, description="Open the port.", json_schema_extra=PERSONAL)
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="The address to listen on. Anything but 127.0.0.1 lets other machines ask, who hold the token.",
        json_schema_extra=PERSONAL,
    )
    port: int = Field(
        default=8012,
        ge=1,
        le=65_535,
        description="The port; 8012 is where llama.vim and llama.vscode look.",
        json_schema_extra=PERSONAL,
    )
    token_file: str = Field(
        default="",
        description="A file that holds the bearer token, which every request must carry, and nothing else; it is made when "
        "it is not there. Empty: one in your data folder; `foretoken engine status` names it.",
        json_schema_extra=PERSONAL,
    )
    without_token: bool = Field(
        default=False,
        description="Answer without a token, for tools that cannot send one. Every user and program of this machine can ask "
        "then; only with host 127.0.0.1.",
        json_schema_extra=PERSONAL,
    )


class Settings(_Section):
    """All settings. A key is written ``section.name``, such as ``inline.max_lines``."""

    inline: InlineSettings = InlineSettings()
    model: ModelSettings = ModelSettings()
    engine: EngineSettings = EngineSettings()
    background: BackgroundSettings = BackgroundSettings()
    index: IndexSettings = IndexSettings()
    gateway: GatewaySettings = GatewaySettings()
    log: LogSettings = LogSettings()
