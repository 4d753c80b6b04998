"""The tiny models, and engines that run them, for this folder's tests."""

from engine.sharing import windows
from engine.supervised import make
from model.fixtures import dense_gguf, hybrid_gguf, tiny_gguf

__all__ = ["dense_gguf", "hybrid_gguf", "make", "tiny_gguf", "windows"]
