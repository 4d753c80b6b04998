"""The JSON forms: what goes in comes out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretoken.text.generation import (
    Finish,
    FinishReason,
    GeneratedToken,
    GenerateRequest,
    ModelInfo,
    Priority,
    Stop,
    Timings,
)
from foretoken.text.pieces import Special, Text
from foretoken.text.wire import (
    RemoteError,
    WireError,
    info_from_wire,
    info_to_wire,
    item_from_wire,
    item_to_wire,
    request_from_wire,
    request_to_wire,
    texts_from_wire,
)

ANY_TEXT = st.text(st.characters(codec=None))
PIECES = st.one_of(st.sampled_from(Special), st.builds(Text, ANY_TEXT, st.none() | st.integers(-5, 5)))
REQUESTS = st.builds(
    GenerateRequest,
    prompt=st.lists(PIECES, min_size=1).map(tuple),
    n_predict=st.integers(0, 1000),
    cancel_id=ANY_TEXT,
    stop=st.builds(Stop, st.integers(1, 99), st.none() | st.integers(0, 99)),
    heal=st.booleans(),
    min_probability=st.floats(0, 1),
    priority=st.sampled_from(Priority),
)


def through_json(value: object) -> object:
    return json.loads(json.dumps(value))


@given(REQUESTS)
def test_requests(request: GenerateRequest):
    assert request_from_wire(through_json(request_to_wire(request))) == request


@given(st.builds(GeneratedToken, ANY_TEXT, st.floats(0, 1)))
def test_tokens(token: GeneratedToken):
    assert item_from_wire(through_json(item_to_wire(token))) == token


@pytest.mark.parametrize("reason", FinishReason)
def test_finishes(reason: FinishReason):
    finish = Finish(reason, Timings(3, 2, 1.5, 7, 0.25, 4, "tail"))
    assert item_from_wire(through_json(item_to_wire(finish))) == finish


def test_model_info():
    info = ModelInfo("n", "qwen35", 8192, 10, 20, True, True, 1, ("python", "c"), 1024)
    assert info_from_wire(through_json(info_to_wire(info))) == info


def test_an_error_line_is_raised():
    with pytest.raises(RemoteError, match="too long"):
        item_from_wire({"error": "too long"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(("prompt", "text", "special", "stop", "texts", "a")), inner)
    ),
)


@given(JSON)
def test_anything_else_is_refused_with_a_sentence(value: object):
    for read in (request_from_wire, texts_from_wire, item_from_wire, info_from_wire):
        try:
            read(value)
        except WireError as error:
            assert str(error)
        except RemoteError:
            assert read is item_from_wire


def test_the_defaults_are_those_of_the_request():
    body = {"prompt": [{"text": "a"}], "n_predict": 3, "cancel_id": "x"}
    assert request_from_wire(body) == GenerateRequest((Text("a"),), 3, "x")
