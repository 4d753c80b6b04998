"""Scores are the probabilities that the model gives, whatever was evaluated for them, and leave the state as it was."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from foretoken.runtime.context import DecodeError
from foretoken.runtime.overflow import PromptTooLong
from foretoken.runtime.score import log_share
from foretoken.runtime.tuning import Speculation
from foretoken.text.cancel import Cancelled, CancelToken
from foretoken.text.generation import Score, ScoreRequest
from foretoken.text.pieces import Piece, Special, Text
from model.asking import Asked, go_on, random_ids, said

CODE = "    def read(self, name):\n        return self.value if name is None else items\n"
CANDIDATES = (
    "name",
    "names",
    "value",
    "val",
    "",
    "value",
    "é\U0001f600",
    "import os\nfrom typing",
    "self.value",
    "self.v",
)
INFILL = (Special.FIM_PREFIX, Text(CODE), Special.FIM_SUFFIX, Text("\n"), Special.FIM_MIDDLE)


@pytest.fixture(scope="module", params=["plain", "drafts"])
def bench(every_gguf, request: pytest.FixtureRequest) -> Iterator[Asked]:
    drafts = {"mtp": Speculation.ON, "lookup": Speculation.ON}
    bench = Asked(every_gguf, **(drafts if request.param == "drafts" else {}))
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def reference(every_gguf) -> Iterator[Asked]:
    bench = Asked(every_gguf)
    yield bench
    bench.close()


def ask(bench: Asked, prompt: Sequence[Piece], candidates: Sequence[str], max_rows: int = 200) -> list[Score]:
    return bench.generator.score(ScoreRequest(tuple(prompt), tuple(candidates), "test", max_rows), CancelToken())


def logprobs(reference: Asked, token_ids: Sequence[int]) -> np.ndarray:
    """Of every token after ``token_ids``, from nothing, shape (n_vocab,)."""
    reference.state.forget()
    reference.ask(go_on(token_ids, 0))
    logits = reference.state.logits()[0].astype(np.float64)
    return logits - logits.max() - np.log(np.exp(logits - logits.max()).sum())


def brute_force(reference: Asked, prompt: Sequence[int], candidate: Sequence[int]) -> float:
    """The sum over the candidate's tokens, each from an evaluation of all that stands before it."""
    return sum(
        logprobs(reference, [*prompt, *candidate[:number]])[token_id] for number, token_id in enumerate(candidate)
    )


def prompt_ids(bench: Asked, prompt: Sequence[Piece]) -> list[int]:
    return bench.generator._preparation.prepare(tuple(prompt), 0, False).prompt.tolist()


def test_scores_are_those_of_fresh_evaluations(bench: Asked, reference: Asked):
    prompt = prompt_ids(bench, INFILL)
    scores = ask(bench, INFILL, CANDIDATES)
    for candidate, score in zip(CANDIDATES, scores, strict=True):
        token_ids = bench.model.vocabulary.tokenize(candidate)
        assert score == Score(pytest.approx(brute_force(reference, prompt, token_ids), abs=1e-3), True)
    assert scores[2] == scores[5]
    assert scores[4] == Score(0.0, True)
    assert len({round(score.logprob, 3) for score in scores}) == len(CANDIDATES) - 1


def test_candidates_that_share_their_beginnings(bench: Asked, reference: Asked):
    """Also in the middle of one path: nodes where candidates part, and ones where another ends."""
    prompt = random_ids(70)
    paths = [[3], [3, 4], [3, 4, 5, 6, 7], [3, 4, 5, 6], [3, 4, 5, 9, 9], [8, 4, 5], [8, 4, 6], [8], [11, 12] * 8]
    scores = ask(bench, [Text(said(prompt)), Special.FIM_MIDDLE], [said(path) for path in paths])
    middle = bench.model.vocabulary.specials[Special.FIM_MIDDLE]
    for path, score in zip(paths, scores, strict=True):
        assert score == Score(pytest.approx(brute_force(reference, [*prompt, middle], path), abs=1e-3), True)


