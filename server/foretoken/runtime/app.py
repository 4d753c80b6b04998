"""The runtime's HTTP surface: /load, /generate (one JSON object a line), /score, /tokenize, /cancel, /log, /health,
/metrics.

For programs of the same user on the same machine: bound to loopback, a bearer token on every path, and the Host
header checked so that a web page cannot reach it by rebinding a name to 127.0.0.1.
"""

import asyncio
import contextlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from foretoken.logs import set_level
from foretoken.runtime.counters import Counters
from foretoken.runtime.options import load_options_from_wire
from foretoken.runtime.status import RuntimeState, StatusBoard
from foretoken.runtime.worker import Failure, Scores, Worker
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GeneratedToken, GenerateRequest, ScoreRequest
from foretoken.text.wire import (
    WireError,
    cancel_id_from_wire,
    item_to_wire,
    request_from_wire,
    score_request_from_wire,
    scores_to_wire,
    texts_from_wire,
)

MAX_BODY = 16 << 20
LONG_POLL = 30.0
LEVELS = ("error", "warning", "info", "debug")
HOSTS = frozenset({"127.0.0.1", "localhost"})
Cancels = dict[str, CancelToken]


def create_app(secret: str, status: StatusBoard, worker: Worker, counters: Counters) -> ASGIApp:
    """The application; ``secret`` is the bearer token that every request must carry."""
    cancels: Cancels = {}

    async def load(request: Request) -> Response:
        options = load_options_from_wire(await _json(request))
        if not worker.load(options):
            return _error(409, "a model was named already; start another process for another model")
        return JSONResponse({})

    async def tokenize(request: Request) -> Response:
        texts = texts_from_wire(await _json(request))
        count = worker.count_tokens
        if count is None:
            return _error(503, status.status.message or "the model is not loaded yet")
        return JSONResponse({"counts": await asyncio.to_thread(lambda: [count(text) for text in texts])})

    async def cancel(request: Request) -> Response:
        token = cancels.get(cancel_id_from_wire(await _json(request)))
        if token is not None:
            token.cancel("client")
        return JSONResponse({"cancelled": token is not None})

    async def log(request: Request) -> Response:
        set_level(_log_level(await _json(request)))
        return JSONResponse({})

    async def health(request: Request) -> Response:
        """At once, or with ``?after=SERIAL`` when the status is newer than that (long poll)."""
        after = request.query_params.get("after", "-1")
        if not after.removeprefix("-").isdecimal():
            raise WireError("after must be a whole number")
        current = await status.newer_than(int(after), LONG_POLL)
        return JSONResponse(current.to_wire(), 503 if current.state is RuntimeState.FAILED else 200)

    async def metrics(_request: Request) -> Response:
        return PlainTextResponse(counters.prometheus())

    async def refused(_request: Request, error: Exception) -> Response:
        return _error(400, str(error))

    app = Starlette(
        routes=[
            Route("/load", load, methods=["POST"]),
            Route("/generate", Generate(worker, cancels), methods=["POST"]),
            Route("/score", ScoreCandidates(worker, cancels), methods=["POST"]),
            Route("/tokenize", tokenize, methods=["POST"]),
            Route("/cancel", cancel, methods=["POST"]),
            Route("/log", log, methods=["POST"]),
            Route("/health", health, methods=["GET"]),
            Route("/metrics", metrics, methods=["GET"]),
        ],
        exception_handlers={WireError: refused, BodyTooLarge: _too_large},
    )
    return Guard(app, secret)


class Guard:
    """Nothing passes without the bearer token and a loopback Host header."""

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self._app = app
        self._expected = f"Bearer {secret}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").rsplit(":", 1)[0]
        if host not in HOSTS:
            await _error(403, "only 127.0.0.1 and localhost are served")(scope, receive, send)
        elif not hmac.compare_digest(headers.get(b"authorization", b""), self._expected):
            await _error(401, "a bearer token is required")(scope, receive, send)
        else:
            await self._app(scope, receive, send)


Item = GeneratedToken | Finish | Scores | Failure


@contextlib.asynccontextmanager
async def submitted(
    worker: Worker, cancels: Cancels, request: GenerateRequest | ScoreRequest, receive: Receive
) -> AsyncIterator["asyncio.Queue[Item]"]:
    """The answer's items, while the worker is at it. A client that goes away cancels its request."""
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[Item] = asyncio.Queue()
    token = CancelToken()
    cancels[request.cancel_id] = token
    watch = loop.create_task(_cancel_on_disconnect(receive, token))
    worker.submit(request, token, lambda item: loop.call_soon_threadsafe(items.put_nowait, item))
    try:
        yield items
    finally:
        token.cancel("client")
        watch.cancel()
        if cancels.get(request.cancel_id) is token:
            del cancels[request.cancel_id]


class Generate:
    """Streams an answer, one JSON object a line."""

    def __init__(self, worker: Worker, cancels: Cancels) -> None:
        self._worker = worker
        self._cancels = cancels

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = request_from_wire(await _json(Request(scope, receive)))
        headers = [(b"content-type", b"application/x-ndjson")]
        async with submitted(self._worker, self._cancels, request, receive) as items:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            more = True
            while more:
                item = await items.get()
                more = isinstance(item, GeneratedToken)
                value = {"error": item.message} if isinstance(item, Failure) else item_to_wire(item)
                line = json.dumps(value, separators=(",", ":")).encode() + b"\n"
                await send({"type": "http.response.body", "body": line, "more_body": more})


class ScoreCandidates:
    """Answers how probable each candidate is."""

    def __init__(self, worker: Worker, cancels: Cancels) -> None:
        self._worker = worker
        self._cancels = cancels

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = score_request_from_wire(await _json(Request(scope, receive)))
        async with submitted(self._worker, self._cancels, request, receive) as items:
            item = await items.get()
        if isinstance(item, Scores):
            response: Response = JSONResponse(scores_to_wire(item.scores))
        elif isinstance(item, Failure):
            response = _error(422, item.message)
        else:
            response = _error(499, "the request was cancelled")
        await response(scope, receive, send)


class BodyTooLarge(Exception):
    """The body is longer than MAX_BODY bytes."""


async def _cancel_on_disconnect(receive: Receive, token: CancelToken) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    token.cancel("client")


async def _json(request: Request) -> Any:
    """The body, as JSON. Raises WireError or BodyTooLarge."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise BodyTooLarge
        return json.loads(body)
    except ClientDisconnect as error:
        raise WireError("the client left in the middle of the body") from error
    except (ValueError, RecursionError) as error:
        raise WireError(f"the body is not JSON: {error}") from error


def _log_level(value: object) -> str:
    level = value.get("level") if isinstance(value, dict) else None
    if level not in LEVELS:
        raise WireError(f"level must be one of {', '.join(LEVELS)}")
    return level


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)


async def _too_large(_request: Request, _error_: Exception) -> Response:
    return _error(413, f"the body is larger than {MAX_BODY >> 20} MiB")
