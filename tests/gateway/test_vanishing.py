"""Clients that are slow, that leave, that read nothing: the model does not go on for them, and others are served."""

import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from foretoken.gateway.app import Limits
from foretoken.runtime.status import RuntimeState
from foretoken.text.cancel import CancelToken
from gateway.gateway_models import SECONDS, Served, serving
from gateway.test_http import ask, refused

ENDLESS = {"prompt": "self", "temperature": 2, "top_k": 5, "seed": 1, "max_tokens": 2000}


def post(served: Served, path: str, **body: object) -> bytes:
    data = json.dumps(body).encode()
    return served.post_head(path, len(data)) + data


def everything(connection: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    received = b""
    while part := connection.recv(65536):
        received += part
    return received


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for what another thread brings about."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        threading.Event().wait(0.01)


@pytest.fixture
def submitted(chat_server: Served, monkeypatch: pytest.MonkeyPatch) -> list[CancelToken]:
    """The cancel tokens of what the worker was asked."""
    tokens: list[CancelToken] = []
    submit = chat_server.worker.submit

    def noted(request, cancel: CancelToken, emit) -> None:
        tokens.append(cancel)
        submit(request, cancel, emit)

    monkeypatch.setattr(chat_server.worker, "submit", noted)
    return tokens


def test_half_a_body_is_not_waited_for_for_ever(chat_gguf: Path):
    with serving(chat_gguf, limits=Limits(body=0.1)) as served, served.connect() as connection:
        connection.sendall(served.post_head("/v1/completions", 1000) + b'{"prompt": "a')
        answer = everything(connection)
        assert answer.startswith(b"HTTP/1.1 408") and b"did not arrive" in answer


def test_half_a_body_and_gone(chat_server: Served):
    with chat_server.connect() as connection:
        connection.sendall(chat_server.post_head("/v1/completions", 1000) + b'{"prompt": "a')
    assert ask(chat_server, "/v1/completions", prompt="self", max_tokens=1)


@pytest.mark.parametrize("stream", [True, False])
def test_who_leaves_cancels(chat_server: Served, submitted: list[CancelToken], stream: bool):
    cancelled = chat_server.counters.cancellations
    with chat_server.connect() as connection:
        connection.sendall(post(chat_server, "/v1/completions", stream=stream, n=3, **ENDLESS))
        if stream:
            assert b"200 OK" in connection.recv(65536)
        else:
            until(lambda: len(submitted) == 3, "the requests did not come")
    until(lambda: all(token.cancelled for token in submitted), "nothing was cancelled")
    until(lambda: chat_server.counters.cancellations == cancelled + 3, "the worker went on")
    assert ask(chat_server, "/v1/completions", prompt="self", max_tokens=1)


def test_who_leaves_while_the_model_is_loaded_is_not_waited_for():
    with serving(None) as served:
        with served.connect() as connection:
            connection.sendall(post(served, "/v1/completions", prompt="a"))
        # The server ends at once: nobody waits in it for the model for the rest of the minute.
        assert served.status.status.state is RuntimeState.WAITING


def test_who_reads_nothing_is_given_up(chat_gguf: Path):
    """What is sent does not pile up: the answer waits, and then the connection is closed and the model is free."""
    with serving(chat_gguf, limits=Limits(unread=0.2)) as served, served.connect() as connection:
        body = {**ENDLESS, "prompt": ["self"] * 8, "n": 4, "logprobs": 1, "max_tokens": 100}
        connection.sendall(post(served, "/v1/completions", stream=True, **body))
        until(lambda: served.counters.cancellations > 0, "the answer was not given up")
        answer = everything(connection)
        assert answer.startswith(b"HTTP/1.1 200") and b"[DONE]" not in answer
        assert ask(served, "/v1/completions", prompt="self", max_tokens=1)


def test_a_silent_stream_gives_signs_of_life(chat_gguf: Path):
    with serving(chat_gguf, limits=Limits(silence=0.001)) as served, served.connect() as connection:
        connection.sendall(post(served, "/v1/completions", stream=True, prompt="x" * 1500, max_tokens=2))
        answer = b""
        while b"[DONE]" not in answer:
            answer += connection.recv(65536)
        assert b"\n: still at it\n\n" in answer


def test_many_at_once(chat_server: Served):
    """More than one owner may have under way: those beyond are told to come again."""
    texts: list[str] = []

    def one() -> None:
        texts.append(ask(chat_server, "/v1/completions", prompt="self", max_tokens=2)["choices"][0]["text"])

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert len(texts) == 20 and len(set(texts)) == 1


def test_more_than_all_tools_may_have_under_way(chat_server: Served, submitted: list[CancelToken]):
    with chat_server.connect() as one, chat_server.connect() as two:
        for connection in (one, two):
            connection.sendall(post(chat_server, "/v1/completions", **{**ENDLESS, "prompt": ["self"] * 4, "n": 8}))
        until(lambda: len(submitted) == 64, "the requests did not come")
        error = refused(chat_server, 429, "/v1/completions", prompt="self")
        assert error["type"] == "rate_limit_error" and error["code"] == "rate_limit_exceeded"
        assert refused(chat_server, 429, "/v1/completions", prompt="self", user="another")  # no name is a share