def test_part_of_a_word_is_typed(bench: Asked, reference: Asked):
    """The candidate goes on inside a token; all scores are given what was typed."""
    tokenize = bench.model.vocabulary.tokenize
    healing = bench.generator._preparation.healing
    for typed, endings in (("self.val", ("ue", "ue_name", "x", "")), ("    retu", ("rn", "rn self", "."))):
        scores = ask(bench, (*INFILL, Text(typed)), endings)
        prepared = bench.generator._preparation.prepare((*INFILL, Text(typed)), 0, True)
        beginning = prepared.healing.remaining.decode()
        assert typed.endswith(beginning) and beginning
        allowed = healing.allowed(prepared.healing)
        share = np.log(np.exp(logprobs(reference, prepared.prompt.tolist())[allowed]).sum())
        for ending, score in zip(endings, scores, strict=True):
            expected = brute_force(reference, prepared.prompt.tolist(), tokenize(beginning + ending)) - share
            assert score == Score(pytest.approx(min(0.0, expected), abs=1e-3), True)


def test_a_character_in_two_tokens_is_not_taken_back(bench: Asked, reference: Asked):
    prompt = (*INFILL, Text("x\U0001f600"))
    (score,) = ask(bench, prompt, ["name"])
    token_ids = bench.model.vocabulary.tokenize("name")
    assert score == Score(pytest.approx(brute_force(reference, prompt_ids(bench, prompt), token_ids), abs=1e-3), True)


def test_without_rows_scores_are_upper_bounds(bench: Asked):
    exact = ask(bench, INFILL, CANDIDATES)
    evaluated = bench.counters.tokens_evaluated
    bounds = ask(bench, INFILL, CANDIDATES, max_rows=0)
    # A dense cache is cut before the prompt's last token, for its logits; a recurrent state keeps them.
    assert bench.counters.tokens_evaluated - evaluated == (0 if bench.model.hybrid else 1)
    for candidate, bound, score in zip(CANDIDATES, bounds, exact, strict=True):
        assert bound.exact == (bench.model.vocabulary.count(candidate) <= 1)
        assert score.logprob - 1e-6 <= bound.logprob <= 0
        if bound.exact:
            assert bound.logprob == pytest.approx(score.logprob, abs=1e-5)


def test_the_budget_is_kept_and_the_likeliest_come_first(bench: Asked):
    exact = ask(bench, INFILL, CANDIDATES)
    counts = []
    for rows in range(0, 40, 3):
        evaluated = bench.counters.tokens_evaluated
        scores = ask(bench, INFILL, CANDIDATES, rows)
        assert bench.counters.tokens_evaluated - evaluated <= rows + 1
        counts.append(sum(score.exact for score in scores))
        for score, whole in zip(scores, exact, strict=True):
            assert score.logprob >= whole.logprob - 1e-6
            assert not score.exact or score.logprob == pytest.approx(whole.logprob, abs=1e-5)
    assert counts[0] < counts[-1] == len(CANDIDATES)
    # One branch: of two candidates that need one, the one whose first token is more probable has it.
    firsts = ask(bench, INFILL, [said([first]) for first in range(40)], 0)
    best, *_, worst = sorted(range(40), key=lambda first: -firsts[first].logprob)
    assert [s.exact for s in ask(bench, INFILL, [said([worst, 1]), said([best, 1])], 1)] == [False, True]


def test_the_state_is_right_afterwards(bench: Asked, reference: Asked):
    prompt = random_ids(80)
    _, _, ids = bench.ask(go_on(prompt, 12))
    for seed, rows in itertools.product(range(2), (0, 64)):
        ask(bench, [Text(said(prompt)), Text(said(ids[:seed]))], CANDIDATES, rows)
        ask(bench, INFILL, CANDIDATES, rows)
        for asked in (go_on(prompt, 20), go_on([*prompt, *ids], 20), go_on(random_ids(90, seed), 20)):
            assert bench.ask(asked)[2] == reference.ask_afresh(asked)[2]


