"""Three windows on one model process: are their answers those of a model that does one thing at a time?

Each window is an engine of its own that finds the shared process, and has four requests in flight: a key, a ranking of
completions, a change of code (a rewrite with the original as the draft, an answer under a grammar, or a sampled
refactoring) and a background prefill; each is followed by the next of its kind after 50 to 300 ms, faster than people type.
One key in twelve is cancelled while it is answered. Every answer is compared with that of the same request asked serially
of another process. F32 model and cache, so that the comparison is exact.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import psutil

sys.path.append(str(Path(__file__).resolve().parents[1]))

from workload import Answer, Editor, Request, ask, same, tie

from foretoken.engine.engine import EngineUnavailable
from foretoken.engine.life import Life
from foretoken.engine.options import RuntimeOptions
from foretoken.engine.supervisor import SupervisedEngine
from foretoken.models.resolve import resolve_model
from foretoken.text.cancel import CancelToken
from model.make_gguf import HYBRID, write_model

CANCELLED = 12  # one key in so many


class Serial:
    """The answers of a process that serves one request at a time, each asked once."""

    def __init__(self, engine: SupervisedEngine) -> None:
        self._engine = engine
        self._known: dict[Request, Answer] = {}
        self.ms: defaultdict[str, list[float]] = defaultdict(list)

    async def answer(self, kind: str, request: Request) -> Answer:
        if request not in self._known:
            began = time.perf_counter()
            self._known[request] = await ask(self._engine, request, "serial", CancelToken())
            self.ms[kind].append((time.perf_counter() - began) * 1000)
        return self._known[request]


class Load:
    def __init__(self, windows: list[SupervisedEngine], count: int) -> None:
        self._windows = windows
        self._count = count
        self.asked: list[tuple[int, str, Request, Answer]] = []
        self.ms: defaultdict[tuple[int, str], list[float]] = defaultdict(list)
        self.cancelled = 0
        self.rss: list[int] = []

    async def run(self) -> None:
        process = psutil.Process(self._windows[0].pid)
        work = [
            self._keep_asking(number, engine, kind, requests, process)
            for number, engine in enumerate(self._windows)
            for kind, requests in Editor(number).all().items()
        ]
        await asyncio.gather(*work)

    async def _keep_asking(self, number, engine, kind, requests, process) -> None:
        chance = random.Random(f"{number} {kind}")
        for serial, request in enumerate(requests):
            await asyncio.sleep(chance.uniform(0.05, 0.3))
            if len(self.asked) + self.cancelled >= self._count:
                return
            cancel, began = CancelToken(), time.perf_counter()
            if kind == "inline" and serial % CANCELLED == 5:
                asyncio.get_running_loop().call_later(0.003, cancel.cancel, "superseded")
            answer = await ask(engine, request, f"{kind} {serial}", cancel)
            if not answer:
                self.cancelled += 1
                continue
            self.ms[number, kind].append((time.perf_counter() - began) * 1000)
            self.asked.append((number, kind, request, answer))
            if len(self.asked) % max(1, self._count // 50) == 0:
                self.rss.append(process.memory_info().rss)


def engine(options: RuntimeOptions, folder: Path | None, name: str) -> SupervisedEngine:
    made = SupervisedEngine(options, folder=folder, life=Life(linger_seconds=0.0), name=lambda: name)
    made.start()
    return made


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="requests of all windows together")
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("--shipped", action="store_true", help="the shipped model (8 bits: near ties may turn)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "runtimes")
        folder.mkdir(mode=0o700)
        model = (
            resolve_model("")
            if arguments.shipped
            else write_model(Path(scratch, "f32.gguf"), replace(HYBRID, n_ctx=8192))
        )
        options = RuntimeOptions(
            model, n_ctx=8192, threads=1, cache_type="f16" if arguments.shipped else "f32", mtp="on"
        )
        windows = [engine(options, folder, f"window {number}") for number in range(arguments.windows)]
        alone = engine(options, None, "serial")
        try:
            for each in (*windows, alone):
                await each.ready()
            assert len({each.pid for each in windows}) == 1, "they do not share"
            load = Load(windows, arguments.count)
            began = time.perf_counter()
            await load.run()
            seconds = time.perf_counter() - began
            metrics = await windows[0].metrics()
            serial = Serial(alone)
            wrong, ties = Counter(), 0
            for number, kind, request, answer in load.asked:
                wanted = await serial.answer(kind, request)
                if not same(answer, wanted) and tie(answer, wanted):
                    ties += 1
                elif not same(answer, wanted):
                    wrong[kind] += 1
                    print(f"window {number}, {kind}: {answer} instead of {wanted} for {request}")
            report(load, serial, wrong, ties, metrics, seconds)
        except EngineUnavailable as error:
            sys.exit(str(error))
        finally:
            for each in (*windows, alone):
                await each.close()


def report(load: Load, serial: Serial, wrong: Counter, ties: int, metrics: dict[str, float], seconds: float) -> None:
    count = len(load.asked)
    print(
        f"{count} requests answered and {load.cancelled} cancelled in {seconds:.0f} s ({count / seconds:.0f} a second)"
    )
    print(
        f"not as asked serially: {sum(wrong.values())} {dict(+wrong) or ''}; parted at equally probable tokens: {ties}"
    )
    print(f"\n{'milliseconds':<14}" + "".join(f"{kind:>24}" for kind in serial.ms))
    rows = {f"window {number}": number for number, _ in load.ms}
    for name, number in rows.items():
        cells = [load.ms[number, kind] for kind in serial.ms]
        print(f"{name:<14}" + "".join(f"{len(c):>8}x {statistics.median(c):6.1f} p99 {p99(c):6.0f}" for c in cells))
    print(
        f"{'alone':<14}" + "".join(f"{'':>9} {statistics.median(c):6.1f} p99 {p99(c):6.0f}" for c in serial.ms.values())
    )
    mib = [rss / 2**20 for rss in load.rss]
    early, late = statistics.median(mib[len(mib) // 5 : 2 * len(mib) // 5]), statistics.median(mib[-len(mib) // 5 :])
    print(f"\nmemory of the process: {early:.1f} MiB in the second fifth, {late:.1f} MiB in the last")
    names = ("preemptions", "shared_calls", "decode_calls", "set_back", "checkpoints_restored", "sequences_evicted")
    print(", ".join(f"{name} {metrics[name]:.0f}" for name in names))


def p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * (len(values) - 1))]


if __name__ == "__main__":
    asyncio.run(main())
