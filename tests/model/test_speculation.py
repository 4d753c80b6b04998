"""Drafts never change an answer, whoever guesses and wherever a draft ends; and they are really used.

Prompts, originals and texts to look up are given as token ids: what the made models write is seldom UTF-8.
"""

import functools
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from foretoken.runtime import drafting
from foretoken.runtime.tuning import Speculation
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import (
    Constraint,
    Finish,
    FinishReason,
    GenerateRequest,
    Grammar,
    Sampling,
    Stop,
)
from model.asking import Asked, exact, go_on, random_ids, said
from model.generators import Bench, infill
from model.make_gguf import HYBRID, write_model
from model.mtp_reference import Drafts, Reference

CODE = "    def read(self, name):\n        return self.value if name is None else items\n"
EVERYTHING = {"mtp": Speculation.ON, "lookup": Speculation.ON}


Open = Callable[..., Asked]


@pytest.fixture(scope="module")
def opened() -> Iterator[Open]:
    """A bench for a model and fields of Tuning; the same one for the same."""
    benches: dict[str, Asked] = {}

    def get(path: Path, **options: object) -> Asked:
        name = f"{path} {sorted(options.items())}"
        if name not in benches:
            benches[name] = Asked(path, **options)
        return benches[name]

    yield get
    for bench in benches.values():
        bench.close()


def same(bench: Asked, reference: Asked, request: GenerateRequest) -> tuple[Finish, list[int]]:
    """The answer, after it was found equal to one without drafts from nothing."""
    tokens, finish, ids = bench.ask(request)
    expected, plainly, expected_ids = reference.ask_afresh(replace(request, original="", lookup=""))
    assert ids == expected_ids
    assert [(token.text, token.forced) for token in tokens] == [(token.text, token.forced) for token in expected]
    assert [t.probability for t in tokens] == pytest.approx([t.probability for t in expected], abs=1e-5)
    assert finish.reason is plainly.reason
    now, then = finish.timings, plainly.timings
    assert (now.predicted_n, now.cache_n + now.prompt_n) == (then.predicted_n, then.prompt_n)
    assert (then.draft_n, then.draft_n_accepted) == (0, 0)
    if finish.reason is FinishReason.LENGTH and not request.heal:
        # The prompt gives the first token, each call one more, and each right guess another.
        assert now.predicted_n == 1 + now.decode_n + now.draft_n_accepted
        assert then.predicted_n == 1 + then.decode_n
    return finish, ids


def edited(token_ids: Sequence[int], every: int = 40) -> list[int]:
    """The ids with one taken out, one put in or one replaced after every so many."""
    ids = list(token_ids)
    for number, at in enumerate(range(every, len(ids), every)):
        ids[at : at + (number % 3 != 1)] = [] if number % 3 == 0 else [(ids[at] + 1) % 300]
    return ids


@pytest.mark.parametrize(("n_draft", "n_ubatch"), [(1, 32), (2, 64), (3, 32), (5, 64)])
def test_mtp(opened: Open, hybrids: Path, n_draft: int, n_ubatch: int):
    """Also over the borders of calls."""
    bench = opened(hybrids, mtp=Speculation.ON, n_draft=n_draft, n_ubatch=n_ubatch)
    for count in (1, 2, 31, 32, 33, 63, 64, 65, 127, 700):
        same(bench, opened(hybrids), go_on(random_ids(count), 30))
    assert 0 < bench.counters.accepted["mtp"] < bench.counters.drafted["mtp"]


def test_mtp_after_typed_text(opened: Open, hybrids: Path):
    """Healing comes first, then drafts; and each key goes on from what is kept."""
    bench = opened(hybrids, mtp=Speculation.ON)
    healed = bench.counters.tokens_healed
    for end in range(1, len(CODE), 3):
        finish, _ = same(bench, opened(hybrids), infill(CODE * 3, CODE, CODE[:end], n_predict=12))
    assert finish.timings.restored
    assert bench.counters.tokens_healed > healed


