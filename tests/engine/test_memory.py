"""What the engine remembers: poisonous prompts and token counts."""

from dataclasses import replace

from engine.wire_cases import request
from foretoken.engine import token_counts
from foretoken.engine.poison import DEATHS, REFUSED_SECONDS, REMEMBERED, Poison, fingerprint
from foretoken.engine.token_counts import TokenCounts
from foretoken.text.generation import Priority


def test_the_second_death_refuses_a_prompt_for_a_while():
    now = 1000.0
    poison = Poison(lambda: now)
    poison.died("a")
    assert not poison.refuses("a")
    poison.died("a")
    assert poison.refuses("a") and not poison.refuses("b")
    now += REFUSED_SECONDS + 1
    assert not poison.refuses("a")
    poison.died("a")
    assert not poison.refuses("a")  # counted anew


def test_only_so_many_prompts_are_remembered():
    poison = Poison(lambda: 0.0)
    for number in range(REMEMBERED + 1):
        for _ in range(DEATHS):
            poison.died(str(number))
    assert not poison.refuses("0")
    assert poison.refuses("1") and poison.refuses(str(REMEMBERED))


def test_a_prompt_is_known_by_its_content():
    assert fingerprint(request(cancel_id="a")) == fingerprint(
        replace(request(cancel_id="b"), priority=Priority.PREFILL)
    )
    assert fingerprint(request("x")) != fingerprint(request("y"))
    assert fingerprint(request("\ud800"))


def test_counts_are_kept_by_content_and_the_least_used_forgotten(monkeypatch):
    monkeypatch.setattr(token_counts, "REMEMBERED", 2)
    counts = TokenCounts()
    counts.put("a", 1)
    counts.put("b", 2)
    assert counts.get("a") == 1
    counts.put("\ud800", 3)
    assert (counts.get("a"), counts.get("b"), counts.get("\ud800")) == (1, None, 3)
