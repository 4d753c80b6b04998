"""Who may ask other tools' door: programs of this machine, with the token unless the user chose to do without.

A web page in the user's browser can send requests to loopback. It cannot set a Host header, so a name that it rebinds
to 127.0.0.1 is refused; what it sends elsewhere carries its Origin; and without an answer to a preflight request it
cannot send JSON. No CORS header is ever sent.
"""

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from foretoken.gateway.errors import ApiError, error_response

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
JSON_TYPE = b"application/json"


@dataclass(frozen=True, slots=True)
class Access:
    """token: the bearer token that every request must carry; None = the user chose to do without one.

    hosts: names besides the loopback ones under which we may be asked, without a port.
    """

    token: str | None
    hosts: tuple[str, ...] = ()


class Guard:
    """Lets through what ``access`` allows."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._hosts = LOOPBACK | {host.lower() for host in access.hosts}
        self._expected = None if access.token is None else access.token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        error = self._refusal(scope)
        if error is not None:
            await error_response(error)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> ApiError | None:
        def values(name: bytes) -> list[bytes]:
            return [value for key, value in scope["headers"] if key == name]

        hosts = values(b"host")
        if len(hosts) != 1 or _name(hosts[0].decode("latin-1")) not in self._hosts:
            served = ", ".join(sorted(self._hosts))
            return ApiError(403, f"Only these names are served: {served}.", code="host_not_allowed")
        if self._expected is not None:
            if not any(hmac.compare_digest(_bearer(value), self._expected) for value in values(b"authorization")):
                return ApiError(401, "Send the token: 'Authorization: Bearer TOKEN'.", code="invalid_api_key")
        elif any(_authority(origin) != hosts[0].decode("latin-1").lower() for origin in values(b"origin")):
            return ApiError(403, "A web page of another site may not ask.", code="origin_not_allowed")
        if scope["method"] == "POST" and not any(_is_json(value) for value in values(b"content-type")):
            return ApiError(415, "The body must be JSON: 'Content-Type: application/json'.")
        return None


def _name(host: str) -> str:
    """A Host header without its port, lower case."""
    if host.startswith("["):
        return host[: host.find("]") + 1].lower()
    return host.partition(":")[0].lower()


def _bearer(authorization: bytes) -> bytes:
    """The token; "" when it is another scheme, whose name may be in any case."""
    scheme, _, token = authorization.partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""


def _authority(origin: bytes) -> str:
    try:
        return urlsplit(origin.decode("latin-1")).netloc.lower()
    except ValueError:
        return ""


def _is_json(content_type: bytes) -> bool:
    return content_type.partition(b";")[0].strip().lower() == JSON_TYPE
