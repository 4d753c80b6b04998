"""A model that memory has no room for: a smaller window and a word about it, or a refusal with the numbers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from foretoken.runtime.library import load_library

load_library()

from foretoken.models.resolve import ModelUnavailable  # noqa: E402
from foretoken.runtime import assemble as assembling  # noqa: E402
from foretoken.runtime import first_row  # noqa: E402
from foretoken.runtime.assemble import assemble, open_context  # noqa: E402
from foretoken.runtime.context import Context, DecodeError  # noqa: E402
from foretoken.runtime.counters import Counters  # noqa: E402
from foretoken.runtime.first_row import check_first_row  # noqa: E402
from foretoken.runtime.fit import frugal  # noqa: E402
from foretoken.runtime.generate import Generator  # noqa: E402
from foretoken.runtime.model import load_model  # noqa: E402
from foretoken.runtime.options import LoadOptions  # noqa: E402
from foretoken.runtime.tuning import Tuning  # noqa: E402
from model.gguf_layers import Dimensions  # noqa: E402
from model.gguf_parts import array, elements, take_apart, text  # noqa: E402
from model.make_gguf import Shape, write_model  # noqa: E402

MIB = 1 << 20
# Its attention cache takes 128 KiB a token: 1 GiB for 8,192 of them.
GREEDY = Shape("qwen3", "aaaaaaaa", n_ctx=32_768, sizes=Dimensions(n_head=16, n_head_kv=16, head=256))
NO_ROOM = """
import json, resource, sys
import psutil
from pathlib import Path
from foretoken.runtime.library import load_library
load_library()
from foretoken.runtime import assemble as assembling
from foretoken.runtime.counters import Counters
from foretoken.runtime.options import LoadOptions
assembling.available_memory = lambda: 1 << 40  # the guess before is another test's
limit = psutil.Process().memory_info().vms + 800 * (1 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
generator = assembling.assemble(LoadOptions(Path(sys.argv[1]), int(sys.argv[2]), 1, 0), Counters(), lambda done: True)
print(json.dumps([generator.info.n_ctx, generator.info.notice]))
"""


def assembled(path: Path, n_ctx: int) -> Generator:
    return assemble(LoadOptions(path, n_ctx, 1, 0), Counters(), lambda _done: True)


def answer(generator: Generator) -> tuple[int, str]:
    return generator.info.n_ctx, generator.info.notice


def test_an_allocation_that_fails_halves_the_window(tmp_path: Path):
    """For real: the process may not have the memory. Only Linux refuses it on request; elsewhere it has it."""
    path = write_model(tmp_path / "greedy.gguf", GREEDY)
    done = subprocess.run([sys.executable, "-c", NO_ROOM, str(path), "8192"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    halved = [4096, "There was room for a window of 4,096 tokens, not 8,192."]
    assert json.loads(done.stdout) == (halved if sys.platform == "linux" else [8192, ""])


def test_the_window_that_is_known_to_fit_is_chosen_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write_model(tmp_path / "greedy.gguf", GREEDY)
    tried: list[int] = []
    made = Context.__init__

    def note(self: Context, model: object, n_ctx: int, *more: object, **options: object) -> None:
        tried.append(n_ctx)
        made(self, model, n_ctx, *more, **options)

    monkeypatch.setattr(Context, "__init__", note)
    monkeypatch.setattr(assembling, "available_memory", lambda: 300 * MIB)
    monkeypatch.setattr(assembling, "free_swap", lambda: 0)
    n_ctx, notice = answer(assembled(path, 8192))
    assert (n_ctx, tried) == (2048, [2048])
    assert notice.startswith("There was room for a window of 2,048 tokens, not 8,192.")


def test_what_surely_fails_is_refused_before_it_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write_model(tmp_path / "greedy.gguf", GREEDY)
    monkeypatch.setattr(assembling, "available_memory", lambda: 200 * MIB)
    monkeypatch.setattr(assembling, "free_swap", lambda: 0)
    monkeypatch.setattr(assembling, "load_model", None)
    with pytest.raises(ModelUnavailable, match=r"needs about 0\.2 GiB.*window of 2,048 tokens; 0\.2 GiB are free"):
        assembled(path, 8192)


def test_nothing_is_said_when_all_is_well(hybrid_gguf: Path):
    assert answer(assembled(hybrid_gguf, 2048)) == (2048, "")


@pytest.mark.parametrize(
    "room, expected", [(8192, (8192, "")), (4100, (4096, "not 8,192")), (2048, (2048, "not 8,192"))]
)
def test_the_largest_window_that_has_room(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, room: int, expected: tuple[int, str]
):
    model, tried = refusing(monkeypatch, tmp_path, room)
    context, tuning, notice = open_context(model, LoadOptions(model.path, 8192, 1, 0))
    assert context.n_ctx == expected[0] and expected[1] in notice and bool(notice) == bool(expected[1])
    assert tuning == Tuning() and tried == [(8192 >> step, Tuning()) for step in range(len(tried))]


def test_spare_sequences_go_before_the_window(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    model, tried = refusing(monkeypatch, tmp_path, 4096, hybrid=True)
    _, tuning, notice = open_context(model, LoadOptions(model.path, 8192, 1, 0))
    assert tuning == frugal(Tuning()) and "4,096" in notice
    assert tried == [(8192, Tuning()), (8192, frugal(Tuning())), (4096, frugal(Tuning()))]


def test_below_the_least_window_it_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    model, tried = refusing(monkeypatch, tmp_path, 2047)
    with pytest.raises(ModelUnavailable, match="no room for a window of 2048"):
        open_context(model, LoadOptions(model.path, 5000, 1, 0))
    assert [n_ctx for n_ctx, _ in tried] == [5000, 2500, 2048]


def test_damaged_weights_are_found_before_the_model_is_ready(dense_gguf: Path, tmp_path: Path):
    parts = take_apart(dense_gguf.read_bytes())
    begin = parts.info("output_norm.weight").offset
    parts.data = parts.data[:begin] + b"\xff" * 16 + parts.data[begin + 16 :]  # not numbers
    path = tmp_path / "nan.gguf"
    path.write_bytes(parts.build())
    with pytest.raises(ModelUnavailable, match=r"nan\.gguf computes nothing that is a number"):
        assembled(path, 512)


def test_a_vocabulary_that_spells_nothing_is_found_before_the_model_is_ready(dense_gguf: Path, tmp_path: Path):
    parts = take_apart(dense_gguf.read_bytes())
    kind, tokens = elements(parts.key("ggml.tokens"))
    parts.key("ggml.tokens").value = array(kind, [text(b"t%d" % number) for number in range(len(tokens))])
    path = tmp_path / "mute.gguf"
    path.write_bytes(parts.build())
    with pytest.raises(ModelUnavailable, match=r"mute\.gguf cannot spell a line of code"):
        assembled(path, 512)


def test_a_model_that_computes_no_numbers_is_refused(dense_gguf: Path, monkeypatch: pytest.MonkeyPatch):
    model = load_model(dense_gguf, 0, lambda _done: True)
    context = Context(model, 512, 1)
    logits = Context.logits

    def wrong(self: Context, count: int = 1):
        return logits(self, count) * float("nan")

    check_first_row(model, context)
    monkeypatch.setattr(Context, "logits", wrong)
    with pytest.raises(ModelUnavailable, match="computes nothing that is a number"):
        check_first_row(model, context)


def test_a_model_that_cannot_be_computed_ends_the_process(dense_gguf: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_arguments: object) -> None:
        raise DecodeError("llama_decode answered -3 for 1 tokens at 0")

    class Left(BaseException):
        pass

    def leave(word: str) -> None:
        raise Left(word)

    model = load_model(dense_gguf, 0, lambda _done: True)
    context = Context(model, 512, 1)
    monkeypatch.setattr(Context, "decode", fail)
    monkeypatch.setattr(first_row, "leave", leave)
    with pytest.raises(Left, match="llama_decode answered -3.*graphics device was lost"):
        check_first_row(model, context)


def refusing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, room: int, hybrid: bool = False):
    """A model of which only windows up to ``room`` are made, and for a hybrid one no spare sequences."""
    path = write_model(tmp_path / "long.gguf", Shape("qwen3", "a", n_ctx=32_768))
    model = load_model(path, 0, lambda _done: True)
    model.hybrid = hybrid
    tried: list[tuple[int, Tuning]] = []

    class Refusing:
        def __init__(self, model: object, n_ctx: int, threads: int, tuning: Tuning) -> None:
            tried.append((n_ctx, tuning))
            if n_ctx > room or (hybrid and tuning != frugal(tuning)):
                raise ModelUnavailable(f"There is no room for a window of {n_ctx} tokens")
            self.n_ctx = n_ctx

    monkeypatch.setattr(assembling, "Context", Refusing)
    return model, tried
