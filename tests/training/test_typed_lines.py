"""Completions of a made model: what is shown, what counts as right, and drafts that change nothing."""

import numpy as np
import pytest

from source_files import File
from training.cursors import Position
from training.drafting import Acceptance, generate_both_ways
from training.judged_lines import Answer, choose_threshold, partial, reliability, whole_lines
from training.segments import END, FIM_MIDDLE, Piece
from training.typed_lines import PROMPT_TOKENS, Completer, Completion, Step

WORDS = [b"return", b" ret", b"re", b" value", b"val", b"u", b"\n", b"(", b")", b" other", b"    "]
TOKENS = [*WORDS, *[b""] * len(PROMPT_TOKENS)]


class MadeModel:
    """After each token the next of a table is most probable; the state is the tokens themselves.

    `drafts`: what the MTP block guesses after each token.
    """

    size, width = len(TOKENS), 1

    def __init__(self, after: dict[int, int], drafts: dict[int, int] | None = None) -> None:
        self._after, self._drafts = after, drafts or after
        self.state: list[int] = []
        self.draft_rows: list[int] = []
        self.asked: list[list[int]] = []

    def pieces(self) -> list[bytes]:
        return TOKENS

    def special(self, text: str) -> int:
        return len(WORDS) + PROMPT_TOKENS.index(text)

    def encode(self, text: str) -> list[int]:
        ids, data = [], text.encode()
        while data:
            token_id = max((i for i, word in enumerate(WORDS) if data.startswith(word)), key=lambda i: len(WORDS[i]))
            ids.append(token_id)
            data = data[len(WORDS[token_id]) :]
        return ids

    def forget(self) -> None:
        self.state = []

    def _logits(self, ids: list[int], table: dict[int, int]) -> np.ndarray:
        logits = np.zeros((len(ids), self.size), np.float32)
        for row, token_id in zip(logits, ids, strict=True):
            row[table.get(token_id, 0)] = 4.0
        return logits

    def evaluate(self, ids: list[int], start: int = 0, last_only: bool = False) -> np.ndarray:
        assert start == len(self.state)
        self.state += ids
        self.asked.append(list(ids))
        return self._logits(ids[-1:] if last_only else ids, self._after)

    def hidden(self, count: int) -> np.ndarray:
        return np.array(self.state[-count:], np.float32).reshape(-1, 1)

    def draft_on(self, next_ids: list[int], hidden: np.ndarray, start: int) -> tuple[np.ndarray, np.ndarray]:
        # Row t has the token after position t, and the state at t.
        assert start == len(self.draft_rows) + 1 and len(hidden) == len(next_ids)
        self.draft_rows += next_ids
        return self._logits(next_ids, self._drafts), hidden

    def forget_drafts(self, start: int) -> None:
        del self.draft_rows[max(start - 1, 0) :]

    def save(self) -> list[int]:
        return list(self.state)

    def restore(self, saved: list[int], length: int) -> None:
        assert len(saved) == length
        self.state = list(saved)


def pieces(typed: str) -> list[Piece]:
    return [Piece(FIM_MIDDLE, True), Piece(typed)] if typed else [Piece(FIM_MIDDLE, True)]


def word(text: str) -> int:
    return WORDS.index(text.encode())


def test_completion_up_to_the_newline_with_the_typed_word_healed() -> None:
    model = MadeModel({word("return"): word(" value"), word(" value"): word("\n")})
    completion = Completer(model).complete(pieces("re"))
    # " re" is no token of its own in "return": it was taken back.
    assert model.asked[0] == [model.special(FIM_MIDDLE)]
    assert [step.text for step in completion.steps] == ["turn", " value", ""]
    assert completion.whole() == "turn value" and completion.ended
    probabilities = [step.cumulative for step in completion.steps]
    assert probabilities == sorted(probabilities, reverse=True)
    # Under the constraint only "re" and "return" compete.
    assert probabilities[0] > 0.4


def test_the_end_token_ends_the_line() -> None:
    model = MadeModel({word("return"): len(WORDS) + PROMPT_TOKENS.index(END)})
    completion = Completer(model).complete(pieces("return"))
    assert completion.ended and completion.whole() == ""


STEPS = (Step("turn", 0.9), Step(" val", 0.5), Step("ue", 0.4), Step("", 0.3, True))
COMPLETION = Completion(STEPS)


def test_partial_suggestions() -> None:
    assert COMPLETION.partial(0.45) == ("turn val", 0.5)
    assert COMPLETION.partial(0.95) == ("", 1.0)
    assert COMPLETION.partial(0.1) == ("turn value", 0.4)
    assert COMPLETION.words(0.45) == ("turn", 0.9)  # half a word is taken back
    assert COMPLETION.words(0.1) == ("turn value", pytest.approx(0.3))


