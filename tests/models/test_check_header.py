"""What would end the process inside llama.cpp is named before; what it refuses itself is left to it."""

import struct
from pathlib import Path

import pytest

from foretoken.models.check_header import sound_header
from foretoken.models.gguf_header import DamagedModel
from foretoken.models.resolve import shipped_model
from model.gguf_parts import ARRAY, STRING, Key, Parts, array, elements, take_apart, text


def number(value: int) -> bytes:
    return struct.pack("<I", value)


def test_sound_models_pass(every_gguf: Path):
    assert sound_header(every_gguf).number("block_count")


def test_the_shipped_model_passes():
    assert sound_header(shipped_model()).architecture == "qwen35"


@pytest.mark.parametrize(
    "end, value, words",
    [
        ("block_count", number(0), "it has 0 layers"),
        ("block_count", number(513), "it has 513 layers"),
        ("nextn_predict_layers", number(5), "5 of 5 layers predict further tokens"),
        ("full_attention_interval", number(0), "full_attention_interval is 0"),
        ("head_count_kv", number(3), "2 attention heads cannot share 3"),
        ("rope.dimension_count", number(0), "0 numbers of a head of 32 cannot be rotated"),
        ("rope.dimension_count", number(7), "7 numbers of a head of 32"),
        ("rope.dimension_count", number(34), "34 numbers of a head of 32"),
        ("rms_epsilon", struct.pack("<f", -1.0), "epsilon is -1.0"),
        ("rms_epsilon", struct.pack("<f", float("nan")), "epsilon is nan"),
        ("dimension_sections", array(5, [struct.pack("<i", 0)] * 4), "dimension_sections are 0, 0, 0, 0"),
        ("dimension_sections", array(5, [struct.pack("<i", 11)] * 4), "dimension_sections are 11, 11, 11, 11"),
        ("dimension_sections", array(5, [struct.pack("<i", -1)] * 4), "dimension_sections are -1"),
        ("ssm.group_count", number(0), "2 recurrent heads of values cannot share 0"),
        ("ssm.inner_size", number(128), "ssm.inner_size is 128 and not 2 times 32"),
        ("value_length", number(64), "keys and values are of different lengths"),
        ("ggml.model", text(b"llama"), "no tokens for single bytes"),
        ("ggml.pre", text(b"whitespace"), "leaves spaces out"),
    ],
)
def test_numbers_that_end_the_process(hybrid_gguf: Path, tmp_path: Path, end: str, value: bytes, words: str):
    parts = take_apart(hybrid_gguf.read_bytes())
    parts.key(end).value = value
    expect(parts, tmp_path, words)


@pytest.mark.parametrize(
    "end, value, words",
    [
        ("expert_used_count", 0, "it uses 0 of 4 experts"),
        ("expert_used_count", 5, "it uses 5 of 4 experts"),
        ("expert_count", 1025, "of 1025 experts"),
        ("expert_group_count", 4, "4 experts form 4 groups"),
        ("expert_group_count", 3, "0 of 3 groups of 4 experts"),
    ],
)
def test_experts(moe_gguf: Path, tmp_path: Path, end: str, value: int, words: str):
    parts = take_apart(moe_gguf.read_bytes())
    parts.keys.append(Key(b"qwen35moe.expert_group_count", 4, number(0)))
    parts.key(end).value = number(value)
    expect(parts, tmp_path, words)


def test_a_way_of_scaling_that_nobody_knows(dense_gguf: Path, tmp_path: Path):
    parts = take_apart(dense_gguf.read_bytes())
    parts.keys.append(Key(b"qwen3.rope.scaling.type", STRING, text(b"sideways")))
    expect(parts, tmp_path, "rope.scaling.type is 'sideways'")


def test_tokens_that_are_there_twice(dense_gguf: Path, tmp_path: Path):
    parts = take_apart(dense_gguf.read_bytes())
    kind, tokens = elements(parts.key("ggml.tokens"))
    parts.key("ggml.tokens").value = array(kind, [*tokens[:-1], tokens[5]])
    expect(parts, tmp_path, f"1 of its {len(tokens)} tokens are there twice")


def test_tokens_without_text(dense_gguf: Path, tmp_path: Path):
    parts = take_apart(dense_gguf.read_bytes())
    kind, types = elements(parts.key("token_type"))
    parts.key("token_type").value = array(kind, [struct.pack("<i", 3)] * len(types))
    expect(parts, tmp_path, "most of its tokens have no text")


@pytest.mark.parametrize("name, kind, size", [("blk.0.attn_norm.weight", 1, 2), ("blk.0.attn_q.weight", 26, 4)])
def test_number_formats_that_cannot_be_calculated_with(
    dense_gguf: Path, tmp_path: Path, name: str, kind: int, size: int
):
    parts = take_apart(dense_gguf.read_bytes())
    parts.info(name).kind = kind
    if size == 2:  # as many bytes as before, so that the next tensor is where it was
        parts.info(name).dimensions[0] *= 2
    expect(parts, tmp_path, f"the tensor {name} has a number format")


def test_tensors_that_begin_between_two_places(dense_gguf: Path, tmp_path: Path):
    parts = take_apart(dense_gguf.read_bytes())
    parts.keys.append(Key(b"general.alignment", 4, number(1)))
    parts.alignment = 1
    begin = len(parts.build()) - len(parts.data)
    parts.keys.append(Key(b"x", STRING, text(b"x" * ((1 - begin - 21) % 32))))
    assert (len(parts.build()) - len(parts.data)) % 32 == 1
    expect(parts, tmp_path, "its tensors begin at an odd place")


def test_what_llama_cpp_refuses_in_words_is_left_to_it(dense_gguf: Path, tmp_path: Path):
    parts = take_apart(dense_gguf.read_bytes())
    parts.keys.remove(parts.key("embedding_length"))
    parts.key("attention.head_count").kind, parts.key("attention.head_count").value = ARRAY, array(6, [number(0)] * 3)
    path = tmp_path / "odd.gguf"
    path.write_bytes(parts.build())
    assert sound_header(path)


def expect(parts: Parts, tmp_path: Path, words: str) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(parts.build())
    with pytest.raises(DamagedModel) as error:
        sound_header(path)
    assert words in str(error.value) and str(path) in str(error.value) and "copy it again" in str(error.value)
