"""The repository's context survives a restart, for a process that would compute the same, and for no other."""

import queue
from dataclasses import replace
from pathlib import Path

import pytest

from foretoken.runtime import worker as worker_module
from foretoken.runtime.assemble import assemble
from foretoken.runtime.counters import Counters
from foretoken.runtime.options import LoadOptions
from foretoken.runtime.state_files import StoredState
from foretoken.runtime.tuning import CacheType, Speculation, Tuning
from foretoken.runtime.warm import WarmStart
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GenerateRequest, Priority, Stop
from foretoken.text.pieces import Special, Text
from model.asking import exact
from model.make_gguf import HYBRID, write_model
from model.make_lora import write_lora

CONTEXT = "".join(
    f"class Reader{n}:\n    def read_{n}(self, name):\n        return self.value + {n}\n\n" for n in range(12)
)
OTHER = CONTEXT.replace("Reader", "Writer")
CODE = "    def read(self, name):\n        return self.value if name is None else items\n"
QUIET = Tuning(mtp=Speculation.OFF, lookup=Speculation.OFF, n_ubatch=64)
MTP = replace(QUIET, mtp=Speculation.ON)


def ask(context: str = CONTEXT, code: str = CODE, n_predict: int = 24, **options: object) -> GenerateRequest:
    prompt = (
        Special.FILE_SEP,
        Text(context),
        Special.FILE_SEP,
        Text("reader.py\n"),
        Special.FIM_PREFIX,
        Text(code),
        Special.FIM_SUFFIX,
        Text("\n"),
        Special.FIM_MIDDLE,
    )
    return GenerateRequest(prompt, n_predict, "test", Stop(max_lines=100), **options)


class Process:
    """What one process would have loaded, with its states in ``folder``."""

    def __init__(self, model: Path, folder: Path, tuning: Tuning = QUIET, state_mib: int = 64, **options) -> None:
        self.counters = Counters()
        load = LoadOptions(model, 2048, 1, 0, tuning, states=folder, state_mib=state_mib, **options)
        with exact():
            self.generator = assemble(load, self.counters, lambda _done: True)

    def ask(self, request: GenerateRequest) -> tuple[list[str], Finish]:
        *tokens, finish = self.generator.generate(request, CancelToken())
        return [token.text for token in tokens], finish

    def fresh(self, request: GenerateRequest) -> list[str]:
        """The same from nothing, the disk included."""
        warm, self.generator.warm = self.generator.warm, WarmStart(self.generator.state, None, Counters())
        self.generator.state.forget()
        texts, finish = self.ask(request)
        self.generator.warm = warm
        assert finish.timings.cache_n == 0
        return texts

    def write_all(self) -> int:
        before = self.counters.states_written
        while self.generator.warm.write_one():
            self.generator.warm._writing.join(30)
        return self.counters.states_written - before


def written(folder: Path) -> list[Path]:
    return sorted(folder.glob("*")) if folder.exists() else []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "states"


@pytest.fixture(params=[QUIET, MTP], ids=["plain", "drafts"])
def tuning(request: pytest.FixtureRequest) -> Tuning:
    return request.param


@pytest.fixture
def saved(hybrid_gguf: Path, folder: Path, tuning: Tuning) -> Path:
    """The model, after a process wrote the context's state and ended."""
    first = Process(hybrid_gguf, folder, tuning)
    first.ask(ask())
    assert first.write_all() == first.counters.states_written == 1
    assert len(written(folder)) == 1
    assert first.write_all() == 0
    return hybrid_gguf


def test_a_restart_goes_on_from_the_disk(saved: Path, folder: Path, tuning: Tuning):
    request = ask(code=CODE + CODE)
    again = Process(saved, folder, tuning)
    texts, finish = again.ask(request)
    assert (finish.timings.restored, again.counters.states_read) == ("file_on_disk", 1)
    assert again.counters.restored["file_on_disk"] == 1
    vocabulary = again.generator._vocabulary
    assert finish.timings.cache_n == vocabulary.count(CONTEXT) + 1
    assert finish.timings.prompt_n < 100
    # Later ones go on from memory, and the file is not written again.
    near, finish = again.ask(ask(code=CODE))
    assert again.counters.states_read == 1 and finish.timings.cache_n > 256
    far, _ = again.ask(ask(OTHER))
    back, finish = again.ask(request)
    assert again.counters.states_read == 1 and finish.timings.cache_n > 256
    assert again.write_all() == 1  # the other context's
    if tuning is MTP:
        assert again.counters.accepted["mtp"] > 5
    assert texts == back == again.fresh(request)
    assert near == again.fresh(ask(code=CODE))
    assert far == again.fresh(ask(OTHER))


def test_after_an_answer_whose_last_draft_was_taken_back(hybrid_gguf: Path, folder: Path):
    """The state is written while a rollback waits."""
    for n_predict in range(3, 8):
        process = Process(hybrid_gguf, folder / str(n_predict), MTP)
        process.ask(ask(n_predict=n_predict))
        assert process.write_all() == 1
        texts, finish = process.ask(ask(code=CODE * 2))
        assert finish.timings.cache_n > 256
        again = Process(hybrid_gguf, folder / str(n_predict), MTP)
        assert again.ask(ask(code=CODE * 2))[0] == texts
        assert again.counters.states_read == 1


@pytest.mark.parametrize(("wrote", "reads"), [(QUIET, MTP), (MTP, QUIET)], ids=["without", "with"])
def test_drafts_or_not_is_no_difference(hybrids: Path, folder: Path, wrote: Tuning, reads: Tuning):
    first = Process(hybrids, folder, wrote)
    texts, _ = first.ask(ask())
    first.write_all()
    again = Process(hybrids, folder, reads)
    assert again.ask(ask())[0] == texts
    assert again.counters.states_read == 1
    assert (again.counters.accepted["mtp"] > 0) == (reads is MTP)