def test_lookup(opened: Open, every_gguf: Path):
    bench, reference = opened(every_gguf, lookup=Speculation.ON), opened(every_gguf)
    prompt = random_ids(50)
    _, ids = same(bench, reference, go_on(prompt, 120))
    before = bench.counters.accepted["lookup"]
    # The answer was written before in another file, with small differences, and in the prompt.
    finish, _ = same(bench, reference, go_on(prompt, 120, lookup=said(edited(ids))))
    assert finish.timings.decode_n < 60
    same(bench, reference, go_on([*ids, *prompt], 60))
    assert before + 60 < bench.counters.accepted["lookup"] < bench.counters.drafted["lookup"]


@pytest.mark.parametrize("options", [{}, {"n_draft": 1, "n_ubatch": 32}, EVERYTHING], ids=["", "narrow", "everything"])
def test_original(opened: Open, every_gguf: Path, options: dict[str, object]):
    """Drafts longer than what can be rolled back; those that fail are taken back to a held state."""
    bench, reference = opened(every_gguf, **options), opened(every_gguf)
    replays = bench.counters.replays
    for seed in range(2):
        prompt = random_ids(90, seed)
        _, ids = same(bench, reference, go_on(prompt, 160))
        for every in (9, 23, 50):
            finish, _ = same(bench, reference, go_on(prompt, 160, original=said(edited(ids, every))))
        # Also with a restored state at the start, and with all of it right.
        finish, _ = same(bench, reference, go_on(prompt, 160, original=said(ids)))
        assert finish.timings.decode_n < 160 / (1 + bench.tuning.n_draft)
    accepted, drafted = bench.counters.accepted["original"], bench.counters.drafted["original"]
    assert 600 < accepted < drafted
    if bench.model.hybrid:
        assert bench.counters.replays > replays + 3


def test_a_long_draft_that_fails_at_any_place(opened: Open, hybrids: Path):
    """What was right of it fills a call almost wholly, and a short draft goes with it."""
    bench, reference = opened(hybrids, n_ubatch=32), opened(hybrids)
    prompt = random_ids(20)
    _, ids = same(bench, reference, go_on(prompt, 60))
    for wrong in range(1, 40):
        same(
            bench,
            reference,
            go_on(prompt, 60, original=said([*ids[:wrong], (ids[wrong] + 1) % 300, *ids[wrong + 1 :]])),
        )
    assert bench.counters.replays >= 30


@pytest.mark.parametrize("sequences", [1, 2, 3])
def test_with_few_sequences(opened: Open, every_gguf: Path, sequences: int):
    """With one there is no room to hold a state: only short drafts."""
    bench = opened(every_gguf, sequences=sequences, **EVERYTHING)
    reference = opened(every_gguf)
    prompt = random_ids(90)
    _, ids = same(bench, reference, go_on(prompt, 100))
    for _ in range(2):
        same(bench, reference, go_on(prompt, 100, original=said(edited(ids, 30))))
        same(bench, reference, go_on([*prompt, *ids], 20))
    assert bench.counters.accepted["original"] > 60
    assert (bench.counters.replays > 0) == (bench.model.hybrid and sequences > 1)


def test_all_together(opened: Open, hybrids: Path):
    bench, reference = opened(hybrids, **EVERYTHING, n_draft=2), opened(hybrids)
    rewritten = random_ids(20, 5)
    for seed in range(4):
        prompt = random_ids(64 + seed, seed)
        _, ids = same(bench, reference, go_on(prompt, 100))
        text = [*ids[:40], *rewritten, *ids[70:]]
        same(bench, reference, go_on(prompt, 100, original=said(text), lookup=said(ids[35:75])))
    assert min(bench.counters.accepted[source] for source in ("mtp", "lookup", "original")) > 0
    assert bench.counters.replays > 0


