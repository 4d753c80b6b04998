"""The made adapters are taken by llama.cpp, change what a model writes, and leave no trace when they are gone."""

import ctypes
from pathlib import Path

import pytest

from model.make_gguf import DENSE, HYBRID, MOE
from model.make_lora import write_lora
from model.mtp_reference import Reference, binding

SHAPES = {"hybrid": HYBRID, "moe": MOE, "dense": DENSE}
PROMPT = [*range(40, 80)]


def text_with(reference: Reference, adapter: ctypes.c_void_p | None, scale: float = 1.0) -> list[int]:
    count = 0 if adapter is None else 1
    adapters = (binding.llama_adapter_lora_p_ctypes * count)(*[adapter] * count)
    scales = (ctypes.c_float * count)(*[scale] * count)
    assert binding.llama_set_adapters_lora(reference.target, adapters, count, scales) == 0
    return reference.plain(PROMPT, 40)


def test_an_adapter_changes_the_text_and_goes_without_a_trace(every_gguf: Path, tmp_path: Path):
    path = write_lora(tmp_path / "lora.gguf", SHAPES[every_gguf.stem])
    reference = Reference(every_gguf)
    before = text_with(reference, None)
    adapter = binding.llama_adapter_lora_init(reference.model, str(path).encode())
    assert adapter
    assert text_with(reference, adapter) != before
    assert text_with(reference, adapter, scale=0.0) == before
    assert text_with(reference, None) == before
    reference.close()


def test_an_adapter_of_no_strength_changes_nothing(hybrid_gguf: Path, tmp_path: Path):
    path = write_lora(tmp_path / "lora.gguf", HYBRID, strength=0.0)
    reference = Reference(hybrid_gguf)
    adapter = binding.llama_adapter_lora_init(reference.model, str(path).encode())
    assert text_with(reference, adapter) == text_with(reference, None)
    reference.close()


@pytest.mark.parametrize("shape", [MOE, DENSE], ids=["moe", "dense"])
def test_an_adapter_for_another_architecture_is_refused(hybrid_gguf: Path, tmp_path: Path, shape):
    path = write_lora(tmp_path / "lora.gguf", shape)
    reference = Reference(hybrid_gguf)
    assert not binding.llama_adapter_lora_init(reference.model, str(path).encode())
    reference.close()
