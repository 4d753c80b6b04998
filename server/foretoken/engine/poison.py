"""Prompts that were being answered when the model process died: after the second time they are refused for a while."""

import hashlib
import json
from collections.abc import Callable

from foretoken.text.generation import GenerateRequest, ScoreRequest
from foretoken.text.wire import request_to_wire, score_request_to_wire

DEATHS = 2
REFUSED_SECONDS = 600.0
REMEMBERED = 256


def fingerprint(request: GenerateRequest | ScoreRequest) -> str:
    """The same for the same prompt asked in the same way; who asks, how urgently and under which id does not count."""
    body = request_to_wire(request) if isinstance(request, GenerateRequest) else score_request_to_wire(request)
    del body["cancel_id"], body["priority"], body["owner"]
    return hashlib.blake2b(json.dumps(body).encode("utf-8", "replace"), digest_size=16).hexdigest()


class Poison:
    """``clock`` answers monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._deaths: dict[str, tuple[int, float]] = {}

    def died(self, key: str) -> None:
        count, _ = self._deaths.pop(key, (0, 0.0))
        self._deaths[key] = (count + 1, self._clock())
        while len(self._deaths) > REMEMBERED:
            self._deaths.pop(next(iter(self._deaths)))

    def refuses(self, key: str) -> bool:
        count, when = self._deaths.get(key, (0, 0.0))
        if count < DEATHS:
            return False
        if self._clock() - when > REFUSED_SECONDS:
            del self._deaths[key]
            return False
        return True
