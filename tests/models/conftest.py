"""The tiny models, for this folder's tests."""

from model.fixtures import dense_gguf, every_gguf, hybrid_gguf, moe_gguf

__all__ = ["dense_gguf", "every_gguf", "hybrid_gguf", "moe_gguf"]
