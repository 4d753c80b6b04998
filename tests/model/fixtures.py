"""The tiny models as fixtures: import them into a folder's conftest.py, with those that they ask for."""

from pathlib import Path

import pytest

from model.make_gguf import DENSE, HYBRID, MOE, write_model


@pytest.fixture(scope="session")
def hybrid_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A qwen35 model: three recurrent layers, one of attention, one MTP block; F32."""
    return write_model(tmp_path_factory.mktemp("hybrid") / "hybrid.gguf", HYBRID)


@pytest.fixture(scope="session")
def moe_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A qwen35moe model: as the hybrid one, with four experts of which two are used and a shared one; F32."""
    return write_model(tmp_path_factory.mktemp("moe") / "moe.gguf", MOE)


@pytest.fixture(scope="session")
def dense_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A qwen3 model: attention only; F32."""
    return write_model(tmp_path_factory.mktemp("dense") / "dense.gguf", DENSE)


@pytest.fixture(scope="session", params=["hybrid", "dense"])
def tiny_gguf(request: pytest.FixtureRequest) -> Path:
    """One with a recurrent state and one without, one after the other."""
    return request.getfixturevalue(f"{request.param}_gguf")


@pytest.fixture(scope="session", params=["hybrid", "moe"])
def hybrids(request: pytest.FixtureRequest) -> Path:
    """Those with a recurrent state and an MTP block, one after the other."""
    return request.getfixturevalue(f"{request.param}_gguf")


@pytest.fixture(scope="session", params=["hybrid", "moe", "dense"])
def every_gguf(request: pytest.FixtureRequest) -> Path:
    """All of them, one after the other."""
    return request.getfixturevalue(f"{request.param}_gguf")
