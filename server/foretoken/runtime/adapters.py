"""LoRA adapters: small changes of the model's weights, from files of their own."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from llama_cpp import llama_cpp as binding

from foretoken.models.check_header import INTEGERS
from foretoken.models.gguf_header import read_header
from foretoken.models.resolve import MAGIC, ModelUnavailable
from foretoken.runtime.library import SINK
from foretoken.runtime.model import Model


class AdapterError(Exception):
    """The adapter cannot be used. The message names the file and why."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """scale: how strongly it applies; 1 = as it was trained."""

    path: Path
    scale: float = 1.0


def check_adapter_file(path: Path) -> None:
    """Raise AdapterError unless ``path`` is a whole GGUF of numbers that can be calculated with."""
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except OSError as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        raise AdapterError(f"The LoRA adapter {path.absolute()} {reason}. Correct the setting model.lora.") from error
    if head != MAGIC:
        raise AdapterError(
            f"The LoRA adapter {path} is not a GGUF file. Convert it, or correct the setting model.lora."
        )
    try:
        header = read_header(path)
    except ModelUnavailable as error:
        raise AdapterError(f"The LoRA adapter cannot be used. {error}") from error
    for name, tensor in header.tensors.items():
        if tensor.kind in INTEGERS:
            raise AdapterError(f"The LoRA adapter {path} is damaged: the tensor {name} has whole numbers.")


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
            check_adapter_file(path)
            SINK.errors.clear()
            pointer = binding.llama_adapter_lora_init(self._model.pointer, str(path).encode())
            if not pointer:
                reason = " ".join(SINK.errors) or "no reason given"
                raise AdapterError(
                    f"{path} is no LoRA adapter for the model {self._model.path}. Give model.lora an adapter in GGUF "
                    f"form that was made for this very model. (llama.cpp says: {reason})"
                )
            self._loaded[path] = pointer
        return self._loaded[path]
