"""Errors in OpenAI's form: ``{"error": {"message", "type", "param", "code"}}``."""

import re

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

_EXCERPT = re.compile(r"\s*\d+ \||[\s^]*$")  # a line of the grammar, or what points at a place in one
_PLACE = re.compile(r"^at \d+\(\d+\): |failed to compile JSON schema: ")
_SERVED = (
    "POST /v1/completions, /v1/chat/completions, /infill; "
    "GET /v1/models, /v1/models/{id}, /models, /health, /props, /metrics, /openapi.json"
)
INVALID = "invalid_request_error"
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
    501: "not_supported_error",
}


def plain(message: str) -> str:
    """What is wrong with a schema, in its user's words: without places in the grammar that was made of it."""
    lines = [_PLACE.sub("", line).strip() for line in message.splitlines() if not _EXCERPT.match(line)]
    return " ".join(line for line in lines if line) or "it is not supported."


class ApiError(Exception):
    """What is answered instead of what was asked for. param: the field that is wrong; code: a name for programs."""

    def __init__(self, status: int, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        self.code = code

    def body(self) -> dict[str, object]:
        kind = _TYPES.get(self.status, INVALID if self.status < 500 else "server_error")
        return {"error": {"message": str(self), "type": kind, "param": self.param, "code": self.code}}


# What goes with a refusal; after these two the rest of the body is not read.
_HEADERS = {
    401: {"www-authenticate": "Bearer"},
    408: {"connection": "close"},
    413: {"connection": "close"},
    503: {"retry-after": "5"},
}


def error_response(error: ApiError) -> JSONResponse:
    return JSONResponse(error.body(), error.status, _HEADERS.get(error.status))


async def on_api_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return error_response(error)


async def on_http_error(_request: Request, error: Exception) -> JSONResponse:
    """Starlette's own refusals: an unknown path, a method that the path does not have."""
    assert isinstance(error, HTTPException)
    message = f"{error.detail}. Served are: {_SERVED}." if error.status_code in (404, 405) else error.detail
    response = error_response(ApiError(error.status_code, message))
    response.headers.update(error.headers or {})
    return response


async def on_defect(_request: Request, _error: Exception) -> JSONResponse:
    """Nothing of the error goes out: it is in the log."""
    return error_response(ApiError(500, "The request failed inside the server; its log says why."))
