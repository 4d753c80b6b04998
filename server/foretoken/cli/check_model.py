"""The doctor on the model: the file, what it says of itself, and whether it really answers."""

import asyncio
import hashlib
import time
from collections.abc import Iterator

from foretoken.cli.check import Check, State, count_text, size_text
from foretoken.cli.command import CommandError
from foretoken.cli.engine_session import loaded_engine
from foretoken.engine.engine import Engine, EngineUnavailable
from foretoken.engine.remote.chosen import ChosenEngine
from foretoken.models.memory import available_memory
from foretoken.models.resolve import ModelUnavailable, resolve_model
from foretoken.session.settings import Settings
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GenerateRequest, ModelInfo, Stop
from foretoken.text.pieces import Prompt, Special, Text

GROUP = "model"
HASH_LIMIT_BYTES = 2**30
SERVER_SECONDS = 5.0  # another server is there or it is not; one that loads its model says so
_LOGS = "The log files (below) may say more; `foretoken doctor --report` makes a bug report."
_BEFORE, _AFTER = "def add(a, b):\n    ", "\n\n\nprint(add(1, 2))\n"


def check_model(settings: Settings) -> Iterator[Check]:
    """Starts the real runtime; a large model takes its time. Or asks the other server that the settings name."""
    if settings.engine.url.strip():
        try:
            yield from asyncio.run(_try_server(settings))
        except (CommandError, EngineUnavailable) as error:
            yield Check(GROUP, "server", State.FAIL, str(error).splitlines()[0], "See engine.* in the settings.")
        return
    try:
        path = resolve_model(settings.model.path)
    except ModelUnavailable as error:
        yield Check(
            GROUP, "file", State.FAIL, str(error), "Correct model.path in the settings; empty = the shipped model."
        )
        return
    size = path.stat().st_size
    yield Check(GROUP, "file", State.OK, f"{path} ({size_text(size)})")
    if size <= HASH_LIMIT_BYTES:
        with path.open("rb") as file:
            yield Check(GROUP, "sha256", State.INFO, hashlib.file_digest(file, "sha256").hexdigest())
    if size > available_memory():
        yield Check(GROUP, "memory", State.WARN, "the file is larger than the free memory", "Use a smaller model.")
    try:
        yield from asyncio.run(_try(settings))
    except (CommandError, EngineUnavailable) as error:
        yield Check(GROUP, "runtime", State.FAIL, str(error).splitlines()[0], _LOGS)


async def _try(settings: Settings) -> list[Check]:
    started = time.perf_counter()
    async with loaded_engine(settings) as (engine, model):
        loaded = time.perf_counter() - started
        checks = [Check(GROUP, "runtime", State.OK, f"started and loaded the model in {loaded:.1f} s"), *_facts(model)]
        checks.append(await _tokenize(engine))
        checks.append(await _generate(engine, model))
        return checks


async def _try_server(settings: Settings) -> list[Check]:
    started = time.perf_counter()
    async with loaded_engine(settings, SERVER_SECONDS) as (engine, model):
        ms = (time.perf_counter() - started) * 1000
        checks = [Check(GROUP, "server", State.OK, f"{engine.status.message} It said what it can do in {ms:.0f} ms.")]
        remote = engine.remote if isinstance(engine, ChosenEngine) else None
        capabilities = remote.capabilities if remote is not None else None
        if capabilities is not None:
            checks += [Check(GROUP, "how", State.INFO, sentence) for sentence in capabilities.how]
            if capabilities.tokenizes:
                checks.append(await _tokenize(engine))
        checks.append(await _generate(engine, model))
        return checks


def _facts(model: ModelInfo) -> Iterator[Check]:
    kind = "hybrid (attention and recurrent layers)" if model.hybrid else "attention only"
    yield Check(GROUP, "name", State.INFO, f"{model.name}, {count_text(model.n_params)} parameters")
    yield Check(GROUP, "architecture", State.INFO, f"{model.architecture}, {kind}")
    yield Check(GROUP, "context", State.INFO, f"{model.n_ctx} tokens")
    if model.notice:
        yield Check(GROUP, "memory", State.WARN, model.notice, "A smaller model.n_ctx or another model.path avoids it.")
    yield Check(GROUP, "languages", State.INFO, ", ".join(model.languages) or "no limit known")
    if model.fim:
        yield Check(GROUP, "fill in the middle", State.OK, "yes")
    else:
        advice = "Inline suggestions need a model that was trained for it, such as Qwen2.5-Coder or Qwen3.6."
        yield Check(GROUP, "fill in the middle", State.FAIL, "no such tokens in its vocabulary", advice)
    if not model.n_layer_nextn:
        mtp = "no NextN block in the file: suggestions are the same, only later"
    else:
        mtp = "yes, it guesses ahead where that is faster" if model.mtp else "in the file, but not used (model.mtp)"
    yield Check(GROUP, "MTP drafts", State.INFO, mtp)


async def _tokenize(engine: Engine) -> Check:
    started = time.perf_counter()
    count = (await engine.count_tokens([_BEFORE]))[0]
    ms = (time.perf_counter() - started) * 1000
    good = 0 < count <= len(_BEFORE.encode())
    return Check(GROUP, "tokenizer", State.OK if good else State.FAIL, f"{count} tokens in {ms:.1f} ms", _LOGS)


async def _generate(engine: Engine, model: ModelInfo) -> Check:
    prompt: Prompt = (Text(_BEFORE),)
    if model.fim:
        prompt = (Special.FIM_PREFIX, Text(_BEFORE), Special.FIM_SUFFIX, Text(_AFTER), Special.FIM_MIDDLE, Text(""))
    request = GenerateRequest(prompt, n_predict=8, cancel_id="doctor", stop=Stop(max_lines=4))
    async for item in engine.generate(request, CancelToken()):
        if isinstance(item, Finish):
            timings = item.timings
            value = (
                f"{timings.prompt_n} tokens evaluated in {timings.prompt_ms:.1f} ms, "
                f"{timings.predicted_n} generated in {timings.predicted_ms:.1f} ms"
            )
            good = timings.predicted_n > 0
            return Check(GROUP, "answers", State.OK if good else State.WARN, value, "It generated nothing at all.")
    return Check(GROUP, "answers", State.FAIL, "the answer had no end", _LOGS)
