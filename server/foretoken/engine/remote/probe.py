"""Finding out what the other server is and can do, by asking it."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from foretoken.engine.engine import EngineUnavailable
from foretoken.engine.remote.asking import answered, written
from foretoken.engine.remote.capabilities import Capabilities, Server, Way
from foretoken.engine.remote.connection import Connection, ServerRefused
from foretoken.engine.remote.families import USUAL_LAYOUT, Family, families
from foretoken.engine.remote.tokenizer import Tokenizer
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import GenerateRequest, Grammar, Priority
from foretoken.text.pieces import Special, Text

DEFAULT_N_CTX = 4096  # of a server that does not say
KEY_WRONG = (401, 403)
_TRIAL = (Special.FIM_PREFIX, Text("a = "), Special.FIM_SUFFIX, Text("\n"), Special.FIM_MIDDLE, Text("b"))


class ServerLoading(Exception):
    """The server is there, and not ready yet. The message is its own."""


async def probe(connection: Connection, wanted: str, has_key: bool) -> tuple[Capabilities, Tokenizer]:
    """What the server can do with the model ``wanted`` ("" = its first one).

    Raises ServerLost, ServerLoading, or EngineUnavailable with a sentence on what to do.
    """
    try:
        return await _Probe(connection, wanted).run()
    except ServerRefused as error:
        if error.status == 503:
            raise ServerLoading(str(error)) from error
        if error.status in KEY_WRONG:
            which = "does not accept the key" if has_key else "wants a key"
            raise EngineUnavailable(
                f"it {which}. Put the right one into a file or an environment variable, and name it with "
                "engine.api_key_file or engine.api_key_variable."
            ) from error
        raise EngineUnavailable(
            f"{str(error).rstrip('.')}. Look at engine.url: it is the address that /v1/models and /v1/completions follow."
        ) from error


class _Probe:
    def __init__(self, connection: Connection, wanted: str) -> None:
        self._connection = connection
        self._wanted = wanted

    async def run(self) -> tuple[Capabilities, Tokenizer]:
        models = _models(await self._connection.get("/v1/models"))
        if not models:
            await self._optional("/health")  # some say there, and only there, that they are loading it
        model = self._chosen(models)
        about = models[model]
        found = await self._server(model, about)
        tokenizer = Tokenizer(self._connection, found.server, model)
        found = await self._with_family(found, tokenizer)
        found = await self._with_way(found, tokenizer)
        if found.server is Server.VLLM:
            urgent = replace(found, priority=True)
            if await self._tried(urgent, tokenizer, Priority.PREFILL) is not None:
                found = urgent
        if found.way is Way.COMPLETION and not tokenizer.guarded:
            healing = replace(found, heals=True)
            if await self._tried(healing, tokenizer) is not None:
                found = healing
        return found, tokenizer

    def _chosen(self, models: Mapping[str, Mapping[str, Any]]) -> str:
        if not models:
            raise EngineUnavailable("it serves no model. Start it with one.")
        if not self._wanted:
            return next(iter(models))
        for name, about in models.items():
            if self._wanted == name or self._wanted in (about.get("aliases") or ()):
                return self._wanted if self._wanted in models else name
        raise EngineUnavailable(
            f"it has no model {self._wanted}; it has {', '.join(list(models)[:10])}. Correct engine.model."
        )

    async def _server(self, model: str, about: Mapping[str, Any]) -> Capabilities:
        meta = about.get("meta") if isinstance(about.get("meta"), dict) else {}
        found = Capabilities(
            Server.OTHER,
            "",
            model,
            Way.SUFFIX,
            _number(about.get("max_model_len")) or _number(meta.get("n_ctx")) or DEFAULT_N_CTX,
            _number(meta.get("n_params")),
            _number(meta.get("size")),
        )
        props = await self._optional("/props")
        if isinstance(props, dict) and isinstance(props.get("default_generation_settings"), dict):
            found = replace(found, n_ctx=_number(props["default_generation_settings"].get("n_ctx")) or found.n_ctx)
            if about.get("owned_by") == "llamacpp":  # others answer as it does, too, for editor plugins
                version = str(props.get("build_info", ""))
                return replace(found, server=Server.LLAMA_SERVER, version=version, way=Way.COMPLETION)
        version = await self._optional("/version")
        if isinstance(version, dict) and about.get("owned_by") == "vllm":
            return replace(found, server=Server.VLLM, version=str(version.get("version", "")), way=Way.TOKEN_IDS)
        return found

    async def _with_family(self, found: Capabilities, tokenizer: Tokenizer) -> Capabilities:
        """With the ids of the model's control tokens, where the server tokenizes and the model has such tokens."""
        if found.server is Server.OTHER:
            return found
        for family in families():
            token_ids = await _ids(family, tokenizer)
            if token_ids is None:
                continue
            text = family.texts[Special.FIM_PREFIX]
            if not tokenizer.guarded and token_ids[Special.FIM_PREFIX] in await tokenizer.plain(text):
                tokenizer.guarded = True  # an older llama-server, which cannot be told to take texts as plain text
                tokenizer.forget()
            bos = await tokenizer.beginning()
            return replace(found, family=family.name, layout=family.layout, token_ids=token_ids, bos=bos)
        return found

    async def _with_way(self, found: Capabilities, tokenizer: Tokenizer) -> Capabilities:
        """The first way that works, if possible with probabilities, and what answers can be held to there."""
        candidates = []
        if found.token_ids:
            grammars = {Grammar.JSON_SCHEMA} | ({Grammar.REGEX} if found.server is Server.VLLM else set())
            candidates = [replace(found, constraints=frozenset(grammars))]
        elif found.server is not Server.VLLM:
            # llama-server would take a suffix without a word, and without a look at it.
            ways = (Way.INFILL, Way.SUFFIX) if found.server is Server.OTHER else (Way.INFILL,)
            candidates = [replace(found, way=way, layout=USUAL_LAYOUT) for way in ways]
        usable = []
        for candidate in candidates:
            probabilities = await self._tried(candidate, tokenizer)
            if probabilities:
                return candidate
            if probabilities is not None:
                usable.append(replace(candidate, probabilities=False))
        if usable:
            return usable[0]
        raise EngineUnavailable(
            f"it has no way to fill in the middle with {found.model}. Choose a model that was trained for it, such as "
            "Qwen2.5-Coder, and llama-server or vLLM to serve it."
        )

    async def _tried(
        self, candidate: Capabilities, tokenizer: Tokenizer, priority: Priority = Priority.INLINE
    ) -> bool | None:
        """Whether tokens came with probabilities; None when this is not how the server is asked."""
        request = GenerateRequest(_TRIAL, 1, "probe", priority=priority)
        given = False
        try:
            body = (await written(request, candidate, tokenizer)).body
            async with contextlib.aclosing(answered(self._connection, candidate, body, CancelToken())) as chunks:
                async for chunk in chunks:
                    given = given or any(probability is not None for _, probability in chunk.tokens)
        except ServerRefused as error:
            if error.status in KEY_WRONG or error.status == 503:
                raise
            return None
        return given

    async def _optional(self, path: str) -> Any:
        """What ``path`` answers with; None when the server has no such thing."""
        try:
            return await self._connection.get(path)
        except ServerRefused as error:
            if error.status in KEY_WRONG or error.status == 503:
                raise
            return None


async def _ids(family: Family, tokenizer: Tokenizer) -> dict[Special, int] | None:
    """None when one of the family's tokens is none in this model, or two are the same (unknown to it)."""
    found: dict[Special, int] = {}
    try:
        for role, text in family.texts.items():
            token_id = await tokenizer.control(text)
            if token_id is None or token_id in found.values():
                return None
            found[role] = token_id
    except ServerRefused as error:
        if error.status in KEY_WRONG or error.status == 503:
            raise
        return None
    return found


def _models(answer: object) -> dict[str, Mapping[str, Any]]:
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list):
        raise ServerRefused(404, "its /v1/models is no list of models")
    return {entry["id"]: entry for entry in data if isinstance(entry, dict) and isinstance(entry.get("id"), str)}


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) and 0 < value < 1 << 62 else 0
