"""A window in which several prompts do not fit together: others are given up, and every answer is right."""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from foretoken.runtime.context import DecodeError
from foretoken.runtime.tuning import Speculation
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, FinishReason, GenerateRequest, Priority
from foretoken.text.pieces import Special, Text
from model.asking import Asked, go_on, random_ids, said
from model.generators import Bench, plain

N_CTX = 512
DRAFTS = {"mtp": Speculation.ON, "lookup": Speculation.ON, "n_draft": 2}


@pytest.fixture(scope="module", params=["plain", "drafts"])
def tight(every_gguf, request: pytest.FixtureRequest) -> Iterator[Asked]:
    bench = Asked(every_gguf, n_ctx=N_CTX, **(DRAFTS if request.param == "drafts" else {}))
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def reference(every_gguf) -> Iterator[Asked]:
    bench = Asked(every_gguf)
    yield bench
    bench.close()


def fresh_ids(reference: Asked, request: GenerateRequest) -> list[int]:
    return reference.ask_afresh(request)[2]


def test_prompts_that_do_not_fit_together(tight: Asked, reference: Asked):
    evicted = tight.counters.sequences_evicted
    for seed in (0, 1, 2, 0, 2, 1):
        prompt = random_ids(300, seed)
        _, _, ids = tight.ask(go_on(prompt, 20))
        assert ids == fresh_ids(reference, go_on(prompt, 20))
        assert tight.ask(go_on([*prompt, *ids], 10))[2] == fresh_ids(reference, go_on([*prompt, *ids], 10))
    assert tight.counters.sequences_evicted > evicted


def test_a_prompt_as_long_as_the_window_evicts_all_others(tight: Asked, reference: Asked):
    for seed in range(4):
        tight.ask(go_on(random_ids(60, seed), 4))
    for n_predict in (1, 40, 200):
        request = go_on(random_ids(N_CTX - 4 - n_predict, 7), n_predict)
        _, finish, ids = tight.ask(request)
        assert finish.timings.predicted_n == n_predict
        assert ids == fresh_ids(reference, request)


def test_what_cannot_be_made_room_for_ends_one_answer_only(tight: Asked, monkeypatch: pytest.MonkeyPatch):
    """As when other sequences held the window: the error says so, and the next answer is right."""
    request = go_on(random_ids(300, 3), 10)
    tight.state.forget()
    expected = tight.ask(request)[2]
    with monkeypatch.context() as patch:
        patch.setattr(tight.state.kept.spares, "least", lambda: None)
        with pytest.raises(DecodeError, match="window is full"):
            for seed in range(4, 9):
                tight.ask(go_on(random_ids(300, seed), 10))
    assert tight.ask(request)[2] == expected


class Workspace:
    """Three files that are edited in turn, and read in the background, at random."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._files = [random_ids(n, 90 + n) for n in (150, 190, 230)]
        self._typed: list[list[int]] = [[], [], []]
        self._at = [60, 70, 80]
        self._open = 0

    def next(self) -> tuple[GenerateRequest, int | None]:
        """A request, and after how many tokens it is cancelled, None for not at all."""
        kind = self._random.choices(("type", "back", "switch", "jump", "prefill", "anchor"), (10, 3, 3, 2, 3, 2))[0]
        number = self._open
        typed = self._typed[number]
        if kind == "type":
            typed += [self._random.randrange(300) for _ in range(self._random.randint(1, 5))]
        elif kind == "back":
            del typed[-self._random.randint(1, 4) :]
        elif kind == "switch":
            self._open = number = self._random.randrange(3)
            typed = self._typed[number]
        elif kind == "jump":
            self._at[number] = self._random.randrange(20, 140)
            typed.clear()
        elif kind == "anchor":
            at = self._at[number]
            self._files[number][at:at] = typed
            self._at[number] += len(typed)
            del self._files[number][240:]
            typed.clear()
        ids, at = self._files[number], self._at[number]
        prefill = kind == "prefill"
        request = GenerateRequest(
            (
                Special.FIM_PREFIX,
                Text(said(ids[:at])),
                Special.FIM_SUFFIX,
                Text(said(ids[at:])),
                Special.FIM_MIDDLE,
                Text(said([] if prefill else typed)),
            ),
            0 if prefill else 12,
            "test",
            priority=Priority.PREFILL if prefill else Priority.INLINE,
            heal=self._random.random() < 0.5,
        )
        return request, self._random.randrange(4) if self._random.random() < 0.15 else None


def test_a_random_mixture_equals_fresh_answers(tight: Asked, reference: Asked):
    workspace = Workspace(1)
    restored, reasons = set(), set()
    for _ in range(60):
        request, cancelled_at = workspace.next()
        tight.ids = []
        cancel = CancelToken()
        if cancelled_at == 0:
            cancel.cancel("test")
        for number, item in enumerate(tight.generator.generate(request, cancel), start=1):
            if number == cancelled_at:
                cancel.cancel("test")
        assert isinstance(item, Finish)
        restored.add(item.timings.restored)
        reasons.add(item.reason)
        expected = fresh_ids(reference, request)
        if item.reason is FinishReason.CANCELLED:
            assert tight.ids == expected[: len(tight.ids)]
        else:
            assert tight.ids == expected
            if not request.n_predict:  # what was only read has the right logits at its end, too
                logits = tight.state.logits()[0].copy()
                reference.state.forget()
                reference.ask(request)
                assert np.abs(logits - reference.state.logits()[0]).max() < 1e-4
    assert tight.counters.sequences_evicted > 0
    assert FinishReason.CANCELLED in reasons and len(reasons) > 1
    assert {"tail", "middle", "live"} & restored if tight.model.hybrid else "prefix" in restored


@pytest.mark.parametrize("n_ctx", [1, 100, 300])
def test_the_smallest_windows(every_gguf: Path, n_ctx: int):
    """llama.cpp rounds them up to 256 tokens; a call of more rows than it has taken for its own would end the process."""
    bench = Bench(every_gguf, n_ctx, n_ubatch=256, mtp=Speculation.ON, lookup=Speculation.ON)
    texts, finish, _ = bench.run(plain("self.value = name\n" * 30, n_predict=20))
    assert bench.context.n_ctx >= 256 and finish.timings.prompt_n > 150
    assert texts == bench.fresh(plain("self.value = name\n" * 30, n_predict=20))[0]
    bench.close()
