"""The worker's queue, with a real model in this process."""

import queue
from pathlib import Path

import pytest

from foretoken.runtime import worker as worker_module
from foretoken.runtime.counters import Counters
from foretoken.runtime.jobs import Failure
from foretoken.runtime.library import LibraryError
from foretoken.runtime.options import LoadOptions
from foretoken.runtime.status import RuntimeState
from foretoken.runtime.worker import Worker
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, FinishReason, GeneratedToken, GenerateRequest, Priority
from foretoken.text.pieces import Text

SECONDS = 30


class Board:
    """Notes the states instead of showing them."""

    def __init__(self) -> None:
        self.seen: queue.Queue[tuple[RuntimeState, str]] = queue.Queue()

    def post(self, state: RuntimeState, message: str = "", **_more: object) -> None:
        self.seen.put((state, message))


def ask(name: str, priority: Priority = Priority.INLINE) -> GenerateRequest:
    return GenerateRequest((Text("import os\nself.name"),), 3, name, priority=priority)


@pytest.fixture
def worker():
    worker = Worker(Board(), Counters())
    yield worker
    worker.stop()


def test_the_more_urgent_goes_first_and_equals_in_order(worker: Worker, dense_gguf: Path):
    done: queue.Queue[str] = queue.Queue()
    for name, priority in (
        ("prefill", Priority.PREFILL),
        ("edit", Priority.NEXT_EDIT),
        ("first", Priority.INLINE),
        ("second", Priority.INLINE),
    ):
        request = ask(name, priority)
        worker.submit(request, CancelToken(), lambda item, name=name: isinstance(item, Finish) and done.put(name))
    worker.start()
    worker.load(LoadOptions(dense_gguf, 512, 1, 0))
    assert [done.get(timeout=SECONDS) for _ in range(4)] == ["first", "second", "edit", "prefill"]


def test_what_was_cancelled_in_the_queue_is_not_evaluated(worker: Worker, dense_gguf: Path):
    items: queue.Queue[object] = queue.Queue()
    cancel = CancelToken()
    worker.submit(ask("a"), cancel, items.put)
    cancel.cancel("superseded")
    worker.start()
    worker.load(LoadOptions(dense_gguf, 512, 1, 0))
    item = items.get(timeout=SECONDS)
    assert isinstance(item, Finish) and item.reason is FinishReason.CANCELLED
    assert worker._counters.tokens_evaluated == 0
    assert worker._counters.cancellations == 1


def test_one_worker_takes_one_model(worker: Worker, dense_gguf: Path):
    assert worker.load(LoadOptions(dense_gguf, 512, 1, 0))
    assert not worker.load(LoadOptions(dense_gguf, 512, 1, 0))


def test_without_a_model_everything_gets_the_reason(worker: Worker, tmp_path: Path):
    items: queue.Queue[object] = queue.Queue()
    worker.submit(ask("early"), CancelToken(), items.put)
    worker.start()
    worker.load(LoadOptions(tmp_path / "none.gguf", 512, 1, 0))
    assert "none.gguf does not exist" in items.get(timeout=SECONDS).message
    worker.submit(ask("late"), CancelToken(), items.put)
    assert isinstance(items.get(timeout=SECONDS), Failure)


def test_without_the_library_everything_gets_the_reason(worker: Worker, monkeypatch: pytest.MonkeyPatch):
    def lacking() -> None:
        raise LibraryError("llama_decode is missing. Install the tested version")

    monkeypatch.setattr(worker_module, "load_library", lacking)
    items: queue.Queue[object] = queue.Queue()
    worker.submit(ask("early"), CancelToken(), items.put)
    worker.start()
    assert worker._status.seen.get(timeout=SECONDS) == (
        RuntimeState.FAILED,
        "llama_decode is missing. Install the tested version",
    )
    assert "Install the tested version" in items.get(timeout=SECONDS).message


def test_a_failure_ends_one_request_only(worker: Worker, dense_gguf: Path):
    items: queue.Queue[object] = queue.Queue()
    worker.start()
    worker.load(LoadOptions(dense_gguf, 512, 1, 0))
    worker.submit(GenerateRequest((Text("x\n" * 3000),), 3, "long"), CancelToken(), items.put)
    assert "longer than the window" in items.get(timeout=SECONDS).message
    worker.submit(ask("next"), CancelToken(), items.put)
    assert isinstance(items.get(timeout=SECONDS), GeneratedToken)


def test_a_stopped_worker_ends(worker: Worker, dense_gguf: Path):
    worker.start()
    worker.stop()
    worker._thread.join(SECONDS)
    assert not worker._thread.is_alive()
