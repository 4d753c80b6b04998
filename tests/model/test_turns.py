"""Several requests at work on one model: who goes first, and that nobody's answer changes by it."""

from pathlib import Path

import pytest

from foretoken.runtime.context import ComputeError, DecodeError
from foretoken.runtime.tuning import Speculation
from foretoken.text.generation import FinishReason, GenerateRequest, Priority, ScoreRequest
from foretoken.text.pieces import Text
from model.generators import infill
from model.turns import Turns

LINES = "".join(f"def read_{n}(self, name):\n    return self.value + {n}\n\n" for n in range(12))
OTHER = "".join(f"for item_{n} in items:\n    print(item_{n})\n\n" for n in range(12))
THIRD = "".join(f"class Shelf{n}:\n    depth = {n}\n\n" for n in range(12))


def long(code: str = LINES, n_predict: int = 120, **options: object) -> GenerateRequest:
    return infill(code, "\n", "    ret", n_predict, heal=False, **options)


def key(code: str = OTHER, typed: str = "    self.val") -> GenerateRequest:
    return infill(code, "\n", typed, 6)


DRAFTS = {"mtp": Speculation.ON, "lookup": Speculation.ON}


@pytest.fixture(params=["plain", "drafts"])
def turns(request: pytest.FixtureRequest, tiny_gguf: Path):
    bench = Turns(tiny_gguf, **(DRAFTS if request.param == "drafts" else {}))
    yield bench
    bench.close()


@pytest.fixture
def plain(tiny_gguf: Path):
    bench = Turns(tiny_gguf)
    yield bench
    bench.close()


def reference(path: Path, *requests: GenerateRequest) -> list[list[str]]:
    bench = Turns(path)
    try:
        return [bench.alone(request) for request in requests]
    finally:
        bench.close()


@pytest.mark.parametrize("turns_before", [1, 2, 3, 9, 30])
def test_a_key_interrupts_a_long_answer_which_goes_on_as_if_nothing_had_been(
    turns: Turns, tiny_gguf: Path, turns_before: int
):
    wanted, typed = reference(tiny_gguf, long(), key())
    refactor = turns.submit("refactor", long())
    turns.turn(turns_before)
    first = turns.submit("key", key(), Priority.INLINE)
    before = len(refactor.items)
    while not first.done:
        turns.turn()
    assert len(refactor.items) == before  # it got no call meanwhile
    turns.finish()
    assert (first.texts, refactor.texts) == (typed, wanted)
    assert turns.counters.preemptions == 1 and turns.counters.set_back == 0


def test_nothing_is_evaluated_twice(plain: Turns):
    asked = [plain.submit("refactor", long())]
    for number in range(5):
        plain.until_answering(asked[0], 3 + 4 * number)
        asked.append(plain.submit(f"key {number}", key(OTHER + "\n" * number), Priority.INLINE))
        while not asked[-1].done:
            plain.turn()
    plain.finish()
    timings = [asking.finish.timings for asking in asked]
    assert plain.counters.preemptions == 5 and plain.counters.set_back == 0
    assert plain.counters.tokens_evaluated == sum(t.prompt_n + t.decode_n for t in timings)
    assert sum(t.cache_n for t in timings[1:]) > 0


def test_equals_share_calls(turns: Turns, tiny_gguf: Path):
    requests = [long(), long(OTHER)]
    wanted = reference(tiny_gguf, *requests)
    first, second = (turns.submit(str(number), request, owner=str(number)) for number, request in enumerate(requests))
    turns.finish()
    assert [first.texts, second.texts] == wanted
    assert turns.counters.shared_calls > 20


def test_many_kinds_at_once(turns: Turns, tiny_gguf: Path):
    """Every lane, every priority, scores and cancels among them."""
    requests = [long(code, n, n_reserve=0) for code in (LINES, OTHER, THIRD) for n in (20, 41, 60)]
    wanted = reference(tiny_gguf, *requests)
    priorities = [Priority.REFACTOR, Priority.CODE_ACTION, Priority.INLINE] * 3
    asked = []
    for number, (request, priority) in enumerate(zip(requests, priorities, strict=True)):
        asked.append(turns.submit(str(number), request, priority, owner=f"window {number % 3}"))
        turns.turn(4)
        scored = turns.submit("score", ScoreRequest((Text(OTHER),), ("a", "bb"), "s"), Priority.COMPLETION)
        given_up = turns.submit("given up", long(THIRD, 50), Priority.NEXT_EDIT)
        turns.turn(5)
        given_up.cancel.cancel("superseded")
        turns.turn(2)
        assert given_up.done and given_up.finish.reason is FinishReason.CANCELLED
    turns.finish()
    assert [asking.texts for asking in asked] == wanted
    assert scored.done and not scored.failure