@pytest.mark.parametrize("options", [{"mtp": Speculation.ON}, EVERYTHING], ids=["mtp", "everything"])
def test_answers_that_end_inside_a_draft(opened: Open, every_gguf: Path, options: dict[str, object]):
    """What follows goes on from a right state: the answer accepted, or another text from inside the last draft."""
    bench, reference = opened(every_gguf, **options, n_draft=3), opened(every_gguf)
    prompt = random_ids(40, 3)
    _, ids = same(bench, reference, go_on(prompt, 80))
    original = said(edited(ids, 25))
    reasons = set()
    asked = [go_on(prompt, n_predict, original=original) for n_predict in range(1, 16)]
    asked += [go_on(prompt, 80, min_probability=0.6**n, original=original) for n in range(1, 20, 2)]
    asked += [go_on(prompt, 80, stop=Stop(lines), original=original) for lines in (1, 2, 3, 5)]
    for number, request in enumerate(asked):
        finish, ids = same(bench, reference, request)
        reasons.add(finish.reason)
        same(bench, reference, go_on([*prompt, *ids], 6))
        back = 1 + number % 3
        same(bench, reference, request)
        same(bench, reference, go_on([*prompt, *ids[:-back], 7 + number, 8], 6))
    assert {FinishReason.LENGTH, FinishReason.UNLIKELY, FinishReason.STOP} <= reasons


def test_the_end_of_text_inside_a_draft(opened: Open, tmp_path: Path):
    chained = write_model(tmp_path / "chain.gguf", HYBRID, chain=b"abcdefghijklmnop")
    reference = opened(chained)
    first = reference.model.vocabulary.tokenize("a")[0]
    _, ids = reference.ask(go_on([first], 40))[1:]
    for options in ({"mtp": Speculation.ON}, {"n_draft": 2}):
        bench = opened(chained, **options)
        for start in range(4):
            prompt = [first, *ids[:start]]
            # The original says the end as well; then that there is none, for which a long draft is taken back.
            for original in ("", said(ids), said([*ids[:-1], 5, 6, 7, 8, 9])):
                finish, answer = same(bench, reference, go_on(prompt, 40, original=original))
                assert finish.reason is FinishReason.END
                assert finish.timings.draft_n_accepted > 5 or not (original or bench.generator.mtp)
                same(bench, reference, go_on([*prompt, *answer[:-1]], 3))
                same(bench, reference, go_on([*prompt, *answer[:-3], first], 3))
    assert bench.counters.replays > 0


@pytest.mark.parametrize("seed", range(4))
def test_sampled_answers_are_the_same_for_a_seed(opened: Open, every_gguf: Path, seed: int):
    bench, reference = opened(every_gguf, **EVERYTHING), opened(every_gguf)
    sampling = Sampling(temperature=0.6, top_k=40, top_p=0.95, min_p=0.02, seed=seed)
    prompt = random_ids(30, seed)
    _, ids = same(bench, reference, go_on(prompt, 80, sampling=sampling))
    accepted = bench.counters.accepted["original"]
    finish, _ = same(bench, reference, go_on(prompt, 80, sampling=sampling, original=said(edited(ids, 20))))
    assert finish.timings.draft_n_accepted > 20 and bench.counters.accepted["original"] > accepted
    assert ids != same(bench, reference, go_on(prompt, 80))[1]


@pytest.mark.parametrize(
    "constraint",
    [
        Constraint(Grammar.LARK, 'start: line+\nline: /[a-z]+/ " = " /[0-9]{1,5}/ "\\n"'),
        Constraint(
            Grammar.JSON_SCHEMA,
            '{"type": "object", "properties": {"name": {"type": "string", "maxLength": 20}, "value": {"type": '
            '"integer"}}, "required": ["name", "value"], "additionalProperties": false}',
        ),
        Constraint(Grammar.REGEX, "[a-z]{30}(;[0-9]{4}){5}"),
    ],
    ids=lambda constraint: constraint.grammar.value,
)
def test_constrained_answers(opened: Open, every_gguf: Path, constraint: Constraint):
    bench, reference = opened(every_gguf, **EVERYTHING), opened(every_gguf)
    prompt = random_ids(70)
    forced = bench.counters.tokens_forced
    _, ids = same(bench, reference, go_on(prompt, 60, constraint=constraint))
    assert bench.counters.tokens_forced > forced
    accepted = bench.counters.accepted["original"]
    request = go_on(prompt, 60, constraint=constraint, original=said(edited(ids, 15)))
    same(bench, reference, request)
    assert bench.counters.accepted["original"] > accepted + 10
    same(bench, reference, go_on([*prompt, *ids], 5))


