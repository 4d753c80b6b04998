"""llama.cpp's library: found, checked, and made to log where we log.

llama-cpp-python binds symbols by name, and those of ``llama_cpp_ext`` change between releases; so the version is
pinned and every symbol that the runtime calls is looked for before anything is loaded.
"""

import ctypes
import importlib
import logging
from collections import deque
from importlib import metadata
from types import ModuleType

log = logging.getLogger(__name__)

DISTRIBUTION = "llama-cpp-python"
PINNED = "0.3.36"
CURE = f"Install the tested version: pip install {DISTRIBUTION}=={PINNED}"

SYMBOLS = (
    "llama_backend_init", "llama_log_set", "llama_model_default_params", "llama_context_default_params",
    "llama_model_load_from_file", "llama_model_free", "llama_init_from_model", "llama_free",
    "llama_model_get_vocab", "llama_model_meta_val_str", "llama_model_n_ctx_train", "llama_model_n_params",
    "llama_model_size", "llama_model_n_layer_nextn", "llama_model_is_hybrid", "llama_model_is_recurrent",
    "llama_model_has_encoder", "llama_model_is_diffusion",
    "llama_n_ctx", "llama_n_rs_seq", "llama_model_n_embd", "llama_model_n_head",
    "llama_supports_gpu_offload", "llama_get_memory", "llama_memory_clear",
    "llama_memory_seq_rm", "llama_memory_seq_cp", "llama_decode", "llama_synchronize", "llama_get_logits",
    "llama_adapter_lora_init", "llama_set_adapters_lora",
    "llama_state_seq_get_size_ext", "llama_state_seq_get_data_ext", "llama_state_seq_set_data_ext",
    "llama_vocab_n_tokens", "llama_vocab_is_eog", "llama_vocab_is_control",
    "llama_vocab_bos", "llama_vocab_get_add_bos", "llama_vocab_fim_pre", "llama_vocab_fim_suf",
    "llama_vocab_fim_mid", "llama_vocab_fim_pad", "llama_vocab_fim_rep", "llama_vocab_fim_sep", "llama_tokenize",
    "llama_token_to_piece", "llama_vocab_eos", "llama_vocab_get_attr", "llama_vocab_get_text",
    "llama_model_chat_template",
)  # fmt: skip
EXT_SYMBOLS = ("llama_set_embeddings_nextn", "llama_get_embeddings_nextn")

# ggml_log_level at the pinned commit; llama.cpp's INFO is chatter, its WARN is one line per control token.
LEVELS = {1: logging.DEBUG, 2: logging.DEBUG, 3: logging.INFO, 4: logging.ERROR}
CONTINUED = 5
FULL_WINDOW = ("failed to prepare attention ubatches", "failed to find a memory slot for batch")


class LibraryError(Exception):
    """llama.cpp cannot be used here. The message says what is missing and what to install."""


class LogSink:
    """Sends llama.cpp's log to Python's logging and keeps the last errors, which say why a call failed."""

    def __init__(self) -> None:
        self.errors: deque[str] = deque(maxlen=8)
        self._level = logging.DEBUG
        self._callback: object | None = None

    def install(self, binding: ModuleType) -> None:
        """The reference to the callback is kept: llama.cpp calls it until the process ends."""
        self._callback = binding.llama_log_callback(self._on_line)
        binding.llama_log_set(self._callback, ctypes.c_void_p(0))

    def _on_line(self, level: int, text: bytes, _user_data: object) -> None:
        if level != CONTINUED:
            self._level = LEVELS.get(level, logging.DEBUG)
        line = text.decode("utf-8", "replace").rstrip()
        if not line:
            return
        # A full window is nothing unusual: another state gives way, and the call is made again.
        full = any(said in line for said in FULL_WINDOW)
        if self._level >= logging.ERROR and not full:
            self.errors.append(line)
        log.log(logging.DEBUG if full else self._level, "llama.cpp: %s", line)


SINK = LogSink()


def load_library() -> ModuleType:
    """llama_cpp's low-level module, checked and ready. Raises LibraryError."""
    try:
        installed = metadata.version(DISTRIBUTION)
        binding = importlib.import_module("llama_cpp.llama_cpp")
        extension = importlib.import_module("llama_cpp.llama_cpp_ext")
    except metadata.PackageNotFoundError as error:
        raise LibraryError(f"{DISTRIBUTION} is not installed. {CURE}") from error
    except AttributeError as error:  # the binding looks its symbols up while it is imported
        raise LibraryError(f"The llama.cpp library lacks a symbol: {error}. {CURE}") from error
    except (ImportError, OSError, RuntimeError) as error:
        raise LibraryError(f"The llama.cpp library cannot be loaded: {error}. {CURE}") from error
    check_symbols(binding, extension, installed)
    SINK.install(binding)
    binding.llama_backend_init()
    return binding


def check_symbols(binding: object, extension: object, installed: str) -> None:
    """Raise LibraryError when the version is not the pinned one or a symbol is missing."""
    if installed != PINNED:
        raise LibraryError(f"{DISTRIBUTION} {installed} is installed, but Foretoken is made for {PINNED}. {CURE}")
    for module, names in ((binding, SYMBOLS), (extension, EXT_SYMBOLS)):
        missing = [name for name in names if not hasattr(module, name)]
        if missing:
            raise LibraryError(f"{DISTRIBUTION} {installed} lacks {', '.join(missing)}. {CURE}")
