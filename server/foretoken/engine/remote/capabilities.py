"""What another server can do, as it was found by asking it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from foretoken.text.generation import Grammar
from foretoken.text.pieces import Special


class Server(StrEnum):
    LLAMA_SERVER = "llama-server"
    VLLM = "vLLM"
    OTHER = "an OpenAI-compatible server"


class Way(StrEnum):
    """How a prompt is told to the server."""

    COMPLETION = "/completion"  # llama-server's own: token ids, with timings
    TOKEN_IDS = "/v1/completions"  # token ids in OpenAI's form
    INFILL = "/infill"  # texts before and after; the server puts in its control tokens
    SUFFIX = "/v1/completions with suffix"  # the same in OpenAI's form

    @property
    def path(self) -> str:
        return self.value.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """n_ctx: tokens of one request's window. token_ids: of the control tokens; with a way that sends texts there are none.

    family, layout: see ``families``. bos: the ids that every prompt begins with. priority: requests may say how urgent
    they are. probabilities: each token comes with its own. heals: the last typed token can be generated anew. version:
    of the server, "" = it did not say.
    """

    server: Server
    version: str
    model: str
    way: Way
    n_ctx: int
    n_params: int = 0
    size_bytes: int = 0
    family: str = ""
    layout: tuple[str, ...] = ()
    token_ids: Mapping[Special, int] = field(default_factory=dict)
    bos: tuple[int, ...] = ()
    probabilities: bool = True
    priority: bool = False
    heals: bool = False
    constraints: frozenset[Grammar] = frozenset()

    @property
    def tokenizes(self) -> bool:
        """Whether texts are tokenized there, special parsing off, and sent as ids."""
        return self.way in (Way.COMPLETION, Way.TOKEN_IDS)

    @property
    def how(self) -> tuple[str, ...]:
        """Sentences on how the server is used, and on what it cannot do, for the user."""
        version = f" {self.version}" if self.version else ""
        said = [f"{self.server.value}{version} serves {self.model} with a window of {self.n_ctx} tokens."]
        if self.tokenizes:
            said.append(f"Prompts go to {self.way.value} as token ids, in the form of {self.family}.")
        else:
            said.append(f"Prompts go to {self.way.value}; the server puts the text before and after together itself.")
            said.append("It does not count tokens, so a long file is cut by an estimate.")
        if not self.probabilities:
            said.append("It gives no probabilities: inline.min_probability has no effect.")
        if not self.heals:
            said.append("What is typed is never read anew from within its last token (no token healing).")
        if not self.priority:
            said.append("Requests wait for each other in the order in which they come.")
        if self.constraints:
            said.append(f"Answers can be held to {', '.join(sorted(grammar.value for grammar in self.constraints))}.")
        return tuple(said)