def test_what_a_grammar_requires_is_guessed(opened: Open, every_gguf: Path):
    bench = opened(every_gguf, **EVERYTHING)
    before = bench.counters.drafted["grammar"]
    literal = Constraint(Grammar.LARK, 'start: /[xy]/ "    def __init__(self, name, value):" /[ab]/')
    finish, _ = same(bench, opened(every_gguf), go_on(random_ids(40), 80, constraint=literal))
    assert finish.reason is FinishReason.END
    assert bench.counters.drafted["grammar"] > before
    # Whether the model cuts the text as a tokenizer would is its own affair; on the tiny models it does not always.
    assert bench.counters.accepted["grammar"] > 0


def test_a_repetition_ends_where_it_would_without_drafts(opened: Open, every_gguf: Path):
    bench, reference = opened(every_gguf, **EVERYTHING), opened(every_gguf)
    request = go_on(random_ids(9), 400, constraint=Constraint(Grammar.REGEX, "(ab){200}"))
    finish, _ = same(bench, reference, request)
    assert finish.reason is FinishReason.REPETITION
    assert finish.timings.draft_n_accepted > 10


def test_to_the_end_of_the_window(opened: Open, every_gguf: Path):
    bench, reference = opened(every_gguf, n_ctx=256, **EVERYTHING), opened(every_gguf, n_ctx=256)
    for n_predict in (100, 60, 9):
        prompt = random_ids(256 - 4 - n_predict)
        finish, ids = same(bench, reference, go_on(prompt, n_predict))
        assert finish.timings.predicted_n == n_predict
        same(bench, reference, go_on(prompt, n_predict, original=said(edited(ids, 20))))
    assert bench.counters.drafted["original"] > 0


def test_without_drafts_by_the_model_itself(opened: Open, hybrids: Path):
    """No room for a rollback in place: every draft is held."""
    bench, reference = opened(hybrids, n_draft=0, **EVERYTHING), opened(hybrids)
    prompt = random_ids(30)
    _, ids = same(bench, reference, go_on(prompt, 80))
    same(bench, reference, go_on(prompt, 80, original=said(edited(ids, 20))))
    assert bench.context.n_rollback == 0
    assert bench.counters.drafted["mtp"] == 0
    assert bench.counters.accepted["original"] > 40 and bench.counters.replays > 0


def test_a_model_without_the_block_says_so_and_answers(dense_gguf: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO):
        bench = Asked(dense_gguf, mtp=Speculation.ON)
    assert "no multi-token prediction (NextN) block" in caplog.text
    assert [record.levelname for record in caplog.records if "NextN" in record.message] == ["WARNING"]
    assert not bench.generator.info.mtp
    assert bench.ask(go_on(random_ids(30), 20))[1].timings.predicted_n == 20
    assert bench.counters.drafted["mtp"] == 0
    bench.close()


@pytest.mark.parametrize(("noise", "least", "most"), [(1.5, 3, 100), (0.3, 400, 600)], ids=["never", "always"])
def test_drafts_that_do_not_pay_stop_by_themselves(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noise: float, least: int, most: int
):
    """On a machine where a guess costs a fifth of a call."""
    clock = iter(np.arange(0, 1e4, 0.1))
    monkeypatch.setattr(drafting, "time", SimpleNamespace(perf_counter=lambda: float(next(clock))))
    path = write_model(tmp_path / "noisy.gguf", HYBRID, noise=noise)
    bench = opened(path, mtp=Speculation.AUTO)
    for seed in range(4):
        same(bench, opened(path), go_on(random_ids(20, seed), 200))
        if not seed:
            early = bench.counters.drafted["mtp"]
    assert least <= bench.counters.drafted["mtp"] <= most
    late = (bench.counters.drafted["mtp"] - early) / 3
    assert late < early / 4 if noise > 1 else late > early / 2
    assert bench.state.mtp.eager == (noise < 1)
    assert bench.counters.draft_calls < 100 or noise < 1


