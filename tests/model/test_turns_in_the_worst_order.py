"""Orders of events in which requests at work together have got into each other's way."""

import random
from pathlib import Path

import numpy as np
import pytest

from foretoken.runtime.context import ComputeError
from foretoken.runtime.drafting import NO_DRAFT, Draft, Drafter, Source
from foretoken.runtime.evaluator import Evaluator
from foretoken.runtime.fairness import Served
from foretoken.runtime.tuning import Speculation
from foretoken.text.generation import FinishReason, GenerateRequest, Priority
from model.generators import infill
from model.turns import Asking, Turns

PARTS = (
    "def read_{n}(self, name):\n    return self.value + {n}\n\n",
    "for item_{n} in items:\n    print(item_{n})\n\n",
    "class Shelf{n}:\n    depth = {n}\n\n",
)
DRAFTS = {"mtp": Speculation.ON, "lookup": Speculation.ON}


def code(part: int, count: int = 12) -> str:
    return "".join(PARTS[part].format(n=n) for n in range(count))


def long(part: int = 0, n_predict: int = 60, count: int = 12) -> GenerateRequest:
    return infill(code(part, count), "\n", "    ret", n_predict, heal=False)


@pytest.fixture
def alone(tiny_gguf: Path):
    bench = Turns(tiny_gguf)
    yield bench.alone
    bench.close()


def wrong_drafts(monkeypatch: pytest.MonkeyPatch, turns: Turns, length: int) -> None:
    """The first lane's drafts are of this length, and wrong; the others have none."""
    first = turns.generator.lanes[0].drafter

    def propose(drafter: Drafter, token_id: int, room: int, *_more: object, **_options: object) -> Draft:
        return Draft(Source.LOOKUP, [7] * length) if drafter is first and room >= length else NO_DRAFT

    monkeypatch.setattr(Drafter, "propose", propose)


def served_least(turns: Turns, owner: str) -> None:
    for name in turns.scheduler._served.seconds:
        turns.scheduler._served.seconds[name] = float(name != owner)


@pytest.mark.parametrize("seed", range(3))
def test_answers_at_random(tiny_gguf: Path, alone, seed: int):
    """Drafts of all lengths in shared calls, cancels, every priority, and a window that is too small for all."""
    chance = random.Random(seed)
    turns = Turns(tiny_gguf, n_ctx=(2048, 1024, 1024)[seed], lanes=(3, 3, 2)[seed], **DRAFTS)
    pool = [long(chance.randrange(3), chance.choice((1, 6, 30, 60)), chance.choice((3, 8, 12))) for _ in range(24)]
    wanted = {request: alone(request) for request in pool}
    asked: list[tuple[GenerateRequest, Asking]] = []
    for number in range(70):
        request = chance.choice(pool)
        priority = Priority.INLINE if seed == 0 else Priority(chance.randrange(6))
        asking = turns.submit(str(number), request, priority, owner=f"window {chance.randrange(4)}")
        asked.append((request, asking))
        turns.turn(chance.randrange(12))
        if chance.random() < 0.1:
            asking.cancel.cancel("superseded")
    turns.finish()
    for request, asking in asked:
        assert not asking.failure
        texts = wanted[request]
        assert asking.texts == (texts[: len(asking.texts)] if asking.finish.reason is FinishReason.CANCELLED else texts)
        assert sum(not hasattr(item, "text") for item in asking.items) == 1
    assert turns.counters.shared_calls > 50
    turns.close()


def test_three_with_drafts_of_unequal_length(tiny_gguf: Path, alone):
    requests = [long(part, 60 + part) for part in range(3)]
    turns = Turns(tiny_gguf, **DRAFTS)
    asked = [turns.submit(str(n), request, Priority.INLINE, owner=str(n)) for n, request in enumerate(requests)]
    turns.finish()
    assert [asking.texts for asking in asked] == [alone(request) for request in requests]
    assert turns.counters.shared_calls > 20
    turns.close()


@pytest.mark.parametrize("n_predict", [2, 4, 7])
def test_one_ends_in_the_call_in_which_anothers_held_draft_fails(
    tiny_gguf: Path, alone, monkeypatch: pytest.MonkeyPatch, n_predict: int
):
    wanted = alone(long()), alone(long(1, n_predict))
    turns = Turns(tiny_gguf, lookup=Speculation.ON)
    wrong_drafts(monkeypatch, turns, 10)
    held = turns.submit("held", long(), Priority.INLINE, "held")
    turns.until_answering(held)
    short = turns.submit("short", long(1, n_predict), Priority.INLINE, "short")
    served_least(turns, "short")
    turns.finish()
    assert (held.texts, short.texts) == wanted
    assert (turns.counters.replays > 5) == turns.model.hybrid
    turns.close()


def test_numbers_that_are_none_end_one_answer_alone(tiny_gguf: Path, alone, monkeypatch: pytest.MonkeyPatch):
    wanted = alone(long())
    turns = Turns(tiny_gguf, lookup=Speculation.ON)
    wrong_drafts(monkeypatch, turns, 2)
    sound = turns.submit("sound", long(), Priority.INLINE, "sound")
    turns.until_answering(sound)
    sick = turns.submit("sick", long(1), Priority.INLINE, "sick")
    served_least(turns, "sick")
    turns.until_answering(sick)
    hand_out = Evaluator._hand_out

    def poisoned(evaluator: Evaluator, together, n_rows: int) -> None:
        hand_out(evaluator, together, n_rows)
        together[0].logits = np.full_like(together[0].logits, np.nan)

    served_least(turns, "sick")
    with monkeypatch.context() as patch:
        patch.setattr(Evaluator, "_hand_out", poisoned)
        turns.turn()
    turns.finish()
    assert "not numbers" in sick.failure and sound.texts == wanted
    turns.close()


