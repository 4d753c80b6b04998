"""The chosen tokens' logarithmic probabilities, in the forms of OpenAI's two ways of asking."""

from math import log

from foretoken.text.generation import GeneratedToken

LEAST = 1e-37


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