def test_after_an_answer_whose_last_draft_was_taken_back(bench: Asked, reference: Asked):
    """A rollback that still waits is not copied into a branch."""
    prompt = random_ids(60, 4)
    for n_predict in range(2, 10):
        _, _, ids = bench.ask(go_on(prompt, n_predict))
        pieces = [Text(said([*prompt, *ids])), Special.FIM_MIDDLE]
        (score,) = ask(bench, pieces, [said([5, 6, 7])])
        expected = brute_force(reference, prompt_ids(bench, pieces), [5, 6, 7])
        assert score == Score(pytest.approx(expected, abs=1e-3), True)


@pytest.mark.parametrize("sequences", [1, 2])
def test_with_few_sequences(every_gguf, reference: Asked, sequences: int):
    """With one there is none for a branch: bounds alone."""
    bench = Asked(every_gguf, sequences=sequences)
    scores = ask(bench, INFILL, ("name", "import os\nfrom"))
    assert [score.exact for score in scores][1] == (sequences > 1)
    (bound, _) = scores
    expected = brute_force(reference, prompt_ids(bench, INFILL), bench.model.vocabulary.tokenize("name"))
    assert expected - 1e-3 <= bound.logprob <= 0
    assert bench.ask(go_on(random_ids(40), 10))[2] == reference.ask(go_on(random_ids(40), 10))[2]
    bench.close()


def test_a_narrow_window_makes_room_for_branches(every_gguf, reference: Asked):
    bench = Asked(every_gguf, n_ctx=256)
    for seed in range(3):
        bench.ask(go_on(random_ids(120, seed), 8))
    prompt = [Text(said(random_ids(190, 9))), Special.FIM_MIDDLE]
    paths = [[1, 2, 3, 4, 5], [6, 7] * 20]
    # More rows are offered than the window has: what a branch can take is kept free.
    scores = ask(bench, prompt, [said(path) for path in paths], 1000)
    for path, score in zip(paths, scores, strict=True):
        expected = brute_force(reference, prompt_ids(bench, prompt), path)
        assert score == Score(pytest.approx(expected, abs=1e-3), True)
    assert bench.counters.sequences_evicted > 0
    with pytest.raises(PromptTooLong):
        ask(bench, [Text(said(random_ids(260)))], ["name"])
    bench.close()


def test_a_cancel_between_branches(bench: Asked, reference: Asked):
    class AtLook(CancelToken):
        looks = 0

        def check(self) -> None:
            self.looks -= 1
            if self.looks < 0:
                raise Cancelled("test")

    prompt = [Text(said(random_ids(200, 6))), Special.FIM_MIDDLE]
    request = ScoreRequest(tuple(prompt), CANDIDATES, "test")
    reference.state.forget()
    expected = reference.generator.score(request, CancelToken())
    steps = 0
    while True:
        cancel = AtLook()
        cancel.looks = steps
        bench.state.forget()
        try:
            scores = bench.generator.score(request, cancel)
            break
        except Cancelled:
            steps += 1
        again = ask(bench, prompt, CANDIDATES, 64)
        assert [s.logprob for s in again] == pytest.approx([s.logprob for s in expected], abs=1e-4)
    assert steps > 6
    assert [s.exact for s in scores] == [s.exact for s in expected]


def test_what_was_typed_is_next_to_impossible():
    """The probabilities of the tokens that healing allows are too small for a float32 to hold."""
    logits = np.array([0.0, -200.0, -np.inf], np.float32)
    assert log_share(logits, np.array([1])) == pytest.approx(-200)
    with pytest.raises(DecodeError):
        log_share(logits, np.array([2]))


def test_a_candidate_that_is_longer_than_a_call(bench: Asked):
    (score,) = ask(bench, (Text(CODE),), ("self.value = name\n" * 40,), 10_000)
    assert not score.exact and score.logprob < 0
