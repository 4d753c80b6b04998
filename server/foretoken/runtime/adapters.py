"""LoRA adapters: small changes of the model's weights, from files of their own."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from llama_cpp import llama_cpp as binding

from foretoken.runtime.library import SINK
from foretoken.runtime.model import Model


class AdapterError(Exception):
    """The adapter cannot be used. The message names the file and why."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """scale: how strongly it applies; 1 = as it was trained."""

    path: Path
    scale: float = 1.0


class Adapters:
    """The adapters of one model. llama.cpp frees them with the model. applied: those in use, as ``pointers`` gave them."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._loaded: dict[Path, ctypes.c_void_p] = {}
        self.applied: list[tuple[ctypes.c_void_p, float]] = []

    def pointers(self, adapters: Sequence[Adapter]) -> list[tuple[ctypes.c_void_p, float]]:
        """What a context takes; each file is read once. Raises AdapterError."""
        return [(self._pointer(adapter.path), adapter.scale) for adapter in adapters]

    def _pointer(self, path: Path) -> ctypes.c_void_p:
        if path not in self._loaded:
            if not path.is_file():
                raise AdapterError(f"There is no LoRA adapter {path}. Correct the setting model.lora.")
            SINK.errors.clear()
            pointer = binding.llama_adapter_lora_init(self._model.pointer, str(path).encode())
            if not pointer:
                reason = " ".join(SINK.errors) or "no reason given"
                raise AdapterError(f"llama.cpp cannot use the LoRA adapter {path} with {self._model.path}: {reason}")
            self._loaded[path] = pointer
        return self._loaded[path]
