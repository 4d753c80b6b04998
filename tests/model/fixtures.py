"""The tiny models as fixtures: import them into a folder's conftest.py."""

from pathlib import Path

import pytest

from model.make_gguf import DENSE, HYBRID, write_model


@pytest.fixture(scope="session")
def hybrid_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A qwen35 model: three recurrent layers, one of attention, one MTP block; F32."""
    return write_model(tmp_path_factory.mktemp("hybrid") / "hybrid.gguf", HYBRID)


@pytest.fixture(scope="session")
def dense_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A qwen3 model: attention only; F32."""
    return write_model(tmp_path_factory.mktemp("dense") / "dense.gguf", DENSE)


@pytest.fixture(scope="session", params=["hybrid", "dense"])
def tiny_gguf(request: pytest.FixtureRequest) -> Path:
    """Both of them, one after the other."""
    return request.getfixturevalue(f"{request.param}_gguf")
