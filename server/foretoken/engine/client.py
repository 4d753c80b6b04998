"""The runtime's HTTP surface, from the asking side."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any

import aiohttp

from foretoken.engine.life import Life
from foretoken.engine.options import GatewayOptions
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import (
    Finish,
    FinishReason,
    GeneratedToken,
    GenerateRequest,
    Score,
    ScoreRequest,
    Timings,
)
from foretoken.text.wire import item_from_wire, request_to_wire, score_request_to_wire, scores_from_wire

KEEP_ALIVE = 600.0  # seconds; the runtime keeps idle connections longer, so a request never meets a closed one
CLOSE_SECONDS = 1.0
LINE_LIMIT = 1 << 20
LOST = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, ConnectionError, TimeoutError)


class RuntimeGone(Exception):
    """The connection to the runtime was lost."""


class RuntimeRefused(Exception):
    """The runtime answered with an error; the message is its own."""


class RuntimeClient:
    """For one event loop. Connections are kept open and used again."""

    def __init__(self, port: int, token: str) -> None:
        self._session = aiohttp.ClientSession(
            f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {token}"},
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5.0),
            trust_env=False,  # a proxy must never see the user's code
            auto_decompress=False,
            read_bufsize=LINE_LIMIT,
        )
        self._closing = False
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._responses: set[aiohttp.ClientResponse] = set()
        self._background: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "RuntimeClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End everything that is open: whoever waits for an answer gets RuntimeGone."""
        self._closing = True
        # Closing the session alone would leave readers waiting for ever: aiohttp wakes them by their responses only.
        for response in tuple(self._responses):
            response.close()
        if self._in_flight:
            # Not wait_for: in Python 3.11 it swallows a cancel that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._idle.wait()
        await self._session.close()

    @contextlib.asynccontextmanager
    async def _request(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request. Raises RuntimeGone, also for what the body of the ``with`` meets, and RuntimeRefused."""
        if self._closing:
            raise RuntimeGone("the connection is closed")
        self._in_flight += 1
        self._idle.clear()
        try:
            async with self._session.request(method, path, **options) as response:
                self._responses.add(response)
                try:
                    if self._closing:
                        raise RuntimeGone("the connection is closed")
                    yield response
                finally:
                    self._responses.discard(response)
        except LOST as error:
            raise RuntimeGone(str(error) or type(error).__name__) from error
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()

    async def load(self, options: Mapping[str, object]) -> bool:
        """``RuntimeOptions.to_wire``, and what /load takes besides. Whether the process is shared now."""
        return bool((await self._post("/load", options)).get("shared"))

    async def attach(self, name: str) -> AsyncIterator[dict[str, Any]]:
        """What /attach says, for as long as the runtime lives; ends when it leaves. Raises RuntimeGone, RuntimeRefused."""
        async with self._request("GET", "/attach", params={"name": name}) as response:
            await _raise_for_error(response)
            while line := await response.content.readline():
                yield json.loads(line)

    async def detach(self, window: int, linger: bool) -> bool:
        """See /detach: whether the process leaves, once what it is answering is done."""
        return (await self._post("/detach", {"window": window, "linger": linger}))["leaving"]

    async def rename(self, window: int, name: str) -> None:
        await self._post("/window", {"window": window, "name": name})

    async def set_life(self, life: Life) -> None:
        await self._post("/life", life.to_wire())

    async def set_gateway(self, window: int, options: GatewayOptions) -> dict[str, Any]:
        """What an attached window wants of the gateway's port. Where it is now, and what is in its way: {"host", "port",
        "without_token", "problem"}."""
        return await self._post("/gateway", {**options.to_wire(), "window": window})

    async def stop(self) -> int:
        """Ask the process to leave; how many windows were attached."""
        return (await self._post("/stop", {}))["windows"]

    async def set_log_level(self, level: str) -> None:
        """One of ``log.level``'s values."""
        await self._post("/log", {"level": level})

    async def health(self, after: int = -1) -> dict[str, Any]:
        """The runtime's status, once its serial is above ``after`` (long poll). Raises RuntimeGone."""
        async with self._request("GET", "/health", params={"after": str(after)}) as response:
            return await response.json()

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return (await self._post("/tokenize", {"texts": list(texts)}))["counts"]

    async def metrics(self) -> dict[str, float]:
        """The runtime's counters and rates by name, without prefix and suffix; labels stay: ``restored{kind="tail"}``."""
        async with self._request("GET", "/metrics") as response:
            lines = (await response.text()).splitlines()
        pairs = (line.split() for line in lines if not line.startswith("#"))
        return {_metric(name): float(value) for name, value in pairs}

    async def score(self, request: ScoreRequest, cancel: CancelToken) -> tuple[Score, ...]:
        """The candidates' scores. Raises Cancelled, RuntimeGone, RuntimeRefused or WireError."""
        cancel.check()
        loop = asyncio.get_running_loop()
        try:
            async with self._request("POST", "/score", json=score_request_to_wire(request)) as response:
                await _raise_for_error(response)
                cancel.on_cancel(lambda: loop.call_soon_threadsafe(self._give_up, request.cancel_id, response))
                return scores_from_wire(await response.json())
        except (RuntimeGone, RuntimeRefused):
            cancel.check()
            raise

    async def cancel(self, cancel_id: str) -> bool:
        """Whether such a request was being served."""
        return (await self._post("/cancel", {"cancel_id": cancel_id}))["cancelled"]

    async def generate(self, request: GenerateRequest, cancel: CancelToken) -> AsyncIterator[GeneratedToken | Finish]:
        """Stream an answer; a cancelled one ends at once. Raises RuntimeGone, RuntimeRefused or RemoteError."""
        loop = asyncio.get_running_loop()
        if cancel.cancelled:
            yield Finish(FinishReason.CANCELLED, Timings())
            return
        try:
            async with self._request("POST", "/generate", json=request_to_wire(request)) as response:
                await _raise_for_error(response)
                # Closing is what wakes the reader below; the explicit cancel reaches the runtime even so.
                cancel.on_cancel(lambda: loop.call_soon_threadsafe(self._give_up, request.cancel_id, response))
                while line := await response.content.readline():
                    item = item_from_wire(json.loads(line))
                    if cancel.cancelled:
                        break
                    yield item
                    if isinstance(item, Finish):
                        return
        except RuntimeGone:
            if not cancel.cancelled:
                raise
        if not cancel.cancelled:
            raise RuntimeGone("the answer ended in the middle")
        yield Finish(FinishReason.CANCELLED, Timings())

    def _give_up(self, cancel_id: str, response: aiohttp.ClientResponse) -> None:
        if response.closed or response.content.at_eof():
            return
        response.close()
        task = asyncio.get_running_loop().create_task(self._cancel_quietly(cancel_id))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _cancel_quietly(self, cancel_id: str) -> None:
        """A runtime that is gone, or a client that is closed, needs no cancel."""
        try:
            await self.cancel(cancel_id)
        except (RuntimeGone, RuntimeRefused):
            return

    async def _post(self, path: str, body: object) -> Any:
        async with self._request("POST", path, json=body) as response:
            await _raise_for_error(response)
            return await response.json()


def _metric(name: str) -> str:
    name, brace, labels = name.partition("{")
    return name.removeprefix("foretoken_").removesuffix("_total") + brace + labels


async def _raise_for_error(response: aiohttp.ClientResponse) -> None:
    if response.status == 200:
        return
    try:
        message = (await response.json())["error"]
    except (aiohttp.ContentTypeError, ValueError, KeyError, TypeError):
        message = f"HTTP status {response.status}"
    raise RuntimeRefused(str(message))
