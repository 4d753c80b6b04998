"""Giving up at any point leaves a state from which every later answer is right."""

from collections.abc import Iterator

import pytest

from foretoken.runtime.context import DecodeError
from foretoken.runtime.tuning import Speculation
from foretoken.text.cancel import Cancelled, CancelToken
from foretoken.text.generation import FinishReason
from model.generators import Bench, infill

PREFIX = "".join(f"def read_{n}(self, name):\n    return self.value + {n}\n\n" for n in range(10))
OTHER = "import os\n\n" + PREFIX[:200]
SUFFIX = "\n\ndef write(self, value):\n    self.value = value\n"


class CancelledAtLook(CancelToken):
    """Cancelled when it is looked at for the nth time."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._looks = looks

    @property
    def cancelled(self) -> bool:
        self._looks -= 1
        if self._looks < 0:
            self.cancel("test")
        return self.reason is not None

    def check(self) -> None:
        if self.cancelled:
            raise Cancelled("test")


@pytest.fixture(scope="module", params=["plain", "drafts"])
def bench(tiny_gguf, request: pytest.FixtureRequest) -> Iterator[Bench]:
    drafts = {"mtp": Speculation.ON, "lookup": Speculation.ON, "n_draft": 2}
    bench = Bench(tiny_gguf, n_ubatch=32, **(drafts if request.param == "drafts" else {}))
    yield bench
    bench.close()


def test_a_cancel_at_every_step_leaves_a_right_state(bench: Bench):
    request = infill(PREFIX, SUFFIX, "    return self.val", n_predict=10)
    other = infill(OTHER, SUFFIX, "    return na", n_predict=4)
    expected, expected_other = bench.fresh(request)[0], bench.fresh(other)[0]
    steps = 0
    while True:
        bench.state.forget()
        _, finish, _ = bench.run(request, CancelledAtLook(steps))
        if finish.reason is not FinishReason.CANCELLED:
            break
        assert bench.run(request)[0] == expected
        bench.run(request, CancelledAtLook(steps // 2))
        assert bench.run(other)[0] == expected_other
        steps += 1
    assert steps > 15  # so many decode calls were interrupted between


def test_a_failed_decode_call_forgets_the_state(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    request = infill(PREFIX, SUFFIX, "    return self.val", n_predict=6)
    expected = bench.fresh(request)[0]
    whole = bench.context.decode
    calls = 0

    def failing(token_ids, position, n_outputs, sequence):
        nonlocal calls
        calls += 1
        if calls == 3:
            # What llama.cpp evaluated before it failed is unknown: half of it here.
            whole(token_ids[: len(token_ids) // 2 or 1], position, 0, sequence)
            raise DecodeError("out of memory")
        whole(token_ids, position, n_outputs, sequence)

    bench.state.forget()
    monkeypatch.setattr(bench.context, "decode", failing)
    with pytest.raises(DecodeError):
        bench.run(request)
    again, finish, _ = bench.run(request)
    assert again == expected
    assert finish.timings.cache_n == 0


def test_a_checkpoint_that_cannot_be_restored_costs_only_time(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    request = infill(PREFIX, SUFFIX, "    return self.val", n_predict=6)
    expected = bench.fresh(request)[0]
    bench.run(infill(PREFIX, SUFFIX + "x", "", n_predict=0))
    with monkeypatch.context() as patch:
        if bench.model.hybrid:
            patch.setattr(bench.context, "load", lambda *_: False)
        else:
            whole = bench.context.cut
            patch.setattr(bench.context, "cut", lambda sequence, n_tokens: not n_tokens and whole(sequence, n_tokens))
        asked = infill(PREFIX, SUFFIX + "y", "    return self.val", n_predict=6)
        again, finish, _ = bench.run(asked)
    assert finish.timings.restored == ""
    assert again == bench.fresh(asked)[0]
    assert bench.fresh(request)[0] == expected
