"""What a model process is told to load: its wire form is checked field by field."""

from pathlib import Path

import pytest

from foretoken.runtime.options import LoadOptions, load_options_from_wire
from foretoken.runtime.tuning import CacheType, Speculation, Tuning
from foretoken.text.wire import WireError

LEAST = {"model": "/m.gguf", "n_ctx": 4096}


def test_what_is_left_out_has_its_default():
    assert load_options_from_wire(LEAST) == LoadOptions(Path("/m.gguf"), 4096)
    assert load_options_from_wire({**LEAST, "unknown": 1, "states": None}) == LoadOptions(Path("/m.gguf"), 4096)


def test_all_fields():
    wire = {
        **LEAST,
        "threads": 3,
        "gpu_layers": 10,
        "mtp": "on",
        "lookup": "off",
        "cache_type": "q8_0",
        "lora": ["/a.gguf", "/b.gguf"],
        "states": "/cache/states",
        "state_mib": 2048,
    }
    assert load_options_from_wire(wire) == LoadOptions(
        Path("/m.gguf"),
        4096,
        3,
        10,
        Tuning(Speculation.ON, Speculation.OFF, cache_k=CacheType.Q8_0, cache_v=CacheType.Q8_0),
        (Path("/a.gguf"), Path("/b.gguf")),
        Path("/cache/states"),
        2048,
    )


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"model": None}, "model"),
        ({"model": 5}, "model"),
        ({"n_ctx": None}, "n_ctx"),
        ({"n_ctx": 0}, "n_ctx"),
        ({"n_ctx": "4096"}, "n_ctx"),
        ({"n_ctx": 4096.0}, "n_ctx"),
        ({"n_ctx": 1 << 31}, "n_ctx"),
        ({"threads": -1}, "threads"),
        ({"threads": True}, "threads"),
        ({"gpu_layers": -2}, "gpu_layers"),
        ({"state_mib": -1}, "state_mib"),
        ({"states": 7}, "states"),
        ({"lora": "a.gguf"}, "lora"),
        ({"lora": ["a.gguf", 1]}, "lora"),
        ({"mtp": "maybe"}, "maybe"),
        ({"mtp": True}, "True"),
        ({"lookup": 1}, "1"),
        ({"cache_type": "q5_1"}, "q5_1"),
        ({"cache_type": []}, r"\[\]"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, object], named: str):
    with pytest.raises(WireError, match=named):
        load_options_from_wire({**LEAST, **change})


@pytest.mark.parametrize("value", [None, [], "model", 1, {}, {"n_ctx": 4096}])
def test_what_names_no_model_is_refused(value: object):
    with pytest.raises(WireError, match="model"):
        load_options_from_wire(value)


def test_a_window_must_be_named():
    with pytest.raises(WireError, match="n_ctx"):
        load_options_from_wire({"model": "/m.gguf"})
