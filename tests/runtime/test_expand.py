"""Templates in prompts: their control tokens are found as llama.cpp finds them."""

import ctypes
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llama_cpp import llama_cpp as binding

from foretoken.runtime.control_tokens import Control, ControlToken, ControlTokens, without_stripped
from foretoken.runtime.expand import expanded
from foretoken.runtime.library import load_library
from foretoken.runtime.model import load_model
from foretoken.runtime.prepare import Preparation
from foretoken.runtime.vocabulary import Vocabulary
from foretoken.text.pieces import Special, Template, Text
from foretoken.text.wire import request_from_wire

LETTERS = ("<|fim_middle|>", "<|fim_prefix|>", "<|endoftext|>", "<|", "|>", "fim_", " ", "\n", "self", "é")


@pytest.fixture(scope="module")
def vocabulary(dense_gguf: Path) -> Iterator[Vocabulary]:
    load_library()
    model = load_model(dense_gguf, 0, lambda done: True)
    yield model.vocabulary
    model.close()


def ids(vocabulary: Vocabulary, *pieces: Text | Special | Template) -> list[int]:
    return Preparation(vocabulary, 4096).prepare(pieces, 1, heal=False).prompt.tolist()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.lists(st.sampled_from(LETTERS), min_size=1, max_size=12).map("".join))
def test_a_template_is_tokenized_as_with_special_parsing(vocabulary: Vocabulary, text: str):
    data = text.encode()
    room = (ctypes.c_int32 * (len(data) + 8))()
    length = binding.llama_tokenize(vocabulary.pointer, data, len(data), room, len(room), False, True)
    assert ids(vocabulary, Template(text)) == list(room[:length])


def test_texts_around_a_template_are_joined_with_its_own(vocabulary: Vocabulary):
    assert ids(vocabulary, Text("se"), Template("lf.na"), Text("me")) == ids(vocabulary, Text("self.name"))


def test_a_text_and_a_template_write_no_control_token_together(vocabulary: Vocabulary):
    parts = expanded((Template("<|fim_"), Text("middle|>"), Template("|>")), vocabulary)
    assert parts == [Text("<|fim_middle|>|>")]


def test_a_control_token_with_a_role_is_that_role(vocabulary: Vocabulary):
    assert expanded((Template("a<|fim_middle|>b"),), vocabulary) == [Text("a"), Special.FIM_MIDDLE, Text("b")]


def test_roles_beside_a_template_stay_roles(vocabulary: Vocabulary):
    prompt = (Template("a"), Special.FIM_PREFIX, Template("b<|fim_suffix|>"), Special.FIM_MIDDLE, Text("c"))
    assert expanded(prompt, vocabulary) == [
        Text("a"), Special.FIM_PREFIX, Text("b"), Special.FIM_SUFFIX, Special.FIM_MIDDLE, Text("c")
    ]  # fmt: skip


def test_what_may_be_dropped_stays_apart(vocabulary: Vocabulary):
    prompt = (Text("a", 1), Text("b", 2), Template("c"), Text("d"))
    assert expanded(prompt, vocabulary) == [Text("a", 1), Text("b", 2), Text("cd")]


def test_longer_tokens_are_found_first_and_white_space_goes_along():
    tokens = ControlTokens(
        [
            ControlToken("ab", Control(1)),
            ControlToken("abc", Control(2, strips_right=True)),
            ControlToken("d", Control(3, strips_left=True)),
        ]
    )
    assert tokens.split("xabcab d") == ["x", Control(2, strips_right=True), Control(1), " ", Control(3, True)]
    parts = ["x ", Control(2, strips_right=True), " \n y \t", Control(3, strips_left=True), " ", Control(3, True)]
    assert without_stripped(parts) == [
        "x ", Control(2, strips_right=True), "y", Control(3, True), Control(3, True)
    ]  # fmt: skip


def test_a_beginning_that_comes_by_itself_is_not_written_twice(vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch):
    end = vocabulary.controls.split("<|endoftext|>")[0]
    assert isinstance(end, Control)
    monkeypatch.setattr(vocabulary, "bos", end.token_id)
    assert ids(vocabulary, Template("<|endoftext|>a")) == [end.token_id, *vocabulary.tokenize("a")]


def test_a_template_crosses_the_wire():
    wire = {"prompt": [{"template": "a"}, {"text": "b"}], "n_predict": 1, "cancel_id": "x"}
    assert request_from_wire(wire).prompt == (Template("a"), Text("b"))
