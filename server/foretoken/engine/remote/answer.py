"""The answer as it grows, and when it is complete: the same rules as the model process has."""

from collections.abc import Sequence

from foretoken.engine.remote.chunks import Chunk
from foretoken.engine.remote.connection import ServerRefused
from foretoken.text.generation import FinishReason, GeneratedToken, GenerateRequest
from foretoken.text.stop import stop_at

_ENDED = (FinishReason.END, FinishReason.STOP)


class Answer:
    """For one request. ends: ids of control tokens; the model is done when it generates one. healed: what the answer
    says again before what is new."""

    def __init__(self, request: GenerateRequest, ends: frozenset[int], healed: str = "") -> None:
        self._request = request
        self._ends = ends
        self._healed = healed
        self._carried = 1.0
        self._text = ""
        self._together = 1.0
        self._held: list[GeneratedToken] = []
        self.predicted_n = 0

    def take(self, chunk: Chunk) -> tuple[list[GeneratedToken], FinishReason | None]:
        """The tokens to send, and why the last of them is the last, if it is."""
        if not self._request.n_predict:  # the server generates one all the same
            return [], FinishReason.LENGTH if chunk.reason is not None else None
        if self._ends.intersection(chunk.token_ids):
            return [], FinishReason.END
        shown: list[GeneratedToken] = []
        for token in chunk.generated():
            if self._healed and token.text:
                token = self._beyond(token, chunk.likeliest)
                if not token.text:
                    continue
            self._held.append(token)
            if not token.text:  # a part of a character, or the end token: what comes next says which
                continue
            reason = self._send(shown)
            if reason is not None:
                return shown, reason
        if chunk.reason is not None and chunk.reason not in _ENDED:
            return shown, self._send(shown) or chunk.reason
        return shown, chunk.reason

    def _send(self, shown: list[GeneratedToken]) -> FinishReason | None:
        held, self._held = self._held, []
        for token in held:
            shown.append(token)
            self._text += token.text
            self._together *= token.probability
            self.predicted_n += 1
            if stop_at(self._text, self._request.stop) is not None:
                return FinishReason.STOP
            if self._together < self._request.min_probability:
                return FinishReason.UNLIKELY
            if self.predicted_n == self._request.n_predict:
                return FinishReason.LENGTH
        return None

    def _beyond(self, token: GeneratedToken, likeliest: Sequence[tuple[str, float]]) -> GeneratedToken:
        """What the token says beyond what was typed. The probability of what it says again counts with what is new."""
        typed, text = self._healed, token.text
        if not text.startswith(typed) and not typed.startswith(text):
            raise ServerRefused(502, "its answer does not begin as it was told to")
        self._carried *= _among(text, token.probability, likeliest, typed)
        self._healed = typed[len(text) :]
        beyond = text[len(typed) :]
        if not beyond:
            return GeneratedToken("", 1.0)
        carried, self._carried = self._carried, 1.0
        return GeneratedToken(beyond, carried)


def _among(text: str, probability: float, likeliest: Sequence[tuple[str, float]], typed: str) -> float:
    """How probable the token is among those that begin with ``typed``: at least so much, since each token that the
    server did not name may be one of them."""
    if not likeliest:
        return probability
    others = sum(p for other, p in likeliest if other != text and other.startswith(typed))
    named = sum(p for _, p in likeliest) + (0.0 if any(other == text for other, _ in likeliest) else probability)
    return probability / (probability + others + max(0.0, 1.0 - named)) if probability else 0.0
