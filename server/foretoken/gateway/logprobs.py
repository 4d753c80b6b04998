"""The chosen tokens' logarithmic probabilities, in the forms of OpenAI's two ways of asking."""

from collections import deque
from dataclasses import replace
from math import log

from foretoken.text.generation import GeneratedToken

LEAST = 1e-37


class Held:
    """An answer's tokens until their text is sent: of what is held back, or cut off by a stop, they would tell."""

    def __init__(self) -> None:
        self._tokens: deque[GeneratedToken] = deque()
        self._sent = 0  # characters of what was sent that are of the first of them

    def feed(self, token: GeneratedToken, text: str, cut: bool) -> tuple[GeneratedToken, ...]:
        """The tokens that ``text``, sent now that ``token`` has come, completes. cut: it is the last text; a token of
        which it holds a part is given with that part."""
        self._tokens.append(token)
        self._sent += len(text)
        tokens = []
        while self._tokens and len(self._tokens[0].text) <= self._sent:
            tokens.append(self._tokens.popleft())
            self._sent -= len(tokens[-1].text)
        if cut:
            if self._tokens and self._sent:
                tokens.append(replace(self._tokens[0], text=self._tokens[0].text[: self._sent]))
            self._tokens.clear()
        return tuple(tokens)

    def rest(self) -> tuple[GeneratedToken, ...]:
        tokens = tuple(self._tokens)
        self._tokens.clear()
        return tokens


def logprob(token: GeneratedToken) -> float:
    return min(0.0, log(max(token.probability, LEAST)))


def chat_logprobs(tokens: list[GeneratedToken]) -> dict[str, object]:
    return {
        "content": [
            {
                "token": token.text,
                "logprob": logprob(token),
                "bytes": list(token.text.encode()),
                "top_logprobs": [],
            }
            for token in tokens
        ],
        "refusal": None,
    }


def completion_logprobs(tokens: list[GeneratedToken], offset: int) -> dict[str, object]:
    """offset: where the first of them begins in the text."""
    offsets = []
    for token in tokens:
        offsets.append(offset)
        offset += len(token.text)
    return {
        "tokens": [token.text for token in tokens],
        "token_logprobs": [logprob(token) for token in tokens],
        "top_logprobs": None,
        "text_offset": offsets,
    }
