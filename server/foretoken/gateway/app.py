"""The HTTP application for other tools. It lives in the model process and asks the worker as the native surface does."""

import contextlib
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from foretoken.gateway.answering import answering
from foretoken.gateway.bounds import TemplateFailed
from foretoken.gateway.chat import ChatReply
from foretoken.gateway.chat_template import ChatTemplate
from foretoken.gateway.completions import CompletionReply
from foretoken.gateway.conversation import Chatting
from foretoken.gateway.errors import ApiError, on_api_error, on_defect, on_http_error
from foretoken.gateway.guard import Access, Guard
from foretoken.gateway.infill import InfillReply
from foretoken.gateway.leaving import watching
from foretoken.gateway.listing import health_object, models_object, props_object
from foretoken.gateway.openapi import description
from foretoken.gateway.readiness import Ready, ready
from foretoken.gateway.reading import read
from foretoken.gateway.replying import GivenUp, Reply, reply_stream, reply_whole
from foretoken.gateway.schemas import Chat, Completion, Infill
from foretoken.gateway.working import LargeBodies, worked
from foretoken.runtime.counters import Counters
from foretoken.runtime.status import RuntimeState, StatusBoard
from foretoken.runtime.submitting import Cancels
from foretoken.runtime.worker import Worker

Schema = TypeVar("Schema", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Limits:
    """In seconds. body: for a whole request to arrive. load: how long a request waits for the model. silence: after so
    long without a token a stream gives a sign of life. unread: a client that takes nothing for so long is given up."""

    body: float = 30.0
    load: float = 60.0
    silence: float = 15.0
    unread: float = 120.0


def create_gateway(
    worker: Worker, status: StatusBoard, counters: Counters, access: Access, limits: Limits | None = None
) -> ASGIApp:
    """The application; ``access`` says who may ask."""
    chatters = Chatters()
    bounds = limits or Limits()
    large = LargeBodies()

    async def models(_request: Request) -> Response:
        return JSONResponse(models_object(status.status))

    async def one_model(request: Request) -> Response:
        asked = request.path_params["model"]
        for model in models_object(status.status)["data"]:
            if model["id"] == asked:
                return JSONResponse(model)
        raise ApiError(
            404, f"There is no model {asked[:100]!r} here; GET /v1/models names it.", "model", "model_not_found"
        )

    async def health(_request: Request) -> Response:
        current = status.status
        return JSONResponse(health_object(current), 200 if current.state is RuntimeState.READY else 503)

    async def props(_request: Request) -> Response:
        return JSONResponse(props_object(status.status, worker.texts))

    async def metrics(_request: Request) -> Response:
        return PlainTextResponse(counters.prometheus(), media_type="text/plain; version=0.0.4")

    async def openapi(_request: Request) -> Response:
        return JSONResponse(description())

    def endpoint(schema: type[Schema], reply: Callable[[Schema, Ready], Reply]) -> Endpoint[Schema]:
        return Endpoint(worker, status, bounds, schema, reply, large)

    def chat(body: Chat, model: Ready) -> Reply:
        return ChatReply(body, model, chatters.of(model))

    app = Starlette(
        routes=[
            Route("/v1/completions", endpoint(Completion, CompletionReply), methods=["POST"]),
            Route("/v1/chat/completions", endpoint(Chat, chat), methods=["POST"]),
            Route("/infill", endpoint(Infill, InfillReply), methods=["POST"]),
            Route("/v1/models", models, methods=["GET"]),
            Route("/v1/models/{model:path}", one_model, methods=["GET"]),
            Route("/models", models, methods=["GET"]),
            Route("/health", health, methods=["GET"]),
            Route("/props", props, methods=["GET"]),
            Route("/metrics", metrics, methods=["GET"]),
            Route("/openapi.json", openapi, methods=["GET"]),
        ],
        exception_handlers={ApiError: on_api_error, HTTPException: on_http_error, 500: on_defect},
    )
    app.router.redirect_slashes = False
    return Guard(app, access)


class Chatters:
    """The model's chat template, read once."""

    def __init__(self) -> None:
        self._known: tuple[Ready, Chatting] | None = None

    def of(self, model: Ready) -> Chatting:
        """Raises ApiError 501 when it has none, or none that can be read."""
        if self._known is None or self._known[0].texts is not model.texts:
            texts = model.texts
            if not texts.chat_template:
                raise ApiError(
                    501,
                    f"The model {model.info.name} has no chat template: it continues text and does not chat. "
                    "Use /v1/completions or /infill, or choose a model that was made for conversations.",
                    code="not_supported",
                )
            try:
                chatting = Chatting(ChatTemplate(texts.chat_template, texts.bos, texts.eos), texts.is_control)
            except TemplateFailed as error:
                raise ApiError(501, str(error), code="chat_template") from error
            self._known = model, chatting
        return self._known[1]


class Endpoint(Generic[Schema]):
    """One way of asking: an ASGI application."""

    def __init__(
        self,
        worker: Worker,
        status: StatusBoard,
        limits: Limits,
        schema: type[Schema],
        reply: Callable[[Schema, Ready], Reply],
        large: LargeBodies,
    ) -> None:
        self._worker = worker
        self._status = status
        self._limits = limits
        self._schema = schema
        self._reply = reply
        self._cancels: Cancels = {}
        self._large = large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with contextlib.AsyncExitStack() as stack:
            with self._large.seat() as grown:
                body = await read(Request(scope, receive), self._schema, self._limits.body, grown)
                leaving = await stack.enter_async_context(watching(receive))
                model = await ready(self._worker, self._status, self._limits.load, leaving)
                reply = await worked(functools.partial(self._reply, body, model), leaving)
                del body  # a large one is not held while the model answers
            async with answering(self._worker, self._cancels, reply.asked, leaving) as events:
                if not reply.stream:
                    await reply_whole(reply, events, scope, receive, send)
                    return
                try:
                    await reply_stream(reply, events, send, self._limits.silence, self._limits.unread)
                except GivenUp:
                    return  # without the end of the answer: the connection is closed
