"""HTTP to the other server: one place that sends, and that says in one sentence what went wrong."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from foretoken.engine.engine import EngineUnavailable
from foretoken.engine.remote.options import RemoteOptions
from foretoken.text.cancel import CancelToken

# Servers close idle connections after five seconds; a request must not meet one that is being closed.
KEEP_ALIVE = 4.0
CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 120.0  # a long prompt on a slow machine is evaluated without a word
ANSWER_LIMIT = 16 << 20  # bytes of a whole answer
LINE_LIMIT = 1 << 20
TRIES = 3
ERROR_CHARACTERS = 300
LOST = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, ConnectionError, TimeoutError)


class ServerLost(Exception):
    """The server cannot be reached, or the connection ended in the middle."""


class ServerRefused(Exception):
    """The server answered with an error; the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Connection:
    """For one event loop and one set of options; ``close`` ends all that is open. Raises EngineUnavailable when the
    options themselves cannot be used."""

    def __init__(self, options: RemoteOptions) -> None:
        self._base = options.base
        self._responses: set[aiohttp.ClientResponse] = set()
        key = options.api_key()
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE, ssl=_trusted(options.ca_file)),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS),
            trust_env=False,  # neither a proxy nor a password file is to have a say in where code goes
            read_bufsize=LINE_LIMIT,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        # Closing the session alone would leave readers waiting for ever: aiohttp wakes them by their responses only.
        for response in tuple(self._responses):
            response.close()
        await self._session.close()

    async def get(self, path: str) -> Any:
        """The JSON that ``path`` answers with; text as it is. Raises ServerLost or ServerRefused."""
        async with self._response("GET", path) as response:
            return await _content(response)

    async def post(self, path: str, body: Mapping[str, object]) -> Any:
        """See ``get``."""
        async with self._response("POST", path, body) as response:
            return await _content(response)

    @contextlib.asynccontextmanager
    async def stream(
        self, path: str, body: Mapping[str, object], cancel: CancelToken
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A streamed answer, with its head read. A cancel, or leaving the ``with`` early, closes the connection, which
        is how both llama-server and vLLM are told to stop. Raises ServerLost, for its body too, or ServerRefused."""
        async with self._response("POST", path, body, cancel) as response:
            await _raise_for_error(response)
            yield response

    @contextlib.asynccontextmanager
    async def _response(
        self, method: str, path: str, body: Mapping[str, object] | None = None, cancel: CancelToken | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        loop = asyncio.get_running_loop()
        try:
            async with await self._sent(method, self._base + path, body, cancel) as response:
                if cancel is not None:
                    cancel.on_cancel(lambda: loop.call_soon_threadsafe(response.close))
                self._responses.add(response)
                try:
                    yield response
                finally:
                    self._responses.discard(response)
        except aiohttp.ClientConnectorCertificateError as error:
            reason = (
                f"its certificate is not trusted ({error.certificate_error}); name its authority with engine.ca_file"
            )
            raise ServerLost(reason) from error
        except aiohttp.ClientConnectorError as error:
            raise ServerLost(error.os_error.strerror or str(error.os_error)) from error
        except LOST as error:
            raise ServerLost(str(error) or type(error).__name__) from error
        except aiohttp.ClientError as error:
            raise ServerLost(f"what it sends is not HTTP: {error}") from error

    async def _sent(
        self, method: str, url: str, body: Mapping[str, object] | None, cancel: CancelToken | None
    ) -> aiohttp.ClientResponse:
        """The response, its head read. A kept connection may have been closed meanwhile (llama-server closes each after
        100 requests), so a request that was not answered at all is sent again."""
        loop = asyncio.get_running_loop()
        for left in reversed(range(TRIES)):
            if self._session.closed:
                raise ServerLost("the connection was closed")
            # A redirect may lead to another host, which the user did not name.
            request = asyncio.ensure_future(self._session.request(method, url, json=body, allow_redirects=False))
            if cancel is not None:  # while the prompt is evaluated there is no response yet that could be closed
                cancel.on_cancel(partial(loop.call_soon_threadsafe, request.cancel))
            try:
                return await request
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                if not left or isinstance(error, aiohttp.ClientConnectorError):
                    raise
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if cancel is None or not cancel.cancelled or (task is not None and task.cancelling()):
                    raise
                raise ServerLost("the request was cancelled") from None
        raise AssertionError("the last try returns or raises")


async def lines(response: aiohttp.ClientResponse) -> AsyncIterator[Any]:
    """The JSON objects of a stream of server-sent events, up to its end. Raises ServerRefused for what is none."""
    try:
        while line := await response.content.readline():
            name, _, data = line.decode("utf-8", "replace").partition(":")
            if name == "error":  # llama-server, older ones
                raise ServerRefused(500, _message(_json(data)) or "the generation failed")
            if name != "data" or not (data := data.strip()):
                continue
            if data == "[DONE]":
                return
            event = _json(data)
            if not isinstance(event, dict):
                raise ServerRefused(502, f"it sent what is no part of an answer: {data[:ERROR_CHARACTERS]}")
            if event.get("error"):
                raise ServerRefused(500, _message(event) or "the generation failed")
            yield event
    except aiohttp.http_exceptions.LineTooLong as error:
        raise ServerRefused(502, "it sent a line that is too long") from error


async def _content(response: aiohttp.ClientResponse) -> Any:
    await _raise_for_error(response)
    data = await _read(response)
    if response.content_type == "application/json":
        value = _json(data)
        if value is None:
            raise ServerRefused(502, "its answer is no JSON")
        return value
    return data


async def _read(response: aiohttp.ClientResponse) -> str:
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > ANSWER_LIMIT:
            raise ServerRefused(502, f"its answer is longer than {ANSWER_LIMIT >> 20} MiB")
    return data.decode("utf-8", "replace")


async def _raise_for_error(response: aiohttp.ClientResponse) -> None:
    status = response.status
    if status == 200:
        return
    if 300 <= status < 400:
        raise ServerRefused(status, f"it redirects to {response.headers.get('Location', 'another address')}")
    text = await _read(response)
    message = _message(_json(text)) or text.strip().partition("\n")[0] or response.reason or ""
    raise ServerRefused(status, f"HTTP {status}: {_shown(message)}".rstrip(" :"))


def _message(value: object) -> str:
    """The sentence in an error's JSON, in the forms that servers have for it."""
    if not isinstance(value, dict):
        return ""
    error = value.get("error", value)
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or ""
    return _shown(error) if isinstance(error, str) else ""


def _shown(text: str) -> str:
    return "".join(ch if ch.isprintable() else " " for ch in text)[:ERROR_CHARACTERS]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _trusted(ca_file: str) -> ssl.SSLContext | bool:
    if not ca_file:
        return True
    path = Path(ca_file).expanduser()
    try:
        return ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError) as error:
        raise EngineUnavailable(f"{path} (engine.ca_file) is no certificate file that can be read: {error}.") from error
