"""Models with a chat template, and servers for them; each for the whole session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.gateway_models import CONTROLS, Served, serving, template
from model.fixtures import dense_gguf
from model.make_gguf import DENSE, HYBRID, write_model

__all__ = ["dense_gguf"]

# Greedy, each of these bytes is followed by the next one, and the last one by the end.
CHAIN = b"\nIdea</think>OYSx.z"


@pytest.fixture(scope="session")
def chat_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hybrid model with a real template, the control tokens of many, and no end to what it says."""
    path = tmp_path_factory.mktemp("chat") / "chat.gguf"
    return write_model(path, HYBRID, controls=CONTROLS, chat_template=template("qwen3.5"))


@pytest.fixture(scope="session")
def chain_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dense model that says CHAIN from whichever of its bytes it is asked to go on."""
    path = tmp_path_factory.mktemp("chain") / "chain.gguf"
    return write_model(path, DENSE, controls=CONTROLS, chat_template=template("qwen3.5"), chain=CHAIN)


@pytest.fixture(scope="session")
def chat_server(chat_gguf: Path) -> Iterator[Served]:
    with serving(chat_gguf) as served:
        yield served


@pytest.fixture(scope="session")
def chain_server(chain_gguf: Path) -> Iterator[Served]:
    with serving(chain_gguf) as served:
        yield served


@pytest.fixture(scope="session")
def plain_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A model without a chat template and without tokens to fill in the middle."""
    path = write_model(tmp_path_factory.mktemp("plain") / "plain.gguf", DENSE, specials=False)
    with serving(path) as served:
        yield served
