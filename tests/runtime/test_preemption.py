"""A keystroke interrupts the reading of a long prompt, which goes on afterwards where it was."""

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foretoken.runtime.context import Context
from foretoken.runtime.counters import Counters
from foretoken.runtime.options import LoadOptions
from foretoken.runtime.tuning import Speculation, Tuning
from foretoken.runtime.worker import Worker
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, FinishReason, GenerateRequest, Priority, Stop
from model.generators import Bench, infill

SECONDS = 30
FILE = "".join(f"def read_{n}(self, name):\n    return self.value + {n}\n\n" for n in range(16))
OTHER = "".join(f"for item_{n} in items:\n    print(item_{n})\n\n" for n in range(16))


class Board:
    """Nobody looks."""

    def post(self, *_state: object, **_more: object) -> None: ...


class Gate:
    """Holds the model's thread before its call number ``call``, until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, call: int) -> None:
        self.reached, self._open = threading.Event(), threading.Event()
        decode = Context.decode
        calls = 0

        def gated(context: Context, *arguments: object) -> None:
            nonlocal calls
            calls += 1
            if calls == call:
                self.reached.set()
                assert self._open.wait(SECONDS)
            decode(context, *arguments)

        monkeypatch.setattr(Context, "decode", gated)

    def open(self) -> None:
        self._open.set()


class Asking:
    """A worker with requests of one kind: reading a file in the background, or a key typed into it."""

    def __init__(self) -> None:
        self.counters = Counters()
        self.worker = Worker(Board(), self.counters)
        self.finished: queue.Queue[tuple[str, list[str], Finish]] = queue.Queue()

    def start(self, model: Path) -> None:
        tuning = Tuning(mtp=Speculation.OFF, lookup=Speculation.OFF, n_ubatch=64)
        self.worker.start()
        self.worker.load(LoadOptions(model, 2048, 1, 0, tuning))

    def submit(
        self,
        name: str,
        request: GenerateRequest,
        cancel: CancelToken | None = None,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """then: runs on the model's thread, before it takes up the next request."""
        texts: list[str] = []

        def emit(item: object) -> None:
            if isinstance(item, Finish):
                then()
                self.finished.put((name, texts, item))
            else:
                texts.append(item.text)

        self.worker.submit(request, cancel or CancelToken(), emit)

    def next(self) -> tuple[str, list[str], Finish]:
        return self.finished.get(timeout=SECONDS)


@pytest.fixture
def asking() -> Iterator[Asking]:
    asking = Asking()
    yield asking
    asking.worker.stop()
    asking.worker._thread.join(SECONDS)


def read(priority: Priority = Priority.PREFILL, n_predict: int = 0) -> GenerateRequest:
    return infill(FILE, "\n", "", n_predict, Stop(max_lines=100), priority=priority)


def key(code: str = OTHER, typed: str = "    self.val") -> GenerateRequest:
    return infill(code, "\n", typed, 6, priority=Priority.INLINE)


@pytest.mark.parametrize("call", [2, 3, 5])
def test_a_key_goes_first_and_nothing_is_read_twice(
    asking: Asking, tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch, call: int
):
    gate = Gate(monkeypatch, call)
    asking.submit("read", read())
    asking.start(tiny_gguf)
    assert gate.reached.wait(SECONDS)
    asking.submit("key", key())
    gate.open()
    (first, texts, typed), (second, _, finish) = asking.next(), asking.next()
    assert (first, second) == ("key", "read")
    assert asking.counters.preemptions == 1
    bench = Bench(tiny_gguf)
    assert texts == bench.fresh(key())[0]
    whole = bench.fresh(read())[1].timings
    assert finish.reason is FinishReason.LENGTH
    assert (finish.timings.cache_n, finish.timings.prompt_n) == (0, whole.prompt_n)
    evaluated = typed.timings.prompt_n + typed.timings.decode_n + whole.prompt_n
    assert asking.counters.tokens_evaluated == evaluated
    # And what was read is right, and goes on for a key in that file.
    asking.submit("there", key(FILE))
    _, texts, finish = asking.next()
    assert texts == bench.fresh(key(FILE))[0]
    assert finish.timings.prompt_n < 20
    bench.close()


def test_a_key_interrupts_an_answer(asking: Asking, tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch):
    gate = Gate(monkeypatch, 25)
    asking.submit("refactor", read(Priority.REFACTOR, 60))
    asking.start(tiny_gguf)
    assert gate.reached.wait(SECONDS)
    asking.submit("key", key())
    gate.open()
    (first, typed, _), (second, texts, _) = asking.next(), asking.next()
    assert (first, second) == ("key", "refactor")
    assert asking.counters.preemptions == 1
    bench = Bench(tiny_gguf)
    assert (typed, texts) == (bench.fresh(key())[0], bench.fresh(read(Priority.REFACTOR, 60))[0])
    bench.close()


@pytest.mark.parametrize("waiting", [Priority.INLINE, Priority.REFACTOR, Priority.PREFILL])
def test_only_what_is_more_urgent_interrupts(
    asking: Asking, dense_gguf: Path, monkeypatch: pytest.MonkeyPatch, waiting: Priority
):
    gate = Gate(monkeypatch, 2)
    asking.submit("read", read())
    asking.start(dense_gguf)
    assert gate.reached.wait(SECONDS)
    asking.submit("waiting", infill(OTHER, "\n", "", 2, priority=waiting))
    gate.open()
    first, second = asking.next()[0], asking.next()[0]
    interrupted = waiting is not Priority.PREFILL
    assert (first, second) == (("waiting", "read") if interrupted else ("read", "waiting"))
    assert asking.counters.preemptions == interrupted


@pytest.mark.parametrize("priority", [Priority.COMPLETION, Priority.REFACTOR])
def test_a_key_goes_before_any_other_prompt(
    asking: Asking, dense_gguf: Path, monkeypatch: pytest.MonkeyPatch, priority: Priority
):
    gate = Gate(monkeypatch, 2)
    asking.submit("other", read(priority, 3))
    asking.start(dense_gguf)
    assert gate.reached.wait(SECONDS)
    asking.submit("key", key())
    gate.open()
    assert [asking.next()[0], asking.next()[0]] == ["key", "other"]
    assert asking.counters.preemptions == 1


def test_what_is_cancelled_while_it_waits_again_is_not_read_on(
    asking: Asking, tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch
):
    gate = Gate(monkeypatch, 2)
    cancel = CancelToken()
    asking.submit("read", read(), cancel)
    asking.start(tiny_gguf)
    assert gate.reached.wait(SECONDS)
    asking.submit("key", key(), then=lambda: cancel.cancel("gone"))
    gate.open()
    (first, _, _), (second, _, finish) = asking.next(), asking.next()
    assert (first, second, finish.reason) == ("key", "read", FinishReason.CANCELLED)
    assert asking.counters.preemptions == asking.counters.cancellations == 1
    asking.submit("again", read())
    _, _, finish = asking.next()
    bench = Bench(tiny_gguf)
    assert 0 < finish.timings.cache_n < finish.timings.cache_n + finish.timings.prompt_n  # what was read is there still
    assert finish.timings.cache_n + finish.timings.prompt_n == bench.fresh(read())[1].timings.prompt_n
    bench.close()
