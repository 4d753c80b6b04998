"""Requests that the engine's tests ask."""

from foretoken.text.generation import GenerateRequest, Stop
from foretoken.text.pieces import Special, Text


def long_request(cancel_id: str = "long", typed: str = "    return self.va") -> GenerateRequest:
    """A second or so of tokens on the tiny models."""
    return request(typed, n_predict=1900, cancel_id=cancel_id)


def request(typed: str = "    return self.va", n_predict: int = 5, cancel_id: str = "short") -> GenerateRequest:
    prompt = (
        Special.FIM_PREFIX,
        Text("import os\n\n\ndef read(self, name):\n"),
        Special.FIM_SUFFIX,
        Text("\n"),
        Special.FIM_MIDDLE,
        Text(typed),
    )
    return GenerateRequest(prompt, n_predict, cancel_id, Stop(max_lines=10_000))
