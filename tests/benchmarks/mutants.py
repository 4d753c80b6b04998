"""What comes of damaged model files: each is loaded by a model process of its own, and asked two things.

Prints outcome -> count, and every process that died or hung. Two processes at a time.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model.make_gguf import DENSE, HYBRID, MOE, write_model
from model.mutant_trial import Outcome, Trial, trial
from model.mutants import Mutant, mutants

AT_ONCE = 2


async def run(wanted: list[Mutant], folder: Path) -> list[tuple[Mutant, Trial]]:
    shapes = {"hybrid": HYBRID, "dense": DENSE, "moe": MOE}
    bases = {name: write_model(folder / f"{name}.gguf", shape).read_bytes() for name, shape in shapes.items()}
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(mutant: Mutant) -> tuple[Mutant, Trial]:
        async with gate:
            path = folder / f"{mutant}.gguf"
            path.write_bytes(mutant.make(bases[mutant.base]))
            found = await trial(path)
            path.unlink()
            return mutant, found

    return await asyncio.gather(*map(one, wanted))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--factor", type=int, default=1, help="so many times 212 files")
    parser.add_argument("--only", default="", help="only those whose name contains this")
    parser.add_argument("--json", type=Path, help="write every outcome to this file")
    arguments = parser.parse_args()
    wanted = [mutant for mutant in mutants(arguments.factor) if arguments.only in str(mutant)]
    with tempfile.TemporaryDirectory() as folder:
        results = asyncio.run(run(wanted, Path(folder)))
    for outcome, count in Counter(found.outcome for _, found in results).most_common():
        print(f"{count:5}  {outcome.value}")
    peak, slowest = (max(values) for values in zip(*((found.peak, found.seconds) for _, found in results), strict=True))
    print(f"peak resident {peak >> 20} MiB, slowest {slowest:.1f} s")
    for mutant, found in results:
        if found.outcome in (Outcome.DIED, Outcome.HUNG):
            print(f"{mutant}: {found.words}")
    if arguments.json:
        rows = [[str(mutant), found.outcome.value, found.words, found.peak, found.seconds] for mutant, found in results]
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
