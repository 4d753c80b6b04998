"""Loading a GGUF, and what the model says of itself."""

import ctypes
import logging
from collections.abc import Callable
from pathlib import Path

from llama_cpp import llama_cpp as binding

from foretoken.models.check_header import sound_header
from foretoken.models.gguf_header import Header
from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.library import SINK
from foretoken.runtime.vocabulary import Vocabulary

log = logging.getLogger(__name__)

LANGUAGES_KEY = "foretoken.languages"
# Others have NextN tensors, too, but llama.cpp has no draft graph for them and would run the whole model in its place.
MTP_ARCHITECTURES = ("qwen35", "qwen35moe")
N_PROMPT_KEY = "foretoken.n_prompt"
ERROR, FAILED = "error loading model: ", "llama_model_load_from_file_impl: failed"  # in llama.cpp's log
MOST_WORDS = 300


class LoadCancelled(Exception):
    """The load was given up because its progress callback said so."""


class Model:
    """A loaded model: ``pointer`` is llama.cpp's; it lives until ``close``.

    mtp_loaded: the weights of its multi-token prediction block are there. A draft context on a model without them ends
    the process. on_gpu: layers may be on a GPU.
    """

    def __init__(self, pointer: ctypes.c_void_p, header: Header, load_mtp: bool, on_gpu: bool) -> None:
        self.pointer = pointer
        self.path = path = header.path
        self.vocabulary = Vocabulary(binding.llama_model_get_vocab(pointer))
        self.n_ctx_train = int(binding.llama_model_n_ctx_train(pointer))
        self.n_params = int(binding.llama_model_n_params(pointer))
        self.size_bytes = int(binding.llama_model_size(pointer))
        self.n_head = int(binding.llama_model_n_head(pointer))
        self.on_gpu = on_gpu
        self.n_layer_nextn = int(binding.llama_model_n_layer_nextn(pointer))
        # A recurrent state cannot be trimmed, whether or not attention layers stand beside it.
        self.hybrid = bool(binding.llama_model_is_hybrid(pointer) or binding.llama_model_is_recurrent(pointer))
        self.architecture = self.metadata("general.architecture") or "unknown"
        self.mtp_loaded = load_mtp and self.n_layer_nextn > 0 and self.architecture in MTP_ARCHITECTURES
        self.name = self.metadata("general.name") or path.stem
        self.languages = tuple(language.decode("utf-8", "replace") for language in header.strings(LANGUAGES_KEY))
        n_prompt = self.metadata(N_PROMPT_KEY) or ""
        self.n_prompt = int(n_prompt) if n_prompt.isdecimal() else 0

    def metadata(self, key: str) -> str | None:
        """One metadata value as llama.cpp prints it; None when it is not there. Arrays are not kept by llama.cpp."""
        buffer = ctypes.create_string_buffer(1024)
        size = binding.llama_model_meta_val_str(self.pointer, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if size >= 0 else None

    @property
    def chat_template(self) -> str | None:
        """The Jinja source of the file's own chat template; None when it has none."""
        source = binding.llama_model_chat_template(self.pointer, None)
        return source.decode("utf-8", "replace") if source else None

    def close(self) -> None:
        if self.pointer:
            binding.llama_model_free(self.pointer)
            self.pointer = ctypes.c_void_p()


def load_model(
    path: Path,
    gpu_layers: int,
    progress: Callable[[float], bool],
    load_mtp: bool = True,
    header: Header | None = None,
) -> Model:
    """Load ``path``; ``progress`` is called with 0 to 1 and answers whether to go on.

    gpu_layers: -1 = all. load_mtp: with its multi-token prediction block, if it has one. header: the file's, when it was
    read and checked before. Raises ModelUnavailable naming the file and the cure, or LoadCancelled.
    """
    header = header or sound_header(path)
    params = binding.llama_model_default_params()
    params.n_gpu_layers = gpu_layers
    params.load_mtp = load_mtp
    stopped = False

    def on_progress(done: float, _user_data: object) -> bool:
        nonlocal stopped
        stopped = stopped or not progress(done)
        return not stopped

    callback = binding.llama_progress_callback(on_progress)
    params.progress_callback = callback
    SINK.errors.clear()
    pointer = binding.llama_model_load_from_file(str(path).encode(), params)
    if stopped:
        if pointer:
            binding.llama_model_free(pointer)
        raise LoadCancelled(str(path))
    if not pointer:
        raise ModelUnavailable(_why(path, " ".join(SINK.errors)))
    if binding.llama_model_has_encoder(pointer) or binding.llama_model_is_diffusion(pointer):
        binding.llama_model_free(pointer)
        raise ModelUnavailable(f"The model in {path} does not continue text. Choose a code completion model.")
    on_gpu = gpu_layers != 0 and bool(binding.llama_supports_gpu_offload())
    model = Model(pointer, header, load_mtp, on_gpu)
    log.info("loaded %s: %s, %d parameters", model.name, model.architecture, model.n_params)
    return model


def _why(path: Path, errors: str) -> str:
    """A sentence for the user from what llama.cpp logged while it refused the file."""
    if "file bounds" in errors or "incomplete" in errors or "unexpectedly reached end of file" in errors:
        return f"The model file {path} is incomplete or damaged. Download or copy it again."
    if "unknown model architecture" in errors:
        return (
            f"The model in {path} has an architecture that this llama.cpp does not know. "
            "Choose another model, or a newer Foretoken."
        )
    if "allocate" in errors or "out of memory" in errors:
        return (
            f"There is not enough memory for the weights of the model {path}. Choose a smaller one, or put fewer of its "
            "layers on the graphics device (model.gpu_layers)."
        )
    return f"llama.cpp cannot load {path}: {_reason(errors)}. The file is damaged or not supported."


def _reason(errors: str) -> str:
    """Without the names of llama.cpp's functions and their last words, which say that it failed."""
    reason = errors.split(FAILED)[0].split(ERROR)[-1].strip()
    return reason[:MOST_WORDS] or "it gave no reason"