def test_another_model_cache_or_adapter_starts_anew(hybrid_gguf: Path, folder: Path, tmp_path: Path):
    first = Process(hybrid_gguf, folder)
    expected, _ = first.ask(ask())
    first.write_all()
    others = [
        Process(write_model(tmp_path / "other.gguf", HYBRID, seed=8), folder),
        Process(hybrid_gguf, folder, replace(QUIET, cache_k=CacheType.Q8_0, cache_v=CacheType.Q8_0)),
        Process(hybrid_gguf, folder, lora=(write_lora(tmp_path / "lora.gguf", HYBRID),)),
        Process(hybrid_gguf, folder, lora=(write_lora(tmp_path / "lora2.gguf", HYBRID, seed=12),)),
    ]
    for number, other in enumerate(others, start=1):
        texts, finish = other.ask(ask())
        assert (finish.timings.restored, finish.timings.cache_n, other.counters.states_read) == ("", 0, 0)
        assert texts == other.fresh(ask())
        other.ask(ask())
        assert other.write_all() == 1 and len(written(folder)) == 1 + number
    again = Process(hybrid_gguf, folder)
    assert again.ask(ask())[0] == expected and again.counters.states_read == 1


@pytest.mark.parametrize("tuning", [QUIET], ids=["plain"])
@pytest.mark.parametrize("damage", ["cut", "longer", "garbage", "one bit", "another's"])
def test_a_damaged_file_costs_only_time(saved: Path, folder: Path, tuning: Tuning, damage: str):
    (path,) = written(folder)
    data = bytearray(path.read_bytes())
    if damage == "cut":
        del data[len(data) // 2 :]
    elif damage == "longer":
        data += b"x"
    elif damage == "garbage":
        data[:] = b"\x00[{" * 5000
    elif damage == "one bit":
        data[-1000] ^= 4
    else:
        writer = Process(saved, folder, tuning)
        writer.ask(ask(OTHER))
        writer.write_all()
        (other,) = (found for found in written(folder) if found != path)
        data[:] = other.read_bytes()
        other.unlink()
    path.write_bytes(data)
    again = Process(saved, folder, tuning)
    texts, finish = again.ask(ask())
    assert (finish.timings.restored, finish.timings.cache_n, again.counters.states_read) == ("", 0, 0)
    assert written(folder) == []
    assert texts == again.fresh(ask())
    again.ask(ask())
    assert again.write_all() == 1 and written(folder) == [path]


@pytest.mark.parametrize("tuning", [MTP], ids=["drafts"])
def test_a_state_that_the_context_refuses_costs_only_time(saved: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    again = Process(saved, folder, MTP)
    with monkeypatch.context() as patch:
        patch.setattr(again.generator.context, "load", lambda *_: False)
        texts, finish = again.ask(ask())
    assert (finish.timings.restored, finish.timings.cache_n, again.counters.states_read) == ("", 0, 0)
    assert texts == again.fresh(ask())


def test_a_full_disk_is_tried_once(hybrid_gguf: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    process = Process(hybrid_gguf, folder)
    texts, _ = process.ask(ask())
    tries = []

    def full(*_arguments: object) -> None:
        tries.append(1)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("foretoken.runtime.state_files.os.fdopen", full)
        assert process.write_all() == process.write_all() == 0
    assert len(tries) == 1
    assert written(folder) == []
    assert process.ask(ask())[0] == texts


def test_a_dense_model_is_warm_too(dense_gguf: Path, folder: Path):
    first = Process(dense_gguf, folder)
    expected, _ = first.ask(ask())
    assert first.write_all() == len(written(folder)) == 1
    again = Process(dense_gguf, folder)
    texts, finish = again.ask(ask())
    assert (finish.timings.restored, again.counters.states_read) == ("file_on_disk", 1)
    assert texts == expected
    again.ask(ask(code=CODE + CODE))
    assert (again.counters.states_read, again.write_all()) == (1, 0)


def test_what_is_not_worth_a_file(hybrid_gguf: Path, folder: Path):
    short = Process(hybrid_gguf, folder)
    short.ask(ask(CONTEXT[:300]))
    none = Process(hybrid_gguf, folder, state_mib=0)
    none.ask(ask())
    assert short.write_all() == none.write_all() == 0
    assert not folder.exists()


def test_the_worker_writes_when_nobody_waits(hybrid_gguf: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    class Board:
        def post(self, *_state: object, **_more: object) -> None: ...

    outcomes: queue.Queue[bool] = queue.Queue()
    write = WarmStart._write

    def note(self: WarmStart, stored: StoredState) -> None:
        write(self, stored)
        outcomes.put(True)

    monkeypatch.setattr(worker_module, "IDLE_SECONDS", 0.0)
    counters = Counters()
    worker = worker_module.Worker(Board(), counters)
    items: queue.Queue[object] = queue.Queue()
    worker.submit(ask(n_predict=0, priority=Priority.PREFILL), CancelToken(), items.put)
    monkeypatch.setattr(WarmStart, "_write", note)
    worker.start()
    worker.load(LoadOptions(hybrid_gguf, 2048, 1, 0, QUIET, states=folder, state_mib=64))
    assert isinstance(items.get(timeout=30), Finish)
    assert outcomes.get(timeout=30)
    assert counters.states_written == len(written(folder)) == 1
    worker.stop()
    worker._thread.join(30)
