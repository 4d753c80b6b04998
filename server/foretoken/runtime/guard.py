"""Who may ask: holders of the bearer token who mean this machine by its loopback name."""

import hmac

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

HOSTS = frozenset({"127.0.0.1", "localhost"})


class Guard:
    """Nothing passes without the bearer token and a loopback Host header.

    The Host header is checked so that a web page cannot reach us by rebinding a name of its own to 127.0.0.1.
    """

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self._app = app
        self._expected = f"Bearer {secret}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").rsplit(":", 1)[0]
        if host not in HOSTS:
            await error_response(403, "only 127.0.0.1 and localhost are served")(scope, receive, send)
        elif not hmac.compare_digest(headers.get(b"authorization", b""), self._expected):
            await error_response(401, "a bearer token is required")(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def error_response(status: int, message: str) -> Response:
    """The native surface's form of an error."""
    return JSONResponse({"error": message}, status)
