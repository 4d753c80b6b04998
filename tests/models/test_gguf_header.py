"""A GGUF's header is read as it is written, and nothing in it is believed that the file cannot hold."""

import struct
from collections.abc import Callable
from pathlib import Path

import gguf
import pytest

from foretoken.models import gguf_header
from foretoken.models.gguf_header import TYPES, Array, DamagedModel, read_header
from foretoken.models.resolve import ModelUnavailable
from model.gguf_parts import Parts, array, take_apart, text

Spoil = Callable[[Parts], object]


def test_it_says_what_ggmls_own_reader_says(every_gguf: Path):
    header, reader = read_header(every_gguf), gguf.GGUFReader(every_gguf)
    assert header.architecture == reader.fields["general.architecture"].contents()
    for name, field in reader.fields.items():
        if name.startswith("GGUF."):
            continue
        value = header.keys[name]
        if isinstance(value, Array) and value.kind == gguf_header.STRING:
            assert [entry.decode() for entry in header.strings(name)] == field.contents()
        elif isinstance(value, Array):
            assert list(header.numbers(value)) == field.contents()
        else:
            assert value == field.contents()
    assert len(header.tensors) == len(reader.tensors)
    for tensor in reader.tensors:
        ours = header.tensors[tensor.name]
        assert (ours.shape, ours.kind) == (tuple(tensor.shape.tolist()), tensor.tensor_type)
        assert (header.data + ours.offset, ours.size) == (tensor.data_offset, tensor.n_bytes)


def test_every_number_format_is_llama_cpps():
    import ctypes

    from llama_cpp import llama_cpp as binding
    from llama_cpp._ctypes_extensions import load_shared_library

    library = load_shared_library("ggml-base", binding._base_path)
    library.ggml_blck_size.restype, library.ggml_type_size.restype = ctypes.c_int64, ctypes.c_size_t
    known = {kind: (library.ggml_blck_size(kind), library.ggml_type_size(kind)) for kind in range(43)}
    assert {kind: sizes for kind, sizes in known.items() if sizes != (0, 0)} == TYPES


def spoilt(path: Path, base: Path, spoil: Spoil) -> Path:
    parts = take_apart(base.read_bytes())
    spoil(parts)
    path.write_bytes(parts.build())
    return path


def set_key(end: str, value: bytes, kind: int | None = None) -> Spoil:
    def spoil(parts: Parts) -> None:
        key = parts.key(end)
        key.value, key.kind = value, key.kind if kind is None else kind

    return spoil


def set_info(tensor: str, **fields: object) -> Spoil:
    return lambda parts: [setattr(parts.info(tensor), field, value) for field, value in fields.items()]


def set_parts(**fields: object) -> Spoil:
    return lambda parts: [setattr(parts, field, value) for field, value in fields.items()]


@pytest.mark.parametrize(
    "spoil, words",
    [
        (set_parts(version=1), "a GGUF of version 1"),
        (set_parts(version=0x03000000), "another byte order"),
        (set_parts(n_keys=1 << 62), "it says that it has 4611686018427387904 keys"),
        (set_parts(n_tensors=1 << 40), "1099511627776 tensors"),
        (set_parts(data=b""), "lies behind its end"),
        (lambda parts: parts.keys.append(parts.keys[3]), "the key tokenizer.ggml.tokens is there twice"),
        (lambda parts: parts.infos.append(parts.infos[0]), "the tensor token_embd.weight is there twice"),
        (set_key("general.name", struct.pack("<Q", 1 << 63)), "general.name does not end inside the file"),
        (set_key("general.name", b"", 77), "the key general.name has the unknown type 77"),
        (set_key("ggml.tokens", array(9, [])), "is an array of the unknown type 9"),
        (set_key("ggml.tokens", struct.pack("<IQ", 8, 1 << 50)), "says that it has 1125899906842624 entries"),
        (set_key("ggml.tokens", struct.pack("<IQQ", 8, 1, 1 << 50)), "tokens does not end inside the file"),
        (set_key("token_type", struct.pack("<IQ", 5, 1 << 61)), "token_type does not end inside the file"),
        (set_info("output_norm.weight", dimensions=[]), "the tensor output_norm.weight cannot have the shape ()"),
        (set_info("output_norm.weight", dimensions=[0]), "cannot have the shape (0,)"),
        (set_info("output_norm.weight", dimensions=[1] * 5), "has 5 dimensions"),
        (set_info("output_norm.weight", dimensions=[1 << 62, 1 << 62]), "lies behind its end"),
        (set_info("output_norm.weight", kind=8, dimensions=[33]), "cannot have the shape (33,)"),
        (set_info("output_norm.weight", kind=99), "a number format (99)"),
        (set_info("output_norm.weight", offset=1), "output_norm.weight is not where it should be"),
        (set_info("output_norm.weight", name=b"x" * 64), "is too long"),
    ],
)
def test_what_contradicts_itself_is_named(dense_gguf: Path, tmp_path: Path, spoil: Spoil, words: str):
    path = spoilt(tmp_path / "bad.gguf", dense_gguf, spoil)
    with pytest.raises(ModelUnavailable) as error:
        read_header(path)
    assert words in str(error.value) and str(path) in str(error.value)


@pytest.mark.parametrize("alignment", [0, 7, 1 << 31])
def test_an_alignment_is_a_power_of_two(dense_gguf: Path, tmp_path: Path, alignment: int):
    def spoil(parts: Parts) -> None:
        key = parts.key("foretoken.n_prompt")
        key.name, key.value = b"general.alignment", struct.pack("<I", alignment)

    with pytest.raises(DamagedModel, match="power of two"):
        read_header(spoilt(tmp_path / "bad.gguf", dense_gguf, spoil))


def test_every_cut_of_a_file_is_noticed(dense_gguf: Path, tmp_path: Path):
    """At a thousand places of the header, and in the tensors."""
    whole = dense_gguf.read_bytes()
    header = read_header(dense_gguf).data
    path = tmp_path / "cut.gguf"
    for size in [*range(0, header, max(1, header // 1000)), header, len(whole) - 1]:
        path.write_bytes(whole[:size])
        with pytest.raises(ModelUnavailable):
            read_header(path)


def test_a_header_longer_than_any_is_not_read(dense_gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A length that the file can hold may still be one that no memory can."""
    monkeypatch.setattr(gguf_header, "LONGEST_HEADER", 1 << 16)
    path = spoilt(tmp_path / "long.gguf", dense_gguf, set_key("general.name", text(b"x" * (1 << 16))))
    with pytest.raises(DamagedModel, match="does not end inside"):
        read_header(path)
    monkeypatch.setattr(gguf_header, "MOST_STRINGS", 100)
    with pytest.raises(DamagedModel, match="tokens says that it has"):
        read_header(dense_gguf)


def test_numbers_are_found_where_they_are(hybrid_gguf: Path):
    header = read_header(hybrid_gguf)
    assert header.number("block_count") == 5 and header.number("nothing", 7) == 7
    assert header.number("rope.dimension_sections") == 2  # the largest
    assert header.number("attention.layer_norm_rms_epsilon", 3) == 3  # not a whole one
    assert list(header.strings("foretoken.languages")) == [b"python"]
    assert list(header.strings("nothing")) == list(header.strings("tokenizer.ggml.token_type")) == []