def test_tokens_are_judged_up_to_the_first_wrong_one() -> None:
    right = COMPLETION.judged("turn value")
    assert [ok for _, ok in right] == [True] * 4
    assert [p for p, _ in right] == pytest.approx([0.9, 0.5 / 0.9, 0.8, 0.75])
    assert [ok for _, ok in COMPLETION.judged("turn value + 1")] == [True, True, True, False]
    assert [ok for _, ok in COMPLETION.judged("turn valid")] == [True, True, False]


def answer(rest: str, typed: str = "    re", name: str = "a.py", steps: tuple[Step, ...] = STEPS) -> Answer:
    file = File("pkg", name, "")
    return Answer(Position(file, "    return value\n", typed, rest, "\n"), Completion(steps))


def test_whole_lines_against_the_baseline() -> None:
    answers = [
        answer("turn value"),  # both right
        answer("turn other", name="b.py"),  # both wrong
        answer("xyz = 1", "    ", "c.py"),  # the baseline copies a line
        answer("turn value", "    zz", "d.py"),  # the baseline has no answer
        answer("turn value", name="e.py", steps=STEPS[:-1]),  # not ended by the model: not counted
    ]
    table = whole_lines(answers)
    assert (table["positions"], table["at line starts"]) == (5, 1)
    assert table["exact"]["all"]["value"] == 0.4
    assert table["exact"]["inside the line"]["value"] == 0.5 and table["exact"]["line start"]["value"] == 0
    assert table["baseline exact"]["all"]["value"] == 0.4
    assert table["baseline answers"]["all"]["value"] == 0.8
    assert table["baseline right where it answers"]["all"]["value"] == 0.5
    assert table["model or baseline exact"]["all"]["value"] == 0.6
    assert table["edit similarity"]["all"]["value"] > 0.6


def test_partial_tables_and_the_threshold() -> None:
    answers = [answer("turn value"), answer("turn other", name="b.py"), answer("nothing", name="c.py")]
    table = partial(answers, 0.45, whole_words=False)
    assert table["coverage"]["value"] == 1 and table["precision"]["value"] == pytest.approx(0.3333)
    assert table["characters when right"] == 8 and table["text saved"] == round(8 / 27, 4)
    assert partial(answers, 0.45)["precision"]["value"] == pytest.approx(0.6667)
    assert partial(answers, 0.95)["coverage"]["value"] == 0
    # Above 0.4, where "value" is no whole word, "turn" alone is left, right at two of three; never at seven of ten.
    assert choose_threshold(answers) is None
    assert choose_threshold(answers[:2]) == 0.41
    assert choose_threshold(answers[:1]) == 0.01
    figures = reliability(answers, 0.45)
    assert figures["tokens"]["count"] == 4 + 2 + 1
    assert figures["shown"]["count"] == 3 and figures["shown"]["bins"][0]["from"] == 0.9


LOOP = {word("return"): word(" value"), word(" value"): word("("), word("("): word(")"), word(")"): word("return")}


@pytest.mark.parametrize(
    ("drafts", "accepted"),
    [
        (LOOP, [1.0, 1.0, 1.0]),
        ({**LOOP, word(")"): word("u")}, None),  # now and then wrong
        ({token: word("u") for token in LOOP}, [0.0, 0.0, 0.0]),
    ],
)
def test_drafts_never_change_the_output(drafts: dict[int, int], accepted: list[float] | None) -> None:
    result = Acceptance()
    for count in (1, 5, 9, 13):  # whole rounds of three drafts, if all are right
        model = MadeModel(LOOP, drafts)
        generate_both_ways(model, [word("re"), word("return")], word(" value"), count, model.special(END), result)
    report = result.report()
    assert report["sequences"] == report["equal to plain greedy"] == 4
    if accepted:
        assert report["accepted"] == accepted
        assert report["tokens per round"] == (4.0 if accepted[0] else 1.0)
        # A draft behind a wrong one does not count.
        assert result.made[2] == (result.made[0] if accepted[0] else 0)
    else:
        assert 1.0 < report["tokens per round"] < 4.0
        # But for the last round of a sequence, which may end before them.
        assert 0 <= result.taken[0] - result.made[1] <= 4 and 0 <= result.taken[1] - result.made[2] <= 4
        assert result.taken[2] < result.made[2]


def test_drafts_behind_the_last_wanted_token_do_not_count() -> None:
    result = Acceptance()
    model = MadeModel(LOOP)
    generate_both_ways(model, [word("return")], word(" value"), 3, model.special(END), result)
    assert (result.made, result.taken, result.tokens, result.rounds) == ([1, 1, 0], [1, 1, 0], 2, 1)


def test_drafts_stop_at_the_end_token() -> None:
    end = len(WORDS) + PROMPT_TOKENS.index(END)
    table = {word("return"): word(" value"), word(" value"): end, end: word("u")}
    result = Acceptance()
    generate_both_ways(MadeModel(table), [word("re")], word("return"), 10, end, result)
    assert result.equal == result.rounds == 1
    assert (result.made, result.taken, result.tokens) == ([1, 1, 0], [1, 1, 0], 2)
