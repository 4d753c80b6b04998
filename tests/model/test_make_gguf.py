"""The made models are what the tests and the benchmarks take them for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest

from model.gguf_layers import Q4_0, Q8_0
from model.make_gguf import DENSE, HYBRID, MOE, WIDE, Shape, write_model
from model.mtp_reference import Drafts, Reference, binding

PROMPTS = [np.random.default_rng(count).integers(0, 300, count).tolist() for count in (1, 20, 150)]
SHAPES = {"hybrid": HYBRID, "moe": MOE, "dense": DENSE}


@contextmanager
def opened(path: Path, n_draft: int = 1, n_ctx: int = 512) -> Iterator[Reference]:
    reference = Reference(path, n_draft, n_ctx)
    yield reference
    reference.close()


def acceptance(path: Path, n_draft: int = 1, n_predict: int = 120) -> float:
    """Over all prompts; the text is compared with the one that comes without drafts."""
    drafted = accepted = 0
    with opened(path, n_draft) as reference:
        for prompt in PROMPTS:
            drafts = reference.generate(prompt, n_predict)
            assert drafts.token_ids[:n_predict] == reference.plain(prompt, n_predict)
            drafted, accepted = drafted + drafts.drafted, accepted + drafts.accepted
    return accepted / drafted


def test_a_model_is_what_its_shape_says(every_gguf: Path):
    shape = SHAPES[every_gguf.stem]
    with opened(every_gguf) as reference:
        model = reference.model
        assert binding.llama_model_n_embd(model) == shape.sizes.n_embd
        assert binding.llama_model_n_layer(model) == len(shape.kinds)
        assert binding.llama_model_n_layer_nextn(model) == shape.nextn
        assert bool(binding.llama_model_is_hybrid(model)) == ("r" in shape.kinds)
        assert binding.llama_model_n_ctx_train(model) == shape.n_ctx
        # Snapshots for taking drafts back: only a recurrent state needs them.
        assert binding.llama_n_rs_seq(reference.target) == ("r" in shape.kinds)
    assert every_gguf.stat().st_size < 3_000_000


def test_what_stands_before_the_last_token_changes_what_follows(every_gguf: Path):
    last, rows = PROMPTS[1][-1], []
    with opened(every_gguf) as reference:
        for before in PROMPTS[1][:-1], PROMPTS[2][:19]:
            reference.plain([*before, last], 1)
            rows.append(reference.logits(-1).copy())
        assert np.isfinite(rows).all()
        assert np.abs(rows[0] - rows[1]).max() > 1
        assert len(set(reference.plain(PROMPTS[1], 100))) > 30


def test_experts_are_really_chosen(tmp_path: Path):
    """With all four instead of two the text is another."""
    texts = []
    for used in (2, 4):
        shape = replace(MOE, sizes=replace(MOE.sizes, expert_used_count=used))
        with opened(write_model(tmp_path / f"{used}.gguf", shape)) as reference:
            texts.append(reference.plain(PROMPTS[1], 50))
    assert texts[0] != texts[1]


@pytest.mark.parametrize("shape", [HYBRID, MOE], ids=["hybrid", "moe"])
@pytest.mark.parametrize(
    ("noise", "least", "most"), [(0.5, 0.9, 1), (0.85, 0.5, 0.85), (1.0, 0.25, 0.5), (1.5, 0, 0.1)]
)
def test_noise_decides_how_often_a_draft_is_right(
    tmp_path: Path, shape: Shape, noise: float, least: float, most: float
):
    assert least <= acceptance(write_model(tmp_path / "noisy.gguf", shape, noise=noise)) <= most


def test_longer_drafts_are_right_less_often_and_the_text_is_the_same(hybrids: Path):
    assert 0.05 < acceptance(hybrids, n_draft=4) < acceptance(hybrids, n_draft=1)


def test_drafts_depend_on_the_hidden_state(hybrids: Path, monkeypatch: pytest.MonkeyPatch):
    """So a runtime that hands over a wrong one drafts other tokens than the reference."""
    with opened(hybrids) as reference:
        right = reference.generate(PROMPTS[2], 150)
        monkeypatch.setattr(reference, "_hidden", lambda count: np.zeros((count, reference.n_embd), np.float32))
        wrong = reference.generate(PROMPTS[2], 150)
    assert right.token_ids[:150] == wrong.token_ids[:150]
    assert 0.1 < _other_drafts(right, wrong) < 0.6


def test_drafts_depend_on_what_the_mtp_context_saw(hybrids: Path, monkeypatch: pytest.MonkeyPatch):
    """So a runtime that forgets to show it the prompt and the accepted tokens as they were is found out."""
    with opened(hybrids) as reference:
        right = reference.generate(PROMPTS[2], 150)
        decode = reference._decode

        def blind(context, token_ids, position, outputs, hidden=None):
            seen = hidden if len(outputs) or hidden is None else np.zeros_like(hidden)
            decode(context, token_ids, position, outputs, seen)

        monkeypatch.setattr(reference, "_decode", blind)
        wrong = reference.generate(PROMPTS[2], 150)
    assert right.token_ids[:150] == wrong.token_ids[:150]
    assert 0.03 < _other_drafts(right, wrong) < 0.6


def test_a_chain_is_drafted_as_it_is_written(tmp_path: Path):
    with opened(write_model(tmp_path / "chain.gguf", HYBRID, chain=b"xyz(), nv"), n_draft=3) as reference:
        vocabulary = binding.llama_model_get_vocab(reference.model)
        letters = {binding.llama_vocab_get_text(vocabulary, i): i for i in range(256)}
        chain = [letters[letter] for letter in (b"x", b"y", b"z", b"(", b")", b",", "Ġ".encode(), b"n", b"v")]
        drafts = reference.generate(chain[:1], 8)
    assert drafts.token_ids[:8] == chain[1:]
    assert drafts.proposals[1] == chain[2:5]


@pytest.mark.parametrize("quantized", [None, Q8_0, Q4_0])
def test_a_vocabulary_can_be_padded(tmp_path: Path, quantized: gguf.GGMLQuantizationType | None):
    """The text is not changed by tokens that are never used."""
    small = replace(HYBRID, quantized=quantized)
    texts = []
    for name, shape in {"small": small, "large": replace(small, n_vocab=5000)}.items():
        with opened(write_model(tmp_path / f"{name}.gguf", shape)) as reference:
            texts.append(reference.plain(PROMPTS[1], 60))
            n_vocab = reference.n_vocab
    assert n_vocab == 5000
    assert texts[0] == texts[1]
    assert ((tmp_path / "large.gguf").stat().st_size < 1_500_000) == (quantized is not None)


def test_the_wide_model_has_the_state_of_the_real_one(tmp_path: Path):
    path = write_model(tmp_path / "wide.gguf", WIDE, noise=0.1)
    with opened(path, n_ctx=256) as reference:
        sizes = []
        for count in (1, 9):
            reference.generate(list(range(count)), 1)
            sizes.append((_size(reference.target, 1), _size(reference.target, 0), _size(reference.draft, 0)))
        assert np.isfinite(reference.logits(-1)).all()
    path.unlink()  # a hundred megabytes
    (partial, whole, mtp), later = sizes
    # 48 layers of 48 heads of 128 x 128 numbers, and of three rows for the convolution; 1,180 bytes of llama.cpp's own.
    assert partial == later[0] == 4 * 48 * (48 * 128 * 128 + 3 * WIDE.sizes.convolved) + 1_180 == 156_894_364
    # F16, keys and values, 4 heads of 256, in 16 layers and in one; llama.cpp adds 24 bytes of its own to a token.
    assert (later[1] - whole) / 8 == 65_536 + 24
    assert (later[2] - mtp) / 8 == 4_096 + 24


def _other_drafts(one: Drafts, other: Drafts) -> float:
    """The share of the rounds at the same position that drafted other tokens."""
    both = one.proposals.keys() & other.proposals.keys()
    assert len(both) > 50
    return float(np.mean([one.proposals[at] != other.proposals[at] for at in both]))


def _size(context: object, flags: int) -> int:
    """Bytes of the sequence's state; flags 1: its recurrent part."""
    return int(binding.llama_state_seq_get_size_ext(context, 0, flags))