@pytest.mark.parametrize("pending", [4, 5, 6, 7, 8])
def test_with_one_sequence_the_less_urgent_is_set_back(tiny_gguf: Path, pending: int):
    wanted, typed = reference(tiny_gguf, long(), key())
    turns = Turns(tiny_gguf, lanes=1, **DRAFTS)
    refactor = turns.submit("refactor", long())
    turns.until_answering(refactor, pending)
    first = turns.submit("key", key(), Priority.INLINE)
    turns.turn()
    assert turns.counters.set_back == 1
    turns.finish()
    assert turns.ended == ["key", "refactor"]
    assert (first.texts, refactor.texts) == (typed, wanted)
    turns.close()


def test_with_one_sequence_and_no_spare_it_is_evaluated_again(tiny_gguf: Path):
    wanted, typed = reference(tiny_gguf, long(), key())
    turns = Turns(tiny_gguf, lanes=1, sequences=2)
    refactor = turns.submit("refactor", long())
    turns.until_answering(refactor, 9)
    first = turns.submit("key", key(), Priority.INLINE)
    turns.turn(2)
    second = turns.submit("another key", key(THIRD), Priority.INLINE)
    turns.finish()
    assert (first.texts, refactor.texts) == (typed, wanted)
    assert second.done and turns.counters.set_back >= 1
    turns.close()


def test_a_state_at_rest_gives_up_its_sequence_even_while_a_rollback_waits(tiny_gguf: Path):
    wanted, typed = reference(tiny_gguf, long(), key())
    turns = Turns(tiny_gguf, lanes=2, **DRAFTS)
    refactor = turns.submit("refactor", long())
    turns.until_answering(refactor)
    first = turns.submit("key", key(), Priority.INLINE)
    while not first.done:
        turns.turn()
    turns.generator.kept.forget()  # as after a call that failed: the refactoring has to come back
    for live in turns.generator.kept.lives:
        if not live.busy:
            live.pending = True
            turns.generator.context.copy(0, live.sequence)
    taken = [live.sequence for live in turns.generator.kept.lives]
    for seat in set(turns.scheduler._seating._seats) - set(taken):
        turns.generator.add_lane().state.sit(seat)
    turns.finish()
    assert (first.texts, refactor.texts) == (typed, wanted)
    turns.close()


def test_a_sequence_is_left_for_typing(plain: Turns):
    for number in range(4):
        plain.submit(str(number), long(n_predict=300), owner=str(number))
    plain.turn(60)
    plain.submit("key", key(), Priority.INLINE)
    plain.finish()
    assert plain.ended[0] == "key" and plain.counters.preemptions
    assert plain.counters.set_back == 0


def test_the_cache_is_full(tiny_gguf: Path):
    """Two answers that have no room beside each other: one after the other, and both right."""
    requests = [long(LINES * 3, 150), long(OTHER * 3, 150)]
    wanted = reference(tiny_gguf, *requests)
    turns = Turns(tiny_gguf, n_ctx=1280)
    first, second = (turns.submit(str(number), request, owner=str(number)) for number, request in enumerate(requests))
    turns.finish()
    assert [first.texts, second.texts] == wanted
    assert turns.counters.set_back >= 1 and turns.counters.sequences_evicted >= 1
    turns.close()


def test_a_key_takes_the_room_of_what_is_less_urgent(tiny_gguf: Path):
    wanted, typed = reference(tiny_gguf, long(LINES * 3, 60), key(OTHER * 3))
    turns = Turns(tiny_gguf, n_ctx=1280)
    refactor = turns.submit("refactor", long(LINES * 3, 60))
    turns.until_answering(refactor)
    first = turns.submit("key", key(OTHER * 3), Priority.INLINE)
    turns.finish()
    assert turns.ended == ["key", "refactor"]
    assert (first.texts, refactor.texts) == (typed, wanted)
    turns.close()