class Proposals:
    """The drafts of the MTP block by the position that they go on from, as they are made."""

    def __init__(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: dict[int, list[int]] = {}
        draft = bench.state.mtp.draft

        def note(token_id: int, limit: int, least: float) -> list[int]:
            position = len(bench.state.token_ids)
            self.found[position] = draft(token_id, limit, least)
            return self.found[position]

        monkeypatch.setattr(bench.state.mtp, "draft", note)

    def of(self, bench: Asked, request: GenerateRequest) -> tuple[dict[int, list[int]], Finish]:
        self.found.clear()
        return self.found, bench.ask(request)[1]


@pytest.mark.parametrize("sequences", [5, 2], ids=["spare", "host"])
def test_the_drafts_are_those_of_the_plainest_form(
    opened: Open, hybrids: Path, monkeypatch: pytest.MonkeyPatch, sequences: int
):
    """Draft for draft, also after a restore and a cancel: the block's cache and the pending hidden state are right."""
    bench = opened(hybrids, mtp=Speculation.ON, n_draft=2, sequences=sequences)
    bench.state.forget()
    proposals = Proposals(bench, monkeypatch)
    with exact():
        reference = Reference(hybrids, 2)
    prompts = [random_ids(150, 1), random_ids(150, 2)]
    prompts.append([*prompts[0], *random_ids(40, 3)])
    restored = []

    @functools.cache
    def wanted(prompt: tuple[int, ...]) -> Drafts:
        return reference.generate(list(prompt), 50)

    def check(prompt: list[int]) -> None:
        found, finish = proposals.of(bench, go_on(prompt, 50))
        expected = wanted(tuple(prompt))
        assert bench.ids == expected.token_ids[:50]
        # The last draft is as long as there is room for.
        assert found == {at: expected.proposals[at][: len(guesses)] for at, guesses in found.items()}
        assert finish.timings.draft_n_accepted == pytest.approx(expected.accepted, abs=2)
        restored.append(finish.timings.restored)

    for number in (0, 2, 0, 1, 0, 2, 1, 0):
        check(prompts[number])
    assert restored.count("tail") >= (5 if sequences > 2 else 2)
    assert (bench.counters.checkpoints_restored > 0) == (sequences == 2)
    for looks in range(0, 12, 2):
        cancel = CancelToken()
        stream = bench.generator.generate(go_on(prompts[looks // 2 % 3], 50), cancel)
        for _ in range(looks):
            next(stream)
        cancel.cancel("test")
        list(stream)
        check(prompts[looks // 2 % 2])
    reference.close()


def test_the_blocks_drafts_after_a_long_one_that_failed(opened: Open, hybrids: Path, monkeypatch: pytest.MonkeyPatch):
    """What the block saw of the failed draft is gone, too."""
    bench = opened(hybrids, mtp=Speculation.ON, n_draft=2)
    proposals = Proposals(bench, monkeypatch)
    with exact():
        reference = Reference(hybrids, 2)
    compared = replays = 0
    for seed in range(4):
        prompt = random_ids(70, seed)
        expected = reference.generate(prompt, 60)
        text = [*expected.token_ids[:12], *random_ids(30, seed)]
        before = bench.counters.replays
        found, _ = proposals.of(bench, go_on(prompt, 60, original=said(text)))
        replays += bench.counters.replays - before
        for at in found.keys() & expected.proposals.keys():
            compared += 1
            assert found[at] == expected.proposals[at][: len(found[at])]
    reference.close()
    assert replays and compared > 20
