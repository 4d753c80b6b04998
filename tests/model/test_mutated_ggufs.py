"""Damaged model files end in words, or in a model that answers: never in a process that hangs, dies or eats the memory.

One of each kind of damage goes all the way through a model process here, all 212 through the check before it;
tests/benchmarks/mutants.py takes all of them, or more, all the way.
"""

import asyncio
from pathlib import Path

import pytest

from foretoken.models.check_header import sound_header
from foretoken.models.resolve import ModelUnavailable
from foretoken.runtime.library import load_library

load_library()

from foretoken.runtime.fit import needs  # noqa: E402
from foretoken.runtime.tuning import Tuning  # noqa: E402
from model.mutant_trial import MOST_MEMORY, Outcome, Trial, trial  # noqa: E402
from model.mutants import BASES, Mutant, mutants  # noqa: E402

AT_ONCE = 2
OF_EACH = 1


@pytest.fixture(scope="session")
def bases(hybrid_gguf: Path, dense_gguf: Path, moe_gguf: Path) -> dict[str, bytes]:
    paths = {"hybrid": hybrid_gguf, "dense": dense_gguf, "moe": moe_gguf}
    return {name: paths[name].read_bytes() for name in BASES}


def test_they_are_damaged_each_in_its_own_way(bases: dict[str, bytes]):
    made = [mutant.make(bases[mutant.base]) for mutant in mutants()]
    again = [mutant.make(bases[mutant.base]) for mutant in mutants()]
    assert made == again
    assert len(made) >= 200 and len(set(made)) > 190
    assert all(file not in bases.values() for file in made)


def test_each_is_sound_or_refused_in_words(bases: dict[str, bytes], tmp_path: Path):
    path, refused = tmp_path / "mutant.gguf", 0
    for mutant in mutants(5):
        path.write_bytes(mutant.make(bases[mutant.base]))
        try:
            needs(sound_header(path), Tuning(), 1)
        except ModelUnavailable as error:
            assert str(path) in str(error), mutant
            refused += 1
    assert refused > len(mutants(5)) / 2


async def test_what_comes_of_them(bases: dict[str, bytes], tmp_path: Path):
    wanted = [mutant for mutant in mutants() if mutant.number < OF_EACH]
    results = await trials(wanted, bases, tmp_path)
    bad = {str(mutant): found for mutant, found in results.items() if found.outcome in (Outcome.DIED, Outcome.HUNG)}
    assert not bad
    assert max(found.peak for found in results.values()) < MOST_MEMORY
    assert all(found.words for found in results.values() if found.outcome is Outcome.REFUSED)
    assert {found.outcome for found in results.values()} >= {Outcome.REFUSED, Outcome.ANSWERED}


async def test_a_sound_file_is_not_refused(hybrid_gguf: Path):
    """Else the test above would say nothing."""
    assert (await trial(hybrid_gguf)).outcome is Outcome.ANSWERED


async def trials(wanted: list[Mutant], bases: dict[str, bytes], folder: Path) -> dict[Mutant, Trial]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(mutant: Mutant) -> Trial:
        async with gate:
            path = folder / f"{mutant}.gguf"
            path.write_bytes(mutant.make(bases[mutant.base]))
            return await trial(path)

    return dict(zip(wanted, await asyncio.gather(*map(one, wanted)), strict=True))
