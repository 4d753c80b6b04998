"""Every reuse of a state equals a fresh evaluation, token for token, and is really a reuse."""

import random
from collections.abc import Iterator

import numpy as np
import pytest

from foretoken.runtime.tuning import Speculation
from foretoken.text.cancel import CancelToken
from model.generators import Bench, infill

PREFIX = "".join(f"def read_{n}(self, name):\n    return self.value + {n}\n\n" for n in range(12))
SUFFIX = "\n\ndef write(self, value):\n    self.value = value\n"
CODE = "    for item in items:\n        self.name = item\n        print(item, self.value)\n    return self.value\n"


@pytest.fixture(scope="module")
def warm(tiny_gguf) -> Iterator[Bench]:
    bench = Bench(tiny_gguf)
    yield bench
    bench.close()


@pytest.fixture(scope="module", params=["spare sequences", "host memory alone", "drafts"])
def reusing(tiny_gguf, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The three ways in which a state is kept and gone on from."""
    options = {
        "spare sequences": {},
        "host memory alone": {"sequences": 2},
        "drafts": {"mtp": Speculation.ON, "lookup": Speculation.ON, "sequences": 3},
    }
    bench = Bench(tiny_gguf, **options[request.param])
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def cold(tiny_gguf) -> Iterator[Bench]:
    bench = Bench(tiny_gguf)
    yield bench
    bench.close()


class Editor:
    """Types at random into a document with an anchor, as the language server would."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.prefix, self.suffix, self.typed = PREFIX, SUFFIX, ""

    def step(self) -> None:
        kind = self._random.choices(("type", "back", "line", "jump", "anchor", "accept"), (12, 3, 2, 1, 1, 2))[0]
        if kind == "type":
            at = self._random.randrange(len(CODE) - 4)
            self.typed += CODE[at : at + self._random.randint(1, 4)]
        elif kind == "back":
            self.typed = self.typed[: -self._random.randint(1, 6)]
        elif kind == "line":
            self.typed += "\n        "
        elif kind == "accept":
            self.typed += "self.value = name\n    "
        elif kind == "anchor":
            self.prefix, self.typed = self.prefix + self.typed, ""
        else:
            text = self.prefix + self.typed + self.suffix
            at = text.find("\n", self._random.randrange(len(text) - 40)) + 1
            self.prefix, self.suffix, self.typed = text[:at], text[at:], ""


@pytest.mark.parametrize("seed", range(4))
def test_random_editing_equals_fresh_evaluations(reusing: Bench, cold: Bench, seed: int):
    editor = Editor(seed)
    restored = set()
    for _ in range(30):
        editor.step()
        request = infill(editor.prefix, editor.suffix, editor.typed, n_predict=6)
        texts, finish, probabilities = reusing.run(request)
        expected, fresh, likelihoods = cold.fresh(request)
        assert texts == expected
        assert probabilities == pytest.approx(likelihoods, abs=2e-2)
        assert finish.reason == fresh.reason
        assert finish.timings.cache_n + finish.timings.prompt_n == fresh.timings.prompt_n
        restored.add(finish.timings.restored)
    assert {"tail", "prefix_end"} <= restored if reusing.model.hybrid else "prefix" in restored


def test_typing_evaluates_two_tokens_a_key(warm: Bench, cold: Bench):
    """Four at most: healing took back three, and a new one was typed."""
    warm.run(infill(PREFIX, SUFFIX, CODE[:1]))
    made = warm.counters.checkpoints_made
    evaluated = []
    for end in range(2, len(CODE)):
        texts, finish, _ = warm.run(infill(PREFIX, SUFFIX, CODE[:end], n_predict=3))
        assert finish.timings.restored == "prefix" or warm.model.hybrid and finish.timings.restored
        assert finish.timings.cache_n > 300
        evaluated.append(finish.timings.prompt_n)
        assert texts == cold.fresh(infill(PREFIX, SUFFIX, CODE[:end], n_predict=3))[0]
    assert max(evaluated) <= 4
    assert sum(evaluated) / len(evaluated) < 2
    assert (warm.counters.checkpoints_made > made) == warm.model.hybrid


def test_a_new_anchor_keeps_the_file_before_it(warm: Bench, cold: Bench):
    """Re-anchoring costs the new lines and the suffix, not the prefix."""
    warm.state.forget()
    warm.run(infill(PREFIX, SUFFIX, "    "))
    request = infill(PREFIX + "    self.name = name\n", SUFFIX, "    ")
    texts, finish, _ = warm.run(request)
    assert finish.timings.restored == ("prefix_end" if warm.model.hybrid else "prefix")
    assert finish.timings.prompt_n < 60
    assert texts == cold.fresh(request)[0]


def test_a_prompt_that_only_grew_goes_on_from_the_live_state(warm: Bench):
    warm.state.forget()
    ids = np.array([*warm.model.vocabulary.tokenize(PREFIX), 5, 6, 7], np.int32)
    list(warm.generator.evaluator.alone(warm.state.evaluate(ids, {}, CancelToken(), lambda: 64)))
    assert warm.state.rewind(np.append(ids, 8)) == ("live" if warm.model.hybrid else "prefix")
    assert list(warm.state.token_ids) == list(ids)


def test_few_bytes_for_checkpoints_still_give_right_answers(hybrid_gguf, cold: Bench):
    """Room for two checkpoints only: they are evicted all the time."""
    probe = Bench(hybrid_gguf)
    probe.run(infill(PREFIX, SUFFIX, "    "))
    size = probe.context.state_size(0)
    probe.close()
    narrow = Bench(hybrid_gguf, checkpoint_bytes=2 * size, sequences=2)
    reference = Bench(hybrid_gguf)
    for end in (5, 9, 30, 60, 61, 62, 40, 41, 8):
        request = infill(PREFIX, SUFFIX, CODE[:end], n_predict=4)
        assert narrow.run(request)[0] == reference.fresh(request)[0]
    assert narrow.counters.checkpoints_restored > 0
    narrow.close()
    reference.close()


def test_no_room_for_any_checkpoint(hybrid_gguf):
    bare = Bench(hybrid_gguf, checkpoint_bytes=10, sequences=2)
    request = infill(PREFIX, SUFFIX, "    self.v", n_predict=4)
    first = bare.run(request)[0]
    again, finish, _ = bare.run(request)
    assert again == first
    assert (finish.timings.restored, finish.timings.cache_n) == ("", 0)
    bare.close()


def test_prefill_alone_warms_the_state(warm: Bench):
    warm.state.forget()
    _, finish, _ = warm.run(infill(PREFIX, SUFFIX, "", n_predict=0))
    assert finish.timings.prompt_n > 300 and finish.timings.predicted_n == 0
    _, finish, _ = warm.run(infill(PREFIX, SUFFIX, "    ret"))
    assert finish.timings.prompt_n <= 4
