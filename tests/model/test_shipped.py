"""The model that ships inside: it loads, it fills in, and its state is really used again."""

from collections.abc import Iterator

import pytest

from foretoken.models.resolve import shipped_model
from foretoken.text.generation import Stop
from model.generators import Bench, infill

PREFIX = '''"""Reads settings."""

import json
from pathlib import Path


class Settings:
    def __init__(self, path, name):
        self.path = path
        self.name = name

    def load(self):
'''
SUFFIX = "\n\n    def save(self, value):\n        self.path.write_text(json.dumps(value))\n"
TYPED = "        text = self.path.read_text()\n        return json.lo"


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench(shipped_model())
    yield bench
    bench.close()


def test_what_it_says_of_itself(bench: Bench):
    info = bench.generator.info
    assert (info.architecture, info.hybrid, info.fim) == ("qwen35", True, True)
    assert info.n_layer_nextn == 1
    assert "python" in info.languages


def test_typing_uses_the_state_again_and_the_answers_are_those_of_a_fresh_evaluation(bench: Bench):
    """Its weights are quantised, so rounding may turn a near tie; almost all answers are the same."""
    reference = Bench(shipped_model())
    bench.run(infill(PREFIX, SUFFIX, TYPED[0], stop=Stop(max_lines=1)))
    same, kinds = 0, set()
    for end in range(2, len(TYPED) + 1):
        request = infill(PREFIX, SUFFIX, TYPED[:end], stop=Stop(max_lines=1))
        texts, finish, _ = bench.run(request)
        kinds.add(finish.timings.restored)
        assert finish.timings.prompt_n <= 4
        assert finish.timings.cache_n > 50
        same += texts == reference.fresh(request)[0]
    reference.close()
    assert kinds == {"tail"}
    assert same >= 0.95 * (len(TYPED) - 1)


def test_it_finishes_a_word_that_stands_in_the_file(bench: Bench):
    texts, _, _ = bench.run(infill(PREFIX, SUFFIX, "        return json.loads(self.pa", stop=Stop(max_lines=1)))
    assert "".join(texts).startswith("th")
