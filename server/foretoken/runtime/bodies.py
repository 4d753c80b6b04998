"""Reading a request's body: JSON, and not too much of it."""

import json
from typing import Any

from starlette.requests import ClientDisconnect, Request

from foretoken.text.wire import WireError

MAX_BODY = 16 << 20


class BodyTooLarge(Exception):
    """The body is longer than MAX_BODY bytes."""


async def read_json(request: Request) -> Any:
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