def test_no_workspace_waits_for_all_of_anothers(plain: Turns):
    for number in range(6):
        plain.submit(f"a{number}", long(n_predict=30), owner="a")
    plain.submit("b", long(OTHER, 30), owner="b")
    plain.finish()
    assert plain.ended.index("b") <= 2


def test_what_waits_long_gets_a_call(plain: Turns):
    background = plain.submit("read", infill(LINES * 4, "\n", "", 0), Priority.PREFILL)
    plain.turn()
    calls = 0
    for number in range(12):
        plain.now += 0.2
        plain.submit("key", key(OTHER + "\n" * number), Priority.INLINE, owner="typist")
        plain.calls.clear()
        while plain.ended.count("key") <= number:
            plain.turn()
        calls += sum("read" in call for call in plain.calls)
    assert not background.done
    assert 3 <= calls <= 5  # in two and a half seconds
    plain.finish()
    assert background.done


def test_a_waiting_one_that_is_cancelled_ends_at_once(plain: Turns):
    refactor = plain.submit("refactor", long())
    queued = [plain.submit(f"queued {n}", long(OTHER)) for n in range(4)]
    plain.until_answering(refactor)
    plain.submit("key", key(), Priority.INLINE)
    refactor.cancel.cancel("client")
    queued[-1].cancel.cancel("client")
    plain.turn()
    assert refactor.finish.reason is queued[-1].finish.reason is FinishReason.CANCELLED
    assert refactor.finish.timings.predicted_n >= 2
    plain.finish()
    assert plain.ended.count("key") == 1


def test_a_failing_call_ends_those_in_it_and_the_others_go_on(tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch):
    wanted, typed = reference(tiny_gguf, long(), key())
    turns = Turns(tiny_gguf)
    refactor = turns.submit("refactor", long())
    turns.until_answering(refactor)
    failing = turns.submit("key", key(), Priority.INLINE)
    with monkeypatch.context() as patch:

        def fail(*_arguments: object) -> None:
            raise DecodeError("llama_decode answered -3")

        patch.setattr(type(turns.context), "decode", fail)
        turns.turn()
    assert "-3" in failing.failure and turns.counters.failures == 1
    again = turns.submit("again", key(), Priority.INLINE)
    turns.finish()
    assert (again.texts, refactor.texts) == (typed, wanted)
    turns.close()


def test_time_that_it_waits_does_not_count(plain: Turns):
    refactor = plain.submit("refactor", long(n_predict=20))
    plain.until_answering(refactor)
    plain.submit("key", key(), Priority.INLINE)
    plain.turn()
    plain.now += 1000.0
    plain.finish()
    assert refactor.finish.timings.predicted_ms < 0  # the scheduler's clock jumped, the machine's did not


def test_a_draft_context_that_is_shared(tiny_gguf: Path):
    """The drafts of two answers at once are as good as those of one."""
    turns = Turns(tiny_gguf, mtp=Speculation.ON)
    turns.submit("warm", long(THIRD))
    turns.finish()
    alone = turns.counters.accepted["mtp"] / max(1, turns.counters.drafted["mtp"])
    turns.counters.accepted.clear(), turns.counters.drafted.clear()
    turns.submit("a", long(), owner="a")
    turns.submit("b", long(OTHER), owner="b")
    turns.finish()
    if turns.model.hybrid:
        assert turns.counters.shared_calls > 5
        assert turns.counters.accepted["mtp"] / turns.counters.drafted["mtp"] > alone - 0.25
    turns.close()


def test_only_a_model_that_cannot_compute_counts_as_sick(tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch):
    turns = Turns(tiny_gguf, n_ctx=512)
    told: list[str] = []
    turns.scheduler._on_outcome = told.append
    too_long = turns.submit("long", long(LINES * 20))
    fine = turns.submit("fine", key("x = 1\n"))
    turns.finish()
    assert "longer than the window" in too_long.failure and fine.finish is not None
    assert told == [""]
    code = ComputeError("llama_decode answered -3")

    def fail(*_arguments: object) -> None:
        raise code

    monkeypatch.setattr(type(turns.context), "decode", fail)
    turns.submit("sick", key("y = 1\n"))
    turns.finish()
    assert told == ["", "llama_decode answered -3"]
    turns.close()
