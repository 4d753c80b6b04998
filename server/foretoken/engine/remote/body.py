"""A request in the words of the other server. Unset numbers are named too: servers have defaults of their own."""

import json
import re
from collections.abc import Sequence

from foretoken.engine.engine import EngineUnavailable
from foretoken.engine.remote.capabilities import Capabilities, Server, Way
from foretoken.text.generation import Constraint, GenerateRequest, Grammar

# What llama-server says at the end of an answer, without the prompt and all the settings of the request.
FINAL_FIELDS = ("content", "tokens", "stop", "stop_type", "model", "tokens_predicted", "tokens_evaluated", "timings")
HEALING_TOKENS = 2  # that say again what was typed
HEALING_PROBABILITIES = (
    20  # of the likeliest tokens, to tell how likely one is among those that begin as what was typed
)
_NEW_NAMES = (0, 11)  # the vLLM from which on constraints are "structured_outputs"


def body_of_ids(
    request: GenerateRequest, capabilities: Capabilities, token_ids: Sequence[int], healed: str = ""
) -> dict[str, object]:
    """The body for ``Way.COMPLETION`` or ``Way.TOKEN_IDS``; the former's answer begins with ``healed``.

    Raises EngineUnavailable for a constraint it cannot have.
    """
    if capabilities.way is Way.COMPLETION:
        return {"prompt": list(token_ids)} | _native(request, capabilities) | _healing(request, healed)
    return {"prompt": list(token_ids)} | _openai(request, capabilities)


def body_of_texts(request: GenerateRequest, capabilities: Capabilities, before: str, after: str) -> dict[str, object]:
    """The body for ``Way.INFILL`` or ``Way.SUFFIX``. Raises EngineUnavailable for a constraint."""
    if capabilities.way is Way.INFILL:
        # llama-server takes "prompt" for text in which control tokens are parsed, so all stands in input_prefix.
        texts: dict[str, object] = {"input_prefix": before, "input_suffix": after, "prompt": ""}
        return texts | _native(request, capabilities)
    return {"prompt": before, "suffix": after} | _openai(request, capabilities)


def _native(request: GenerateRequest, capabilities: Capabilities) -> dict[str, object]:
    sampling = request.sampling
    greedy = sampling.temperature <= 0
    body: dict[str, object] = {
        "n_predict": request.n_predict,
        "stream": True,
        "cache_prompt": True,
        "return_tokens": True,
        "timings_per_token": True,
        "n_probs": int(_wants_probabilities(request)),
        "response_fields": list(FINAL_FIELDS),
        # These alone, in this order: a server started with penalties must not change what is asked for.
        "samplers": ["top_k"] if greedy else ["top_k", "top_p", "min_p", "temperature"],
        "temperature": sampling.temperature,
        "top_k": 1 if greedy else sampling.top_k,
        "top_p": sampling.top_p,
        "min_p": sampling.min_p,
        "seed": -1 if sampling.seed is None else sampling.seed,
        "stop": _stop_texts(request),
    }
    if request.constraint is not None:
        body["json_schema"] = _schema(request.constraint, capabilities)
    return body


def _healing(request: GenerateRequest, healed: str) -> dict[str, object]:
    """A grammar in llama.cpp's GBNF: the typed text, then anything."""
    if not healed:
        return {}
    literal = "".join(ch if ch.isascii() and ch.isalnum() else f"\\U{ord(ch):08X}" for ch in healed)
    more: dict[str, object] = {
        "grammar": f'root ::= "{literal}" [^\\x00]*',
        "n_predict": request.n_predict + HEALING_TOKENS,
        "n_probs": HEALING_PROBABILITIES if _wants_probabilities(request) else 0,
    }
    if "\n" in healed:
        more["stop"] = []
    return more


def _openai(request: GenerateRequest, capabilities: Capabilities) -> dict[str, object]:
    sampling = request.sampling
    body: dict[str, object] = {
        "model": capabilities.model,
        "max_tokens": max(request.n_predict, 1),
        "stream": True,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p if sampling.temperature > 0 else 1.0,
        "stop": _stop_texts(request),
    }
    if _wants_probabilities(request) and capabilities.probabilities:
        body["logprobs"] = 1
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if capabilities.server is Server.VLLM:
        body |= _vllm(request, capabilities)
    elif request.constraint is not None:
        raise _cannot(request.constraint, capabilities)
    return body


def _vllm(request: GenerateRequest, capabilities: Capabilities) -> dict[str, object]:
    """What goes beyond OpenAI's form. The zeros take back what a model's own generation_config would set."""
    sampling = request.sampling
    greedy = sampling.temperature <= 0
    body: dict[str, object] = {
        "top_k": 0 if greedy else sampling.top_k,
        "min_p": 0.0 if greedy else sampling.min_p,
        "repetition_penalty": 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "stop_token_ids": sorted(capabilities.token_ids.values()),
        "stream_options": {"include_usage": True},
    }
    if capabilities.priority:
        body["priority"] = int(request.priority)
    if request.constraint is not None:
        body |= _structured(request.constraint, capabilities)
    return body


def _structured(constraint: Constraint, capabilities: Capabilities) -> dict[str, object]:
    if constraint.grammar is Grammar.REGEX:
        name, value = "regex", constraint.text
    else:
        name, value = "json", _schema(constraint, capabilities)
    version = re.match(r"(\d+)\.(\d+)", capabilities.version)
    if version is not None and (int(version[1]), int(version[2])) < _NEW_NAMES:
        return {f"guided_{name}": value}
    return {"structured_outputs": {name: value}}


def _schema(constraint: Constraint, capabilities: Capabilities) -> object:
    if constraint.grammar is not Grammar.JSON_SCHEMA or Grammar.JSON_SCHEMA not in capabilities.constraints:
        raise _cannot(constraint, capabilities)
    try:
        return json.loads(constraint.text)
    except ValueError as error:
        raise EngineUnavailable(f"The JSON schema of the request is no JSON: {error}.") from error


def _cannot(constraint: Constraint, capabilities: Capabilities) -> EngineUnavailable:
    return EngineUnavailable(
        f"{capabilities.server.value} cannot hold an answer to a {constraint.grammar.value} grammar in the way that "
        "this needs. Use the built-in engine for it (an empty engine.url)."
    )


def _wants_probabilities(request: GenerateRequest) -> bool:
    return request.probabilities or request.min_probability > 0


def _stop_texts(request: GenerateRequest) -> list[str]:
    """An answer of one line is ended by the server itself, which leaves the connection open for the next one."""
    return ["\n"] if request.stop.max_lines == 1 and request.constraint is None else []
