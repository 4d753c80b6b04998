"""What a model needs, and the largest window that fits."""

import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest

from foretoken.runtime.library import load_library

load_library()

from foretoken.models.check_header import sound_header  # noqa: E402
from foretoken.models.resolve import ModelUnavailable  # noqa: E402
from foretoken.runtime.context import Context  # noqa: E402
from foretoken.runtime.fit import (  # noqa: E402
    CALCULATION,
    GIB,
    LEAST_WINDOW,
    LITTLE,
    Fit,
    choose,
    frugal,
    n_sequences,
    needs,
    smaller,
    surely_fits,
)
from foretoken.runtime.model import load_model  # noqa: E402
from foretoken.runtime.options import LoadOptions  # noqa: E402
from foretoken.runtime.tuning import CacheType, Speculation, Tuning  # noqa: E402
from models_header import QWEN_27B, QWEN_CODER_7B, header  # noqa: E402

MIB = 1 << 20
LARGE = header("qwen35", QWEN_27B)
WEIGHTS = 17 * GIB
NO_DRAFTS = Tuning(mtp=Speculation.OFF, lookup=Speculation.OFF)


def options(n_ctx: int = 8192, tuning: Tuning | None = None) -> LoadOptions:
    return LoadOptions(Path("model.gguf"), n_ctx, tuning=tuning or Tuning())


def test_a_large_hybrid_model_needs_what_was_measured_of_it():
    needed = needs(LARGE, NO_DRAFTS, WEIGHTS)
    assert needed.token == 65_536  # 16 layers of attention
    assert needed.recurrent == 48 * 4 * (128 * 6144 + 3 * 10_240)  # 149.6 MiB
    with_drafts = needs(LARGE, Tuning(), WEIGHTS)
    assert with_drafts.token == 65_536 + 4096  # the draft block's cache
    assert with_drafts.recurrent == 4 * needed.recurrent  # three steps back
    assert needs(LARGE, replace(NO_DRAFTS, cache_k=CacheType.Q8_0, cache_v=CacheType.Q8_0), WEIGHTS).token == 34_816


def test_a_dense_model_needs_its_attention_cache():
    needed = needs(header("qwen2", QWEN_CODER_7B), Tuning(), 8 * GIB)
    assert needed.token == 28 * 2 * 4 * 128 * 2 and needed.recurrent == 0


def test_a_number_of_a_wrong_kind_is_no_number():
    """llama.cpp refuses it in words, a moment later."""
    odd = header("qwen2", {**QWEN_CODER_7B, "attention.head_count_kv": "seven", "block_count": 2.5})
    assert needs(odd, Tuning(), 0).token == 0


@pytest.mark.parametrize("key", ["attention.sliding_window", "attention.kv_lora_rank"])
def test_nothing_is_claimed_of_attention_that_keeps_less(key: str):
    assert needs(header("other", {**QWEN_CODER_7B, key: 512}), Tuning(), GIB).token == 0


def test_what_llama_cpp_allocates_is_what_was_said(every_gguf: Path, caplog: pytest.LogCaptureFixture):
    """The sizes of its buffers, as it logs them, with two digits."""
    tuning = Tuning(mtp=Speculation.OFF, n_ubatch=64)
    needed = needs(sound_header(every_gguf), tuning, 0)
    model = load_model(every_gguf, 0, lambda _done: True, load_mtp=False)
    caplog.set_level(logging.DEBUG, "foretoken")
    context = Context(model, 2048, 1, tuning)
    sizes = re.findall(r"(?:KV|RS) buffer size = +([\d.]+) MiB", caplog.text)
    assert len(sizes) == 1 + model.hybrid
    assert sum(map(float, sizes)) * MIB == pytest.approx(needed.states(2048, context.n_seq), abs=0.011 * MIB)
    context.close()
    model.close()


def test_a_small_model_asks_nobody():
    small = header(
        "qwen3", {**QWEN_CODER_7B, "block_count": 4, "attention.key_length": 32, "attention.value_length": 32}
    )
    assert surely_fits(options(), small, 4 * MIB)
    assert not surely_fits(options(), small, LITTLE)
    assert not surely_fits(options(1 << 20), small, 4 * MIB)


def test_what_fits_is_left_alone():
    wanted = options()
    assert choose(wanted, LARGE, WEIGHTS, 64 * GIB) == Fit(wanted)


def test_spare_sequences_give_way_first():
    needed = needs(LARGE, Tuning(), WEIGHTS)
    free = needed.states(8192, n_sequences(Tuning(), WEIGHTS)) + CALCULATION - 1
    fit = choose(options(), LARGE, 0, free)
    assert fit.options == options(tuning=frugal(Tuning())) and fit.notice == ""


def test_then_the_window_is_halved_until_it_fits():
    tuning = frugal(NO_DRAFTS)
    needed = needs(LARGE, tuning, 0)
    wanted = options(100_000, tuning)
    fit = choose(wanted, LARGE, 0, needed.states(12_500, 2) + CALCULATION)
    assert fit.options.n_ctx == 12_500
    assert fit.notice == "There was room for a window of 12,500 tokens, not 100,000."
    assert choose(wanted, LARGE, 0, needed.states(12_500, 2) + CALCULATION - 1).options.n_ctx == 6250


def test_memory_on_disk_counts_before_it_is_given_up():
    needed = needs(LARGE, frugal(NO_DRAFTS), 0)
    least = needed.states(LEAST_WINDOW, 2)
    fit = choose(options(tuning=frugal(NO_DRAFTS)), LARGE, 0, least - GIB // 4, swap=GIB // 4)
    assert fit.options.n_ctx == LEAST_WINDOW and "slow" in fit.notice
    with pytest.raises(ModelUnavailable) as error:
        choose(options(tuning=frugal(NO_DRAFTS)), LARGE, 0, least - GIB // 4, swap=GIB // 4 - 1)
    for said in ("Qwen needs about 0.4 GiB", "window of 2,048 tokens", "0.2 GiB are free", "model.path"):
        assert said in str(error.value)


def test_weights_alone_are_no_reason_to_refuse():
    fit = choose(options(), LARGE, WEIGHTS, 11 * GIB)
    assert fit.options.n_ctx == 8192
    assert "The model takes 20.5 GiB, and 11.0 GiB are free" in fit.notice and "slow" in fit.notice


def test_no_more_than_the_model_was_made_for():
    """A window that it would not get anyhow is no reason for a notice."""
    fit = choose(options(1 << 20, NO_DRAFTS), header("qwen2", QWEN_CODER_7B), 0, 2 * GIB)
    assert fit.notice == "" and fit.options.n_ctx == 1 << 20


@pytest.mark.parametrize("n_ctx, expected", [(8192, 4096), (3000, 2048), (2048, None), (512, None)])
def test_the_next_smaller_window(n_ctx: int, expected: int | None):
    assert smaller(n_ctx) == expected
