"""The model process is killed (SIGKILL) at random moments while three windows use it; what do they notice?

Each window asks for keys, refactorings and prefills without a pause, and asks again what failed. Every answer is compared
with that of a process that nobody kills. Reported: answers that were wrong (none may be), requests that failed for each
kill, how long a window had no answer against the pause that was in force, and processes that are left at the end. The
pauses between restarts are a tenth of the real ones, or fifty kills would take half an hour.
"""

import argparse
import asyncio
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

sys.path.append(str(Path(__file__).resolve().parents[1]))

from shared_load import Serial, engine
from workload import Editor, ask, same, tie

from foretoken.engine import restarts
from foretoken.engine.engine import EngineState, EngineUnavailable
from foretoken.engine.options import RuntimeOptions
from foretoken.engine.supervisor import SupervisedEngine
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import GenerateRequest, Sampling
from model.make_gguf import HYBRID, write_model

SCALE = 0.1
LIMIT = 60.0  # seconds: a window that has no answer for so long is hung


@dataclass
class Seen:
    """What the windows saw. outages: seconds without an answer around each kill, and the pause that was in force."""

    answers: list[tuple[GenerateRequest, tuple]] = field(default_factory=list)
    failed: int = 0
    outages: list[tuple[float, float]] = field(default_factory=list)
    killed: int = 0


class Window:
    def __init__(self, number: int, engine: SupervisedEngine, seen: Seen) -> None:
        self.engine, self._seen = engine, seen
        self._chance = random.Random(number)
        self._editor = Editor(number)
        self._serial = number * 1_000_000
        self.answered = asyncio.Event()
        self.stop = False

    async def run(self) -> None:
        kinds = [self._editor.typed(), self._editor.changed(), self._editor.background()]
        await asyncio.gather(*(self._keep(requests) for requests in kinds))

    async def _keep(self, requests) -> None:
        for request in requests:
            if self.stop:
                return
            # No two alike: a prompt that was being evaluated at two deaths would be refused, which is another test's.
            self._serial += 1
            sampling = request.sampling if request.sampling.temperature else Sampling(seed=self._serial)
            request = replace(request, sampling=sampling, n_reserve=self._serial % 7)
            while not self.stop:
                try:
                    answer = await ask(self.engine, request, str(self._serial), CancelToken())
                except EngineUnavailable:
                    self._seen.failed += 1
                    await asyncio.sleep(0.02)
                    continue
                self._seen.answers.append((request, answer))
                self.answered.set()
                break


async def kill(windows: list[Window], seen: Seen, count: int, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(count):
        await asyncio.sleep(chance.uniform(0.05, 1.0))
        pid = windows[0].engine.pid
        if pid is None:
            continue
        for window in windows:
            window.answered.clear()
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        seen.killed += 1
        attempt = 0
        async with asyncio.timeout(LIMIT):
            while any(
                window.engine.pid in (pid, None) or window.engine.status.state is not EngineState.READY
                for window in windows
            ):
                attempt = max(attempt, *(window.engine.status.attempt for window in windows))
                await asyncio.sleep(0.005)
            for window in windows:
                window.answered.clear()
                await window.answered.wait()
        pause = restarts.BACK_OFF[min(attempt, len(restarts.BACK_OFF)) - 1] if attempt else 0.0
        seen.outages.append((time.monotonic() - began, pause))
    for window in windows:
        window.stop = True


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    restarts.BACK_OFF = tuple(pause * SCALE for pause in restarts.BACK_OFF)
    seen = Seen()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "runtimes")
        folder.mkdir(mode=0o700)
        model = write_model(Path(scratch, "f32.gguf"), replace(HYBRID, n_ctx=8192))
        options = RuntimeOptions(model, n_ctx=8192, threads=1, cache_type="f32", mtp="on")
        engines = [engine(options, folder, f"window {number}") for number in range(3)]
        alone = engine(options, None, "alone")
        windows = [Window(number, each, seen) for number, each in enumerate(engines)]
        try:
            for each in (*engines, alone):
                await each.ready()
            began = time.monotonic()
            await asyncio.gather(
                kill(windows, seen, arguments.kills, arguments.seed), *(window.run() for window in windows)
            )
            seconds = time.monotonic() - began
            serial = Serial(alone)
            wrong = 0
            for request, answer in seen.answers:
                wanted = await serial.answer("", request)
                wrong += not same(answer, wanted) and not tie(answer, wanted)
        finally:
            for each in (*engines, alone):
                await each.close()
        left = [p.pid for p in psutil.process_iter(["cmdline"]) if scratch in " ".join(p.info["cmdline"] or [])]
    beyond = [outage - pause for outage, pause in seen.outages]
    print(f"{seen.killed} kills in {seconds:.0f} s; {len(seen.answers)} answers, {wrong} of them wrong")
    print(f"requests that failed and were asked again: {seen.failed / seen.killed:.1f} a kill")
    print(
        f"until every window had an answer again: median {statistics.median(o for o, _ in seen.outages):.2f} s, "
        f"longest {max(o for o, _ in seen.outages):.2f} s; beyond the pause in force (at most "
        f"{max(p for _, p in seen.outages):.1f} s): median {statistics.median(beyond):.2f} s, longest {max(beyond):.2f} s"
    )
    print(f"processes left: {len(left)}")


if __name__ == "__main__":
    asyncio.run(main())