@pytest.mark.parametrize("n_lanes", [1, 2])
def test_a_held_copy_takes_no_room_from_a_key(tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch, n_lanes: int):
    turns = Turns(tiny_gguf, lookup=Speculation.ON, n_ctx=1280, lanes=n_lanes, sequences=2)
    wrong_drafts(monkeypatch, turns, 10)
    refactor = turns.submit("refactor", long(0, 60, 30))
    turns.until_answering(refactor)
    key = turns.submit("key", long(1, 6, 36), Priority.INLINE, "other")
    turns.finish()
    assert not key.failure and not refactor.failure
    turns.close()


class Crowd:
    """So many requests of one kind wait at any time."""

    def __init__(self, turns: Turns, priority: Priority, count: int, owners: int) -> None:
        self.turns, self._priority, self._count, self._owners = turns, priority, count, owners
        self.asked: list[Asking] = []

    def turn(self) -> None:
        while sum(not asking.done for asking in self.asked) < self._count:
            owner = f"window {len(self.asked) % self._owners}"
            self.asked.append(self.turns.submit("crowd", long(0, 20, 4), self._priority, owner))
        self.turns.now += 0.01
        self.turns.turn()


@pytest.mark.parametrize("priority, owners", [(Priority.REFACTOR, 3), (Priority.INLINE, 3), (Priority.REFACTOR, 1)])
def test_what_waits_is_let_in_although_others_always_wait_too(dense_gguf: Path, priority: Priority, owners: int):
    turns = Turns(dense_gguf)
    crowd = Crowd(turns, priority, owners + 3, owners)
    crowd.turn()
    background = turns.submit("background", infill(code(1, 4), "\n", "", 0), Priority.PREFILL, "other")
    while not background.done:
        crowd.turn()
        assert turns.now < 5.0
    turns.close()


def test_what_lost_its_sequence_gets_one_again(dense_gguf: Path):
    turns = Turns(dense_gguf)
    background = turns.submit("background", infill(code(0, 20), "\n", "", 0), Priority.PREFILL, "other")
    turns.turn()
    crowd = Crowd(turns, Priority.REFACTOR, 2, 2)
    while not background.done:
        crowd.turn()
        assert turns.now < 15.0
    turns.close()


@pytest.mark.parametrize("priority", [Priority.INLINE, Priority.REFACTOR])
def test_no_window_waits_for_whole_answers_of_another(dense_gguf: Path, priority: Priority):
    turns = Turns(dense_gguf)
    for _ in range(4):
        turns.submit("many", long(0, 400), priority, "many")
    turns.turn(20)
    one = turns.submit("one", long(1, 5), priority, "one")
    turns.turn(40)
    assert one.items and "many" not in turns.ended
    turns.close()


def test_nobody_owes_what_it_had_while_it_was_alone():
    served = Served()
    served.join("early", set())
    served.add("early", 1000.0)
    served.join("late", {"early"})
    assert served.seconds["late"] == served.seconds["early"]
    served.join("late", set())
    served.add("late", 1.0)
    served.join("early", {"late"})
    assert served.seconds["early"] == served.seconds["late"]


def test_a_failed_call_counts_once_and_an_unused_model_not_at_all(dense_gguf: Path, monkeypatch: pytest.MonkeyPatch):
    turns = Turns(dense_gguf)
    told: list[str] = []
    turns.scheduler._on_outcome = told.append
    for number in range(3):
        turns.until_answering(turns.submit(str(number), long(number, 100), Priority.INLINE, str(number)))

    def fail(*_arguments: object) -> None:
        raise ComputeError("llama_decode answered -3")

    monkeypatch.setattr(type(turns.context), "_decode", fail)
    turns.turn()
    assert told == ["llama_decode answered -3"]
    turns.finish()
    told.clear()
    given_up = turns.submit("given up", long(0, 8), Priority.INLINE)
    waits = turns.submit("waits", long(1, 8), Priority.REFACTOR)
    given_up.cancel.cancel("superseded")
    waits.cancel.cancel("superseded")
    turns.finish()
    assert told == []
    turns.close()


def test_waiting_that_ends_in_a_cancel_is_not_answering(dense_gguf: Path):
    turns = Turns(dense_gguf)
    refactor = turns.submit("refactor", long(0, 60))
    turns.until_answering(refactor)
    turns.submit("key", long(1, 20), Priority.INLINE)
    turns.turn()
    turns.now += 3.0
    refactor.cancel.cancel("client")
    turns.turn()
    assert refactor.finish.timings.predicted_ms < 1000
    turns.close()


def test_a_prompt_that_a_process_died_of_has_its_calls_for_itself(dense_gguf: Path):
    turns = Turns(dense_gguf)
    turns.scheduler._suspect = lambda job: job.request.owner == "suspect"
    for owner in ("suspect", "innocent"):
        turns.submit(owner, long(0, 30), Priority.INLINE, owner)
    turns.finish()
    assert ["suspect"] in turns.calls and ["innocent"] in turns.calls
    assert all(len(call) == 1 for call in turns.calls)
    turns.close()
