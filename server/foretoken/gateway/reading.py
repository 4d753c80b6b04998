"""From a request's body to a checked value: not too much, not too slow, JSON, and of the right shape."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from foretoken.gateway.errors import ApiError
from foretoken.gateway.working import worked

MAX_BODY = 16 << 20
Schema = TypeVar("Schema", bound=BaseModel)
_SURROGATE = re.compile(r"\\u[dD][89abAB]|[\ud800-\udfff]")


async def read(request: Request, schema: type[Schema], seconds: float, grown: Callable[[int], None]) -> Schema:
    """The body as ``schema``. grown: told how many bytes have come; may raise ApiError.

    Raises ApiError: 400, 408 when it takes longer than ``seconds``, or 413.
    """
    try:
        async with asyncio.timeout(seconds):
            body = await _body(request, grown)
    except TimeoutError as error:
        raise ApiError(408, f"The body did not arrive within {seconds:g} seconds.") from error
    except ClientDisconnect as error:
        raise ApiError(400, "The client left in the middle of the body.") from error
    # A large body takes a while, and other requests are served on the same thread.
    return await worked(lambda: checked(body, schema)) if len(body) > 1 << 16 else checked(body, schema)


def checked(body: bytes, schema: type[Schema]) -> Schema:
    """Raises ApiError 400 that names the first field that is wrong."""
    value = _parsed(body)
    if not isinstance(value, dict):
        raise ApiError(400, "The body must be a JSON object.")
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        field, reason = _first_problem(error)
        raise ApiError(400, f"{field}: {reason}" if field else reason, param=field or None) from error
    except RecursionError as error:
        raise ApiError(400, "The body is nested too deeply.") from error


def _first_problem(error: ValidationError) -> tuple[str, str]:
    """The field's path and what is wrong with it. Of a field that may have several types, the one that came nearest."""
    problems = []
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        path = [str(part) for part in each["loc"] if not _is_branch(part)]
        problems.append((path, str(each["msg"]).removeprefix("Value error, ")))
    same_field = [problem for problem in problems if problem[0][:1] == problems[0][0][:1]]
    path, reason = max(same_field, key=lambda problem: len(problem[0]))
    return ".".join(path), reason


def _is_branch(part: int | str) -> bool:
    """Whether this part of a place names a branch of a union: pydantic adds the type's name or its tag."""
    return isinstance(part, str) and (part in {"str", "dict"} or part[:1].isupper() or any(c in part for c in "[(-"))


def _parsed(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
        value = json.loads(text, parse_constant=_not_a_number)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ApiError(400, "The body has a lone surrogate, which no text can hold.") from error
    except UnicodeDecodeError as error:
        raise ApiError(400, f"The body is not UTF-8: {error.reason} at byte {error.start}.") from error
    except RecursionError as error:
        raise ApiError(400, "The body is nested too deeply.") from error
    except ValueError as error:
        raise ApiError(400, f"The body is not JSON: {error}") from error
    return value


def _not_a_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


async def _body(request: Request, grown: Callable[[int], None]) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        grown(len(body))
        if len(body) > MAX_BODY:
            raise ApiError(413, f"The body is larger than {MAX_BODY >> 20} MiB.")
    return bytes(body)
