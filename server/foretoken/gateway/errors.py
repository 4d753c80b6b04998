"""Errors in OpenAI's form: ``{"error": {"message", "type", "param", "code"}}``."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

INVALID = "invalid_request_error"
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
    501: "not_supported_error",
}


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
_HEADERS = {408: {"connection": "close"}, 413: {"connection": "close"}, 503: {"retry-after": "5"}}


def error_response(error: ApiError) -> JSONResponse:
    return JSONResponse(error.body(), error.status, _HEADERS.get(error.status))


async def on_api_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return error_response(error)


async def on_http_error(_request: Request, error: Exception) -> JSONResponse:
    """Starlette's own refusals: an unknown path, a method that the path does not have."""
    assert isinstance(error, HTTPException)
    response = error_response(ApiError(error.status_code, error.detail))
    response.headers.update(error.headers or {})
    return response


async def on_defect(_request: Request, _error: Exception) -> JSONResponse:
    """Nothing of the error goes out: it is in the log."""
    return error_response(ApiError(500, "The request failed inside the server; its log says why."))
