"""The model that ships: what the rest of Foretoken relies on, and what its card promises."""

import hashlib
import json
from pathlib import Path

import gguf
import pytest

import training

FOLDER = Path(training.__file__).parents[1] / "foretoken" / "models" / "shipped"
MODEL = FOLDER / "foretoken-starter.gguf"
SPECIALS = {
    "fim_pre": "<|fim_prefix|>",
    "fim_suf": "<|fim_suffix|>",
    "fim_mid": "<|fim_middle|>",
    "fim_pad": "<|fim_pad|>",
    "fim_rep": "<|repo_name|>",
    "fim_sep": "<|file_sep|>",
    "eos": "<|endoftext|>",
}


@pytest.fixture(scope="module")
def reader() -> gguf.GGUFReader:
    return gguf.GGUFReader(MODEL)


def value(reader: gguf.GGUFReader, key: str):
    return reader.fields[key].contents()


def test_metadata(reader: gguf.GGUFReader) -> None:
    assert value(reader, "general.architecture") == "qwen35"
    assert value(reader, "general.name") == "Foretoken Starter"
    assert value(reader, "general.license") == "apache-2.0"
    assert value(reader, "qwen35.nextn_predict_layers") == 1
    assert value(reader, "tokenizer.ggml.pre") == "qwen35"
    assert value(reader, "foretoken.languages") == ["python"]
    assert value(reader, "foretoken.infill.order") == "psm"
    assert value(reader, "foretoken.n_prompt") <= 2048  # the longest example in training


def test_special_tokens_are_control(reader: gguf.GGUFReader) -> None:
    tokens, types = value(reader, "tokenizer.ggml.tokens"), value(reader, "tokenizer.ggml.token_type")
    for key, text in SPECIALS.items():
        token_id = value(reader, f"tokenizer.ggml.{key}_token_id")
        assert tokens[token_id] == text
        assert types[token_id] == gguf.TokenType.CONTROL


def test_mtp_block_and_dimensions(reader: gguf.GGUFReader) -> None:
    names = {tensor.name for tensor in reader.tensors}
    last = value(reader, "qwen35.block_count") - 1
    assert f"blk.{last}.nextn.eh_proj.weight" in names and f"blk.{last}.attn_q.weight" in names
    # What the convolution on CUDA asks for.
    assert 3 * value(reader, "qwen35.ssm.inner_size") % 128 == 0
    assert MODEL.stat().st_size <= 8_000_000


def test_card_and_notice() -> None:
    card = (FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert hashlib.sha256(MODEL.read_bytes()).hexdigest() in card
    assert f"{MODEL.stat().st_size:,} bytes" in card
    manifest = json.loads(Path(training.__file__).with_name("manifest.json").read_text(encoding="utf-8"))
    notice = (FOLDER / "NOTICE").read_text(encoding="utf-8").splitlines()
    assert all(f"{r['package']} {r['version']}: {r['licence']}" in notice for r in manifest["packages"] if r["seen"])
