"""Prompts that the process died of, remembered by the next one."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.wire_cases import request
from foretoken.runtime.journal import SLOTS, Journal, open_journal
from foretoken.runtime.poison import DEATHS, REFUSED_SECONDS, REMEMBERED, Poison, fingerprint
from foretoken.text.generation import Priority, Sampling, ScoreRequest
from foretoken.text.pieces import Text

A, B = b"a" * 16, b"b" * 16


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_second_death_refuses_a_prompt_for_a_while():
    clock = Clock()
    poison = Poison(clock)
    poison.died([A])
    assert not poison.refuses(A)
    poison.died([A])
    assert poison.refuses(A) and not poison.refuses(B)
    clock.now += REFUSED_SECONDS + 1
    assert not poison.refuses(A)
    poison.died([A])
    assert not poison.refuses(A)  # counted anew


def test_a_single_death_is_forgotten_too():
    clock = Clock()
    poison = Poison(clock)
    poison.died([A])
    assert poison.suspects(A) and not poison.suspects(B)
    clock.now += REFUSED_SECONDS + 1
    assert not poison.suspects(A)
    poison.died([A])
    assert poison.suspects(A) and not poison.refuses(A)


def test_only_so_many_prompts_are_remembered():
    poison = Poison(lambda: 0.0)
    prompts = [number.to_bytes(16) for number in range(1, REMEMBERED + 2)]
    for prompt in prompts:
        for _ in range(DEATHS):
            poison.died([prompt])
    assert not poison.refuses(prompts[0])
    assert poison.refuses(prompts[1]) and poison.refuses(prompts[-1])


def test_a_prompt_is_known_by_its_content():
    asked = request(cancel_id="a")
    assert fingerprint(asked) == fingerprint(replace(request(cancel_id="b"), priority=Priority.PREFILL, owner="window"))
    for other in (
        request("y"),
        replace(asked, n_predict=6),
        replace(asked, sampling=Sampling(temperature=1.0)),
        replace(asked, prompt=(Text("ab"), Text("c"))),
        replace(asked, prompt=(Text("a"), Text("bc"))),
        ScoreRequest(asked.prompt, ("x",), "a"),
    ):
        assert fingerprint(other) != fingerprint(asked)
    assert fingerprint(replace(asked, prompt=(Text("ab"), Text("c")))) != fingerprint(
        replace(asked, prompt=(Text("a"), Text("bc")))
    )
    assert fingerprint(request("\ud800"))


def test_what_was_being_evaluated_at_a_death_is_found_by_the_next_process(tmp_path: Path):
    for _ in range(DEATHS):
        journal = Journal(tmp_path / "x.serving", Poison(Clock(), tmp_path / "x.poison.json"))
        journal.end(journal.begin(B))
        journal.begin(A)
    journal = Journal(tmp_path / "x.serving", Poison(Clock(), tmp_path / "x.poison.json"))
    assert journal.poison.refuses(A) and not journal.poison.refuses(B)
    assert (tmp_path / "x.poison.json").stat().st_mode & 0o077 == 0


def test_a_process_that_leaves_of_its_own_accord_blames_nothing(tmp_path: Path):
    for _ in range(DEATHS):
        journal = open_journal(tmp_path / "x")
        journal.begin(A)
        journal.clear()
    assert not open_journal(tmp_path / "x").poison.refuses(A)


def test_more_prompts_at_once_than_there_are_slots(tmp_path: Path):
    journal = open_journal(tmp_path / "x")
    slots = [journal.begin(A) for _ in range(SLOTS + 1)]
    assert slots[-1] == -1
    for slot in slots:
        journal.end(slot)
    assert journal.begin(B) >= 0


@pytest.mark.parametrize(("later", "refused"), [(1.0, True), (REFUSED_SECONDS + 1, False), (-1.0, False)])
def test_the_time_goes_on_between_processes_and_ends_with_the_machine(tmp_path: Path, later: float, refused: bool):
    """The monotonic clock of a machine that was started anew is behind: what was noted before it is of no use."""
    clock = Clock()
    poison = Poison(clock, tmp_path / "poison.json")
    poison.died([A])
    poison.died([A])
    clock.now += later
    assert Poison(clock, tmp_path / "poison.json").refuses(A) is refused


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"zz": [1, 2]}', b'{"aa": 1}', b"[" * 100_000])
def test_a_damaged_memory_is_an_empty_one(tmp_path: Path, content: bytes):
    (tmp_path / "x.poison.json").write_bytes(content)
    (tmp_path / "x.serving").write_bytes(content)
    journal = open_journal(tmp_path / "x")
    assert not journal.poison.refuses(A)


def test_a_folder_that_cannot_be_written_costs_the_memory_alone(tmp_path: Path):
    assert open_journal(tmp_path / "none" / "x") is None
