"""Reading string arrays from a GGUF's header: llama.cpp's model interface answers scalars only."""

import ctypes
from pathlib import Path

from llama_cpp import llama_cpp as binding
from llama_cpp._ctypes_extensions import load_shared_library

GGUF_TYPE_STRING = 8
GGUF_TYPE_ARRAY = 9


class _InitParams(ctypes.Structure):
    _fields_ = [("no_alloc", ctypes.c_bool), ("ctx", ctypes.c_void_p)]


def _declare() -> ctypes.CDLL:
    library = load_shared_library("ggml-base", binding._base_path)
    pointer, name, index = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64
    for function, arguments, result in (
        (library.gguf_init_from_file, [name, _InitParams], pointer),
        (library.gguf_free, [pointer], None),
        (library.gguf_find_key, [pointer, name], index),
        (library.gguf_get_kv_type, [pointer, index], ctypes.c_int),
        (library.gguf_get_arr_type, [pointer, index], ctypes.c_int),
        (library.gguf_get_arr_n, [pointer, index], ctypes.c_size_t),
        (library.gguf_get_arr_str, [pointer, index, ctypes.c_size_t], name),
    ):
        function.argtypes = arguments
        function.restype = result
    return library


_ggml = _declare()


def read_string_array(path: Path, key: str) -> tuple[str, ...]:
    """The strings of the array ``key``; empty when the key is not there or is no array of strings."""
    header = _ggml.gguf_init_from_file(str(path).encode(), _InitParams(True, None))
    if not header:
        return ()
    try:
        index = _ggml.gguf_find_key(header, key.encode())
        if index < 0 or _ggml.gguf_get_kv_type(header, index) != GGUF_TYPE_ARRAY:
            return ()
        if _ggml.gguf_get_arr_type(header, index) != GGUF_TYPE_STRING:
            return ()
        count = _ggml.gguf_get_arr_n(header, index)
        return tuple(_ggml.gguf_get_arr_str(header, index, i).decode("utf-8", "replace") for i in range(count))
    finally:
        _ggml.gguf_free(header)
