"""LoRA adapters: another model's answers, from the first token on and back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.adapters import Adapter, AdapterError
from foretoken.runtime.assemble import assemble
from foretoken.runtime.counters import Counters
from foretoken.runtime.options import LoadOptions
from foretoken.runtime.tuning import Speculation
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import GenerateRequest
from model.asking import Asked, go_on, random_ids
from model.generators import infill
from model.gguf_parts import Parts, take_apart
from model.make_gguf import DENSE, HYBRID, MOE
from model.make_lora import write_lora

SHAPES = {"hybrid": HYBRID, "moe": MOE, "dense": DENSE}
REQUESTS = [go_on(random_ids(count, 1), 20) for count in (3, 80, 150)] + [
    infill("import os\n" * 9, "\nx = 1\n", "self.v")
]


@pytest.fixture(scope="module", params=["plain", "drafts"])
def bench(every_gguf: Path, request: pytest.FixtureRequest) -> Iterator[Asked]:
    drafts = {"mtp": Speculation.ON, "lookup": Speculation.ON}
    bench = Asked(every_gguf, **(drafts if request.param == "drafts" else {}))
    yield bench
    bench.generator.adapt([])
    bench.close()


@pytest.fixture(scope="module")
def lora(every_gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lora(tmp_path_factory.mktemp("lora") / "lora.gguf", SHAPES[every_gguf.stem])


@pytest.fixture(scope="module")
def adapted(every_gguf: Path, lora: Path) -> Iterator[Asked]:
    """Never ran without the adapter."""
    bench = Asked(every_gguf)
    bench.generator.adapt([Adapter(lora)])
    yield bench
    bench.close()


def answers(bench: Asked, requests: list[GenerateRequest]) -> list[list[int]]:
    return [bench.ask(request)[2] for request in requests]


def test_it_applies_to_all_that_follows_and_goes_without_a_trace(bench: Asked, adapted: Asked, lora: Path):
    before = answers(bench, REQUESTS)
    expected = answers(adapted, REQUESTS)
    assert all(plain != other for plain, other in zip(before, expected, strict=True))
    for _ in range(2):
        bench.generator.adapt([Adapter(lora)])
        assert bench.ask(REQUESTS[1])[1].timings.cache_n == 0
        assert answers(bench, REQUESTS) == expected
        bench.generator.adapt([])
        assert bench.ask(REQUESTS[1])[1].timings.cache_n == 0
        assert answers(bench, REQUESTS) == before
    if bench.generator.mtp:
        assert bench.counters.accepted["mtp"] > 0


def test_its_scale_counts(bench: Asked, adapted: Asked, lora: Path):
    before = answers(bench, REQUESTS)
    bench.generator.adapt([Adapter(lora, 0.0)])
    assert answers(bench, REQUESTS) == before
    bench.generator.adapt([Adapter(lora, 0.3)])
    assert answers(bench, REQUESTS) not in (before, answers(adapted, REQUESTS))
    bench.generator.adapt([])


def test_what_cannot_be_used_is_named_and_changes_nothing(bench: Asked, tmp_path: Path, every_gguf: Path):
    before = answers(bench, REQUESTS)
    garbage = tmp_path / "garbage.gguf"
    garbage.write_bytes(b"GGUF" + bytes(500))
    other = write_lora(tmp_path / "other.gguf", HYBRID if every_gguf.stem == "dense" else DENSE)
    for path in (tmp_path / "missing.gguf", garbage, other, every_gguf):
        for _ in range(2):
            with pytest.raises(AdapterError, match=path.name):
                bench.generator.adapt([Adapter(path)])
    assert answers(bench, REQUESTS) == before


def test_when_one_of_two_is_wrong_neither_applies(bench: Asked, lora: Path, tmp_path: Path):
    before = answers(bench, REQUESTS)
    with pytest.raises(AdapterError, match=r"none\.gguf"):
        bench.generator.adapt([Adapter(lora), Adapter(tmp_path / "none.gguf")])
    assert bench.ask(REQUESTS[0])[1].timings.predicted_n == 20
    assert answers(bench, REQUESTS) == before


def test_what_the_draft_context_refuses_does_not_stay_in_the_model(
    bench: Asked, lora: Path, monkeypatch: pytest.MonkeyPatch
):
    if bench.generator.mtp is None:
        return
    before = answers(bench, REQUESTS)
    monkeypatch.setattr(bench.generator.mtp, "adapt", lambda adapters: not adapters)
    with pytest.raises(AdapterError, match="refused"):
        bench.generator.adapt([Adapter(lora)])
    assert answers(bench, REQUESTS) == before
    bench.state.forget()
    assert answers(bench, REQUESTS) == before


def test_it_is_named_when_the_model_is_loaded(every_gguf: Path, lora: Path, tmp_path: Path):
    options = LoadOptions(every_gguf, 512, 1, 0, lora=(lora,))
    generator = assemble(options, Counters(), lambda _done: True)
    plain = assemble(LoadOptions(every_gguf, 512, 1, 0), Counters(), lambda _done: True)
    request = infill("import os\n" * 9, "\nx = 1\n", "self.v", n_predict=10)
    with_it, without = (list(made.generate(request, CancelToken()))[:-1] for made in (generator, plain))
    assert with_it != without
    missing = {"lora": (tmp_path / "none.gguf",), "states": tmp_path / "states", "state_mib": 64}
    with pytest.raises(AdapterError, match=r"none\.gguf"):
        assemble(LoadOptions(every_gguf, 512, 1, 0, **missing), Counters(), lambda _done: True)


def test_a_file_that_is_none_is_named_before_the_model_is_read(tmp_path: Path):
    path = tmp_path / "junk.gguf"
    path.write_bytes(b"no adapter at all")
    options = LoadOptions(tmp_path / "no model.gguf", 512, 1, 0, lora=(path,))
    with pytest.raises(AdapterError, match=r"junk\.gguf is not a GGUF file"):
        assemble(options, Counters(), lambda _done: True)


@pytest.mark.parametrize(
    "damage, words",
    [
        (lambda parts: setattr(parts, "n_tensors", 1 << 40), "it says that it has"),
        (lambda parts: setattr(parts, "data", parts.data[:100]), "lies behind its end"),
        (lambda parts: setattr(parts.infos[0], "kind", 26), "has whole numbers"),
        (lambda parts: setattr(parts, "data", b"\xff" * len(parts.data)), "an adapter's, are damaged"),
    ],
)
def test_a_damaged_one_is_named(
    every_gguf: Path, lora: Path, tmp_path: Path, damage: Callable[[Parts], None], words: str
):
    parts = take_apart(lora.read_bytes())
    damage(parts)
    path = tmp_path / "damaged.gguf"
    path.write_bytes(parts.build())
    with pytest.raises((AdapterError, ModelUnavailable), match=words):
        assemble(LoadOptions(every_gguf, 512, 1, 0, lora=(path,)), Counters(), lambda _done: True)


def test_a_model_is_no_adapter(every_gguf: Path):
    with pytest.raises(AdapterError, match="no LoRA adapter for the model .*llama.cpp says"):
        assemble(LoadOptions(every_gguf, 512, 1, 0, lora=(every_gguf,)), Counters(), lambda _done: True)
