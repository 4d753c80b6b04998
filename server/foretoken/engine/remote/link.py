"""Link: the way to one server whose capabilities are known."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from foretoken.engine.engine import EngineUnavailable
from foretoken.engine.remote.answer import Answer
from foretoken.engine.remote.asking import CHARS_PER_TOKEN, answered, written
from foretoken.engine.remote.capabilities import Capabilities
from foretoken.engine.remote.connection import Connection, ServerLost, ServerRefused
from foretoken.engine.remote.options import RemoteOptions
from foretoken.engine.remote.probe import probe
from foretoken.engine.remote.tokenizer import Tokenizer
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, FinishReason, GeneratedToken, GenerateRequest, ModelInfo, Timings

TOO_LONG = 400  # the status of a prompt that is, among others


class OtherModel(Exception):
    """The server answers with another model than the one that was found: token ids would mean something else."""


class Link:
    """For one event loop. What it raises beside EngineUnavailable: ServerLost, ServerRefused and OtherModel."""

    def __init__(
        self, options: RemoteOptions, connection: Connection, capabilities: Capabilities, tokenizer: Tokenizer
    ) -> None:
        self.where = options.where
        self.capabilities = capabilities
        self._options = options
        self._connection = connection
        self._tokenizer = tokenizer
        self._chars_per_token = CHARS_PER_TOKEN
        self._ends = frozenset(capabilities.token_ids.values())
        self.info = ModelInfo(
            name=capabilities.model.replace("\\", "/").rpartition("/")[2],
            architecture="unknown",
            n_ctx=capabilities.n_ctx,
            n_params=capabilities.n_params,
            size_bytes=capabilities.size_bytes,
            hybrid=False,
            fim=True,
            n_layer_nextn=0,
        )

    @property
    def greeting(self) -> str:
        """A sentence for the user, with the host that gets to see the code."""
        said = f"{self.info.name} at {self.where} is ready."
        if self._options.leaves_machine:
            plain = "" if self._options.encrypted else ", not encrypted"
            said += f" Parts of the files that you edit are sent to {self.where}{plain}."
        return said

    async def close(self) -> None:
        await self._connection.close()

    async def generate(self, request: GenerateRequest, cancel: CancelToken) -> AsyncIterator[GeneratedToken | Finish]:
        """The tokens, then one Finish."""
        try:
            async with contextlib.aclosing(self._generate(request, cancel)) as items:
                async for item in items:
                    yield item
        except ServerRefused as error:
            if error.status == TOO_LONG and not self.capabilities.tokenizes:  # the next request is cut to less
                self._chars_per_token = max(self._chars_per_token / 2, 1.0)
            raise

    async def _generate(self, request: GenerateRequest, cancel: CancelToken) -> AsyncIterator[GeneratedToken | Finish]:
        asked = await written(request, self.capabilities, self._tokenizer, self._chars_per_token)
        answer = Answer(request, self._ends, asked.healed)
        timings, reason = Timings(), None
        loop = asyncio.get_running_loop()
        began, first = loop.time(), 0.0
        async with contextlib.aclosing(answered(self._connection, self.capabilities, asked.body, cancel)) as chunks:
            async for chunk in chunks:
                if cancel.cancelled:
                    reason = FinishReason.CANCELLED
                    break
                if chunk.model and chunk.model != self.capabilities.model:
                    raise OtherModel(f"it serves {chunk.model} now")
                first = first or loop.time()
                timings = chunk.timings or timings
                shown, last = answer.take(chunk) if reason is None else ([], None)
                for token in shown:
                    yield token
                reason = reason or last
                if reason is not None and chunk.reason is None:
                    break  # the server would go on: leaving closes the connection
        if cancel.cancelled:
            reason = FinishReason.CANCELLED
        if reason is None:
            raise ServerLost("the answer ended in the middle")
        now = loop.time()
        if not timings.prompt_ms:  # by our own clock, the way to the server included
            timings = replace(
                timings, prompt_ms=((first or now) - began) * 1000, predicted_ms=(now - (first or now)) * 1000
            )
        yield Finish(reason, replace(timings, predicted_n=answer.predicted_n, dropped_n=asked.dropped_n))

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if not self.capabilities.tokenizes:
            raise EngineUnavailable(f"The server at {self.where} does not count tokens.")
        ids = await asyncio.gather(*(self._tokenizer.plain(text) for text in texts))
        return [len(token_ids) for token_ids in ids]

    async def metrics(self) -> dict[str, float]:
        """By the server's own names; a line that is no number is left out."""
        text = await self._connection.get("/metrics")
        found: dict[str, float] = {}
        for line in str(text).splitlines():
            name, _, value = line.rpartition(" ")
            if name and not line.startswith("#"):
                with contextlib.suppress(ValueError):
                    found[name] = float(value)
        return found


async def connect(options: RemoteOptions) -> Link:
    """Ask the server what it can do. Raises ServerLost, ServerLoading, or EngineUnavailable with what to do."""
    async with contextlib.AsyncExitStack() as unless_linked:
        connection = Connection(options)
        unless_linked.push_async_callback(connection.close)
        try:
            capabilities, tokenizer = await probe(connection, options.model, bool(options.api_key()))
        except EngineUnavailable as error:
            raise EngineUnavailable(f"The server at {options.where} cannot be used: {error}") from error
        unless_linked.pop_all()
    return Link(options, connection, capabilities, tokenizer)
