"""Whatever a body is, it is refused by name or it is a request."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretoken.gateway.errors import ApiError, plain
from foretoken.gateway.reading import checked
from foretoken.gateway.schemas import Chat, Completion, Infill

HI = [{"role": "user", "content": "hi"}]


def refusal(schema: type, body: bytes | dict[str, object]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        checked(body if isinstance(body, bytes) else json.dumps(body).encode(), schema)
    assert caught.value.status == 400
    return caught.value


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"prompt": "\xff"}', "not UTF-8"),
        (b'{"prompt": "\\ud800"}', "lone surrogate"),
        (b'{"x": ["\\udfff\\ud800"], "prompt": "a"}', "lone surrogate"),
        (b'{"prompt": "a", "temperature": NaN}', "NaN is not a JSON number"),
        (b'{"prompt": "a", "temperature": -Infinity}', "Infinity is not a JSON number"),
        (b'{"prompt": "a", "temperature": 1e999}', "temperature"),
        (b'{"prompt": "a", "seed": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"x":' * 100_000, "nested too deeply"),
        (b"\xef\xbb\xbf{}", "not JSON"),
    ],
)
def test_bodies_that_are_no_json(body: bytes, words: str):
    assert words in str(refusal(Completion, body))


@pytest.mark.parametrize(
    ("schema", "body", "field"),
    [
        (Completion, {}, "prompt"),
        (Completion, {"prompt": 5}, "prompt"),
        (Completion, {"prompt": [1, 2]}, "prompt"),
        (Completion, {"prompt": [[1, 2]]}, "prompt"),
        (Completion, {"prompt": []}, "prompt"),
        (Completion, {"prompt": "a", "max_tokens": "10"}, "max_tokens"),
        (Completion, {"prompt": "a", "max_tokens": 1.5}, "max_tokens"),
        (Completion, {"prompt": "a", "max_tokens": True}, "max_tokens"),
        (Completion, {"prompt": "a", "max_tokens": -2}, "max_tokens"),
        (Completion, {"prompt": "a", "max_tokens": 10**30}, "max_tokens"),
        (Completion, {"prompt": "a", "n": 9}, "n"),
        (Completion, {"prompt": "a", "stop": ["x"] * 17}, "stop"),
        (Completion, {"prompt": "a", "stop": ["x", "y" * 1025]}, "stop.1"),
        (Completion, {"prompt": "a", "seed": 1 << 64}, "seed"),
        (Completion, {"prompt": "a", "stream": "yes"}, "stream"),
        (Completion, {"prompt": "a", "top_p": 1.1}, "top_p"),
        (Chat, {"messages": []}, "messages"),
        (Chat, {"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        (Chat, {"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages.0.content.0.text"),
        (Chat, {"messages": [{"role": "user", "content": 5}]}, "messages.0.content"),
        (Chat, {"messages": HI, "response_format": {"type": "json_schema"}}, "response_format"),
        (Chat, {"messages": HI, "response_format": {"type": "xml"}}, "response_format.type"),
        (Chat, {"messages": HI, "tools": "all"}, "tools"),
        (Chat, {"messages": HI, "tool_choice": "required"}, "tool_choice"),
        (Chat, {"messages": HI, "tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice"),
        (Infill, {"input_prefix": "a"}, "input_suffix"),
        (Infill, {"input_prefix": "a", "input_suffix": "b", "input_extra": [{"filename": "x"}]}, "input_extra.0.text"),
        (Infill, {"input_prefix": "a", "input_suffix": "b", "n_indent": -1}, "n_indent"),
    ],
)
def test_the_field_that_is_wrong_is_named(schema: type, body: dict[str, object], field: str):
    error = refusal(schema, body)
    assert error.param == field and field in str(error)


def test_token_ids_and_images_are_refused_with_the_reason():
    assert "token ids are not taken" in str(refusal(Completion, {"prompt": [1, 2, 3]}))
    image = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}
    assert "reads text alone" in str(refusal(Chat, {"messages": [image]}))


def test_a_whole_number_may_be_written_as_a_fraction():
    assert checked(b'{"prompt": "a", "max_tokens": 10.0}', Completion).max_tokens == 10


def test_null_is_left_out_and_the_unknown_is_ignored():
    body = {"prompt": "a", "seed": None, "stop": None, "n": None, "temperature": None, "best_of": {"x": []}}
    assert checked(json.dumps(body).encode(), Completion) == Completion(prompt="a")


@given(st.binary(max_size=200))
def test_no_bytes_bring_it_down(body: bytes):
    refusal(Infill, body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["role", "content"]), inner),
    )
)
def test_no_value_brings_it_down(value: object):  # fmt: skip
    for schema in (Completion, Chat, Infill):
        for name in schema.model_fields:
            body = {"prompt": "a", "messages": HI, "input_prefix": "", "input_suffix": "", name: value}
            try:
                checked(json.dumps(body).encode(), schema)
            except ApiError as error:
                assert error.status == 400 and str(error)


def test_what_is_wrong_with_a_schema_without_the_grammar_made_of_it():
    message = (
        "at 1(8): failed to compile JSON schema: regex parse error:\n    (?=a)b\n    ^^^\nerror: look-around is not "
        'supported\n   1 | start: %json {"type": "string"}\n              ^\n   2 | %llguidance {"no_forcing": true}'
    )
    assert plain(message) == "regex parse error: (?=a)b error: look-around is not supported"
    assert plain("") == "it is not supported."
