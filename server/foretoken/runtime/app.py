"""The runtime's HTTP surface: /generate (one JSON object a line), /score, /tokenize, /cancel, /health, /metrics; what
steers the process (``control.py``); and every other path is the gateway's.

For programs of the same user on the same machine (``guard.py``).
"""

import asyncio
import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from foretoken.runtime.bodies import MAX_BODY, BodyTooLarge, read_json
from foretoken.runtime.control import Control
from foretoken.runtime.counters import Counters
from foretoken.runtime.guard import Guard, error_response
from foretoken.runtime.jobs import Failure, Scores
from foretoken.runtime.lifetime import Lifetime
from foretoken.runtime.status import RuntimeState, StatusBoard
from foretoken.runtime.submitting import Cancels, TooManyRequests, submitted
from foretoken.runtime.worker import Worker
from foretoken.text.generation import GeneratedToken
from foretoken.text.wire import (
    WireError,
    cancel_id_from_wire,
    item_to_wire,
    request_from_wire,
    score_request_from_wire,
    scores_to_wire,
    texts_from_wire,
)

LONG_POLL = 30.0


def create_app(
    secret: str, status: StatusBoard, worker: Worker, counters: Counters, control: Control, gateway: ASGIApp
) -> ASGIApp:
    """The application; ``secret`` is the bearer token that every request must carry."""
    cancels: Cancels = {}

    async def tokenize(request: Request) -> Response:
        texts = texts_from_wire(await read_json(request))
        count = worker.count_tokens
        if count is None:
            return error_response(503, status.status.message or "the model is not loaded yet")
        return JSONResponse({"counts": await asyncio.to_thread(lambda: [count(text) for text in texts])})

    async def cancel(request: Request) -> Response:
        token = cancels.get(cancel_id_from_wire(await read_json(request)))
        if token is not None:
            token.cancel("client")
        return JSONResponse({"cancelled": token is not None})

    async def health(request: Request) -> Response:
        """At once, or with ``?after=SERIAL`` when the status is newer than that (long poll)."""
        after = request.query_params.get("after", "-1")
        if not after.removeprefix("-").isdecimal():
            raise WireError("after must be a whole number")
        current = await status.newer_than(int(after), LONG_POLL)
        code = 503 if current.state is RuntimeState.FAILED else 200
        return JSONResponse({**control.describe(), **current.to_wire()}, code)

    async def metrics(_request: Request) -> Response:
        return PlainTextResponse(counters.prometheus())

    async def refused(_request: Request, error: Exception) -> Response:
        return error_response(400, str(error))

    async def too_many(_request: Request, error: Exception) -> Response:
        return error_response(429, str(error))

    app = Starlette(
        routes=[
            Route("/generate", Counted(Generate(worker, cancels), control.lifetime), methods=["POST"]),
            Route("/score", Counted(ScoreCandidates(worker, cancels), control.lifetime), methods=["POST"]),
            Route("/tokenize", tokenize, methods=["POST"]),
            Route("/cancel", cancel, methods=["POST"]),
            Route("/health", health, methods=["GET"]),
            Route("/metrics", metrics, methods=["GET"]),
            *control.routes(),
            Mount("/", Counted(gateway, control.lifetime)),
        ],
        exception_handlers={WireError: refused, BodyTooLarge: _too_large, TooManyRequests: too_many},
    )
    return Guard(app, secret)


class Counted:
    """Lets the lifetime know that requests are being answered."""

    def __init__(self, app: ASGIApp, lifetime: Lifetime) -> None:
        self._app = app
        self._lifetime = lifetime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._lifetime.request_began()
        try:
            await self._app(scope, receive, send)
        finally:
            self._lifetime.request_ended()


class Generate:
    """Streams an answer, one JSON object a line."""

    def __init__(self, worker: Worker, cancels: Cancels) -> None:
        self._worker = worker
        self._cancels = cancels

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = request_from_wire(await read_json(Request(scope, receive)))
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
        request = score_request_from_wire(await read_json(Request(scope, receive)))
        async with submitted(self._worker, self._cancels, request, receive) as items:
            item = await items.get()
        if isinstance(item, Scores):
            response: Response = JSONResponse(scores_to_wire(item.scores))
        elif isinstance(item, Failure):
            response = error_response(422, item.message)
        else:
            response = error_response(499, "the request was cancelled")
        await response(scope, receive, send)


async def _too_large(_request: Request, _error: Exception) -> Response:
    return error_response(413, f"the body is larger than {MAX_BODY >> 20} MiB")
