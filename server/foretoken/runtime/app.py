"""The runtime's HTTP surface: /load, /generate (one JSON object a line), /score, /tokenize, /cancel, /log, /health,
/metrics.

For programs of the same user on the same machine (``guard.py``).
"""

import asyncio
import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from foretoken.logs import set_level
from foretoken.runtime.bodies import MAX_BODY, BodyTooLarge, read_json
from foretoken.runtime.counters import Counters
from foretoken.runtime.guard import Guard, error_response
from foretoken.runtime.options import load_options_from_wire
from foretoken.runtime.status import RuntimeState, StatusBoard
from foretoken.runtime.submitting import Cancels, submitted
from foretoken.runtime.worker import Failure, Scores, Worker
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
LEVELS = ("error", "warning", "info", "debug")


def create_app(secret: str, status: StatusBoard, worker: Worker, counters: Counters) -> ASGIApp:
    """The application; ``secret`` is the bearer token that every request must carry."""
    cancels: Cancels = {}

    async def load(request: Request) -> Response:
        options = load_options_from_wire(await read_json(request))
        if not worker.load(options):
            return error_response(409, "a model was named already; start another process for another model")
        return JSONResponse({})

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

    async def log(request: Request) -> Response:
        set_level(_log_level(await read_json(request)))
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
        return error_response(400, str(error))

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


def _log_level(value: object) -> str:
    level = value.get("level") if isinstance(value, dict) else None
    if level not in LEVELS:
        raise WireError(f"level must be one of {', '.join(LEVELS)}")
    return level


async def _too_large(_request: Request, _error: Exception) -> Response:
    return error_response(413, f"the body is larger than {MAX_BODY >> 20} MiB")
