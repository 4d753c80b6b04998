"""The JSON forms: what goes in comes out."""

import json
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretoken.text.generation import (
    Constraint,
    Finish,
    FinishReason,
    GeneratedToken,
    GenerateRequest,
    Grammar,
    ModelInfo,
    Priority,
    Sampling,
    Score,
    ScoreRequest,
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
    score_request_from_wire,
    score_request_to_wire,
    scores_from_wire,
    scores_to_wire,
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
    sampling=st.builds(
        Sampling,
        st.floats(0, 100),
        st.integers(0, 1000),
        st.floats(0, 1),
        st.floats(0, 1),
        st.none() | st.integers(0, 2**32 - 1),
    ),
    constraint=st.none() | st.builds(Constraint, st.sampled_from(Grammar), ANY_TEXT),
    original=ANY_TEXT,
    lookup=ANY_TEXT,
)
SCORE_REQUESTS = st.builds(
    ScoreRequest,
    prompt=st.lists(PIECES, min_size=1).map(tuple),
    candidates=st.lists(ANY_TEXT, min_size=1).map(tuple),
    cancel_id=ANY_TEXT,
    max_rows=st.integers(0, 1000),
    priority=st.sampled_from(Priority),
)


def through_json(value: object) -> object:
    return json.loads(json.dumps(value))


@given(REQUESTS)
def test_requests(request: GenerateRequest):
    assert request_from_wire(through_json(request_to_wire(request))) == request


@given(SCORE_REQUESTS)
def test_score_requests(request: ScoreRequest):
    assert score_request_from_wire(through_json(score_request_to_wire(request))) == request


@given(st.lists(st.builds(Score, st.just(-inf) | st.floats(-1e6, 0), st.booleans())).map(tuple))
def test_scores(scores: tuple[Score, ...]):
    text = json.dumps(scores_to_wire(scores), allow_nan=False)
    assert scores_from_wire(json.loads(text)) == scores


@given(st.builds(GeneratedToken, ANY_TEXT, st.floats(0, 1), st.booleans()))
def test_tokens(token: GeneratedToken):
    line = item_to_wire(token)
    assert item_from_wire(through_json(line)) == token
    assert ("forced" in line) == token.forced


@pytest.mark.parametrize("reason", FinishReason)
def test_finishes(reason: FinishReason):
    finish = Finish(reason, Timings(3, 2, 1.5, 7, 0.25, 4, "tail", 9, 8, 5))
    assert item_from_wire(through_json(item_to_wire(finish))) == finish


def test_model_info():
    info = ModelInfo("n", "qwen35", 8192, 10, 20, True, True, 1, ("python", "c"), 1024)
    assert info_from_wire(through_json(info_to_wire(info))) == info


@pytest.mark.parametrize("read", [item_from_wire, scores_from_wire])
def test_an_error_is_raised(read):
    with pytest.raises(RemoteError, match="too long"):
        read({"error": "too long"})


KEYS = ("prompt", "text", "special", "stop", "texts", "sampling", "constraint", "candidates", "scores", "a")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
)


@given(JSON)
def test_anything_else_is_refused_with_a_sentence(value: object):
    for read in (
        request_from_wire,
        score_request_from_wire,
        scores_from_wire,
        texts_from_wire,
        item_from_wire,
        info_from_wire,
    ):
        try:
            read(value)
        except WireError as error:
            assert str(error)
        except RemoteError:
            assert read is item_from_wire


def test_the_defaults_are_those_of_the_request():
    body = {"prompt": [{"text": "a"}], "n_predict": 3, "cancel_id": "x"}
    assert request_from_wire(body) == GenerateRequest((Text("a"),), 3, "x")
    body = {"prompt": [{"text": "a"}], "candidates": ["b"], "cancel_id": "x"}
    assert score_request_from_wire(body) == ScoreRequest((Text("a"),), ("b",), "x")


@pytest.mark.parametrize(
    "field, value, named",
    [
        ("sampling", {"temperature": 100.5}, "sampling.temperature"),
        ("sampling", {"temperature": nan}, "sampling.temperature"),
        ("sampling", {"temperature": True}, "sampling.temperature"),
        ("sampling", {"top_k": -1}, "sampling.top_k"),
        ("sampling", {"top_k": 1.5}, "sampling.top_k"),
        ("sampling", {"top_p": 1.01}, "sampling.top_p"),
        ("sampling", {"min_p": -0.1}, "sampling.min_p"),
        ("sampling", {"seed": 2**32}, "sampling.seed"),
        ("sampling", 3, "sampling"),
        ("constraint", {"grammar": "gbnf", "text": ""}, "constraint.grammar must be one of lark"),
        ("constraint", {"grammar": [], "text": ""}, "constraint.grammar"),
        ("constraint", {"grammar": "lark"}, "constraint.text"),
        ("constraint", {"grammar": "lark", "text": "x" * ((1 << 16) + 1)}, "constraint.text may have"),
        ("original", 3, "original"),
        ("lookup", "x" * ((1 << 22) + 1), "lookup may have"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object, named: str):
    body = {"prompt": [{"text": "a"}], "n_predict": 3, "cancel_id": "x", field: value}
    with pytest.raises(WireError, match=named):
        request_from_wire(body)


@pytest.mark.parametrize(
    "field, value",
    [
        ("candidates", []),
        ("candidates", ["a"] * 4097),
        ("candidates", "abc"),
        ("candidates", ["a" * 5000]),
        ("max_rows", -1),
        ("priority", 99),
        ("prompt", []),
    ],
)
def test_a_wrong_field_of_a_score_request_is_named(field: str, value: object):
    body = {"prompt": [{"text": "a"}], "candidates": ["b"], "cancel_id": "x", field: value}
    with pytest.raises(WireError, match=field):
        score_request_from_wire(body)


@pytest.mark.parametrize("score", [{"logprob": nan, "exact": True}, {"logprob": -1}, {"exact": True}, 3])
def test_a_wrong_score_is_named(score: object):
    with pytest.raises(WireError, match=r"scores\[0\]"):
        scores_from_wire({"scores": [score]})
