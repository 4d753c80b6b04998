"""How much of a text is looked at: work is counted, so nothing here depends on how fast a machine is."""

import re
from dataclasses import replace
from typing import Any

import pytest

from foretoken.trust import secret_tokens
from foretoken.trust.secret_rules import Rule, Rules, rules
from foretoken.trust.secret_tokens import tokens

LENGTHS = (5_000, 20_000)
# Characters that may be tried for each character of the text, whatever stands in it.
MOST = 200


class Counted:
    """Stands for an expression, and counts the characters that it is let loose on."""

    def __init__(self, pattern: re.Pattern[str], work: list[int]) -> None:
        self._pattern, self._work = pattern, work
        self.groupindex = pattern.groupindex

    def match(self, text: str, start: int, end: int | None = None) -> re.Match[str] | None:
        found = self._pattern.match(text, start) if end is None else self._pattern.match(text, start, end)
        longest = min(len(text), start + 3_000 if end is None else end)
        self._work[0] += longest - start
        return found


def counting(work: list[int]) -> Rules:
    table = rules()
    counted: dict[Any, Rule] = {}

    def of(rule: Rule) -> Rule:
        if rule not in counted:
            counted[rule] = replace(rule)
            vars(counted[rule])["regex"] = Counted(rule.regex, work)
        return counted[rule]

    return replace(table, tokens={begin: tuple(map(of, found)) for begin, found in table.tokens.items()})


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    count = [0]
    made_up_at = secret_tokens.made_up_at

    def counted(text: str, start: int, end: int) -> tuple[int, int] | None:
        count[0] += end - start
        return made_up_at(text, start, end)

    monkeypatch.setattr(secret_tokens, "made_up_at", counted)
    return count


@pytest.mark.parametrize("separator", ["-", "_", "/", " x1"])
@pytest.mark.parametrize("tail", ["", "-xxxx1- "])
def test_the_beginnings_of_tokens_in_rows(separator: str, tail: str, work: list[int]) -> None:
    table = counting(work)
    for begin in rules().tokens:
        row = (separator + begin) * (2048 // len(separator + begin)) + tail
        counts = []
        for length in LENGTHS:
            text = (row * (length // len(row) + 1))[:length]
            work[0] = 0
            assert len(list(tokens(text, table))) <= length // 20
            counts.append(work[0])
        assert counts[1] <= MOST * LENGTHS[1], (begin, counts)
        assert counts[1] <= 6 * counts[0] + 20_000, (begin, counts)


def test_a_token_is_found_behind_one_that_is_made_up() -> None:
    value = "gh" + "p_" + "q7RtZk2LmW9xVb4Nc8Ds1Fg6Hj3Kp5Ty0Ue4"
    for before in ("fm" + "2_" + "a1" * 30 + "xxxx ", "gh" + "p_" + "x" * 36 + "-", "-fm2_" * 100 + "-xxxx1- "):
        assert [before_end[2] for before_end in tokens(before + value, rules())][-1:] == ["github_token"], before


def test_long_tokens_are_found_to_their_end() -> None:
    """Those that are longer than what is tried at first."""
    body = "aB3dE6gH9jK2mN5pQ8sT1vW4" * 60
    for begin, length in (("hv" + "s.", 400), ("ya" + "29.", 1000), ("fm" + "2_", 1400)):
        text = f"x = '{begin}{body[:length]}'"
        assert [(start, end) for start, end, _ in tokens(text, rules())] == [(5, len(text) - 1)]
    jwt = "ey" + "J" + body[:500] + ".ey" + "J" + body[:800] + "." + body[:43]
    assert [(start, end) for start, end, _ in tokens(f"'{jwt}'", rules())] == [(1, len(jwt) + 1)]
