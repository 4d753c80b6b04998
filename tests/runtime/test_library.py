"""The checks of llama.cpp's library before anything is loaded."""

import logging
import re
import tomllib
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

import foretoken.runtime
from foretoken.runtime import library
from foretoken.runtime.library import EXT_SYMBOLS, PINNED, SYMBOLS, LibraryError, LogSink, check_symbols, load_library

ROOM = Path(foretoken.runtime.__file__).parent
BINDING = SimpleNamespace(**dict.fromkeys(SYMBOLS))
EXTENSION = SimpleNamespace(**dict.fromkeys(EXT_SYMBOLS))


def test_the_installed_library_passes():
    load_library()


def test_a_missing_symbol_is_named_with_the_cure():
    lacking = SimpleNamespace(**dict.fromkeys(SYMBOLS[1:]))
    with pytest.raises(LibraryError, match=f"lacks {SYMBOLS[0]}.*pip install llama-cpp-python=={PINNED}"):
        check_symbols(lacking, EXTENSION, PINNED)
    with pytest.raises(LibraryError, match="lacks llama_get_embeddings_nextn\\."):
        check_symbols(BINDING, SimpleNamespace(**dict.fromkeys(EXT_SYMBOLS[:-1])), PINNED)


def test_another_version_is_refused_with_the_cure():
    with pytest.raises(LibraryError, match=f"0.3.99 is installed.*{PINNED}"):
        check_symbols(BINDING, EXTENSION, "0.3.99")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (AttributeError("undefined symbol: llama_decode"), "lacks a symbol.*llama_decode.*pip install"),
        (RuntimeError("libllama.so: no such file"), "cannot be loaded.*libllama.so.*pip install"),
        (ImportError("No module named llama_cpp"), "cannot be loaded.*pip install"),
    ],
)
def test_a_library_that_cannot_be_imported_is_explained(monkeypatch: pytest.MonkeyPatch, error, message):
    def fail(_name: str) -> None:
        raise error

    monkeypatch.setattr(library.importlib, "import_module", fail)
    with pytest.raises(LibraryError, match=message):
        load_library()


def test_a_library_that_is_not_installed_is_explained(monkeypatch: pytest.MonkeyPatch):
    def fail(_name: str) -> None:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(library.metadata, "version", fail)
    with pytest.raises(LibraryError, match="is not installed.*pip install"):
        load_library()


def test_every_function_that_the_room_calls_is_checked():
    called = set()
    for path in ROOM.glob("*.py"):
        called |= set(re.findall(r"binding\.(llama_[a-z0-9_]+)", path.read_text("utf-8")))
    types = {"llama_batch", "llama_log_callback", "llama_progress_callback", "llama_adapter_lora_p_ctypes"}
    assert called - types - {"llama_cpp"} == set(SYMBOLS)


def test_the_pin_is_the_one_of_the_project():
    project = tomllib.loads((ROOM.parents[2] / "pyproject.toml").read_text("utf-8"))
    assert f"llama-cpp-python=={PINNED}" in project["project"]["dependencies"]


def test_the_log_of_the_library_goes_to_ours(caplog: pytest.LogCaptureFixture):
    sink = LogSink()
    with caplog.at_level(logging.DEBUG, logger="foretoken.runtime.library"):
        sink._on_line(4, b"tensor is broken\n", None)
        sink._on_line(5, b"more of it\n", None)
        sink._on_line(2, b"chatter\n", None)
        sink._on_line(5, b"\n", None)
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.ERROR, logging.DEBUG]
    assert list(sink.errors) == ["tensor is broken", "more of it"]


def test_a_full_window_is_nothing_to_tell(caplog: pytest.LogCaptureFixture):
    """Another state gives way, and the call is made again."""
    sink = LogSink()
    with caplog.at_level(logging.DEBUG, logger="foretoken.runtime.library"):
        sink._on_line(4, b"prepare: failed to prepare attention ubatches\n", None)
        sink._on_line(3, b"decode: failed to find a memory slot for batch of size 512\n", None)
    assert [record.levelno for record in caplog.records] == [logging.DEBUG, logging.DEBUG]
    assert not sink.errors
