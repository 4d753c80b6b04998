"""Prompts that were being evaluated when the model process died: after the second time they are refused for a while.
A death counts for ten minutes.

What is remembered outlives the process, in ``<name>.poison.json``. Times are those of the machine's monotonic clock,
which all processes share and no change of the wall clock touches; after a restart of the machine it begins anew, and
what lies in its future then is forgotten.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from foretoken.text.generation import GenerateRequest, ScoreRequest
from foretoken.text.pieces import Text

DEATHS = 2
REFUSED_SECONDS = 600.0
REMEMBERED = 256
REFUSAL = (
    "This prompt ended the model process twice; it is refused for ten minutes. The runtime's log says why it ended."
)
DIGEST_BYTES = 16


def fingerprint(request: GenerateRequest | ScoreRequest) -> bytes:
    """The same for the same prompt asked in the same way; who asks, how urgently and under which id does not count.

    16 bytes, never all zero.
    """
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for piece in request.prompt:
        text = f"{len(piece.text)} {piece.drop_order} {piece.text}" if isinstance(piece, Text) else repr(piece)
        digest.update(text.encode("utf-8", "surrogatepass"))
    if isinstance(request, GenerateRequest):
        rest: tuple[object, ...] = (
            request.n_predict, request.stop, request.heal, request.min_probability, request.sampling,
            request.constraint, request.original, request.lookup, request.probabilities, request.n_reserve,
        )  # fmt: skip
    else:
        rest = (request.candidates, request.max_rows)
    digest.update(repr(rest).encode("utf-8", "surrogatepass"))
    found = digest.digest()
    return found if any(found) else b"\1" * DIGEST_BYTES


class Poison:
    """How often the process died of which prompt. ``clock`` answers seconds of the machine's monotonic clock.

    path: where it is remembered; None = for as long as this object lives. ``refuses`` may be called from any thread.
    """

    def __init__(self, clock: Callable[[], float], path: Path | None = None) -> None:
        self._clock = clock
        self._path = path
        self._deaths: dict[bytes, tuple[int, float]] = {}
        if path is not None:
            self._read(path)

    def died(self, prompts: Iterable[bytes]) -> None:
        """The process ended while these were being evaluated."""
        for prompt in prompts:
            count, when = self._deaths.pop(prompt, (0, 0.0))
            count = 0 if self._is_over(when) else count
            self._deaths[prompt] = (count + 1, self._clock())
        while len(self._deaths) > REMEMBERED:
            self._deaths.pop(next(iter(self._deaths)))
        if self._path is not None:
            with contextlib.suppress(OSError):  # a full disk costs the memory of it, nothing else
                self._write(self._path)

    def refuses(self, prompt: bytes) -> bool:
        count, when = self._deaths.get(prompt, (0, 0.0))
        return count >= DEATHS and not self._is_over(when)

    def _is_over(self, when: float) -> bool:
        return self._clock() - when > REFUSED_SECONDS

    def suspects(self, prompt: bytes) -> bool:
        """Whether the process died of it once, or of another that was in the same call."""
        found = self._deaths.get(prompt)
        return found is not None and not self._is_over(found[1])

    def _read(self, path: Path) -> None:
        now = self._clock()
        try:
            entries = json.loads(path.read_text("utf-8"))
            found = {bytes.fromhex(prompt): (int(count), float(when)) for prompt, (count, when) in entries.items()}
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return
        for prompt, (count, when) in found.items():
            if when <= now and not self._is_over(when):
                self._deaths[prompt] = (count, when)

    def _write(self, path: Path) -> None:
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            json.dump({prompt.hex(): entry for prompt, entry in self._deaths.items()}, file)
        draft.replace(path)
