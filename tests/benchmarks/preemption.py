"""How long a keystroke waits for its first token while a long answer is being written, against an idle model.

A model process, asked over its HTTP surface. Its calls are drawn out (``slow_runtime.py``) to 0.2 to 50 ms, both as a
graphics card would (64 rows cost one) and as a processor (each row costs one); ``--large`` makes a model that really is
that slow. The same keys are typed twice: on the idle model, and while a refactoring writes its answer, of which the text
is compared with that of an undisturbed one. The first two keys of each turn are not counted: they meet a new file.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from foretoken.engine.client import RuntimeClient
from foretoken.engine.launch import TOKEN_VARIABLE
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GenerateRequest, Priority, Stop
from foretoken.text.pieces import Special, Text
from model.gguf_layers import Dimensions
from model.make_gguf import HYBRID, Shape, write_model

STEPS = (0.2, 1.0, 5.0, 20.0, 50.0)
KEYS = 24
SKIPPED = 2
AIM_MS = 100.0
TYPED = "    total = sum(item.price for item in self.items)"
FILE = "".join(f"def read_{n}(self, name):\n    return self.value + {n}\n\n" for n in range(20))
OTHER = "".join(f"for item_{n} in items:\n    print(item_{n})\n\n" for n in range(40))
FAST = replace(HYBRID, n_ctx=8192)
# 12 layers of 1,024 numbers in F32: half a gigabyte to read for each call.
SLOW = Shape(
    "qwen35",
    "rrra" * 3,
    nextn=True,
    n_ctx=8192,
    sizes=Dimensions(n_embd=1024, n_ff=3072, n_head=8, n_head_kv=2, head=128),
)


def key(count: int) -> GenerateRequest:
    prompt = (Special.FIM_PREFIX, Text(FILE), Special.FIM_SUFFIX, Text("\n"), Special.FIM_MIDDLE, Text(TYPED[:count]))
    return GenerateRequest(prompt, 4, f"key {count}", Stop(max_lines=100))


def long(n_predict: int) -> GenerateRequest:
    prompt = (Special.FIM_PREFIX, Text(OTHER), Special.FIM_SUFFIX, Text("\n"), Special.FIM_MIDDLE)
    return GenerateRequest(prompt, n_predict, "long", Stop(max_lines=100_000), heal=False, priority=Priority.REFACTOR)


@contextlib.asynccontextmanager
async def runtime(model: Path, step: float, rows: int) -> AsyncIterator[RuntimeClient]:
    with tempfile.TemporaryDirectory() as folder:
        discovery = Path(folder, "runtime.json")
        slow = {"FORETOKEN_SLOW_STEP": str(step), "FORETOKEN_SLOW_ROWS": str(rows)}
        environment = {**os.environ, **slow, TOKEN_VARIABLE: "preemption"}
        script = Path(__file__).with_name("slow_runtime.py")
        command = [sys.executable, str(script), "--discovery", str(discovery)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
        try:
            while not discovery.exists():
                assert process.poll() is None
                await asyncio.sleep(0.01)
            async with RuntimeClient(json.loads(discovery.read_text("utf-8"))["port"], "preemption") as client:
                await client.load({"model": str(model), "n_ctx": 4096, "threads": 1})
                serial = -1
                while (health := await client.health(serial))["status"] != "ready":
                    assert health["status"] != "failed", health
                    serial = health["serial"]
                yield client
        finally:
            process.stdin.close()
            process.wait(10)


async def first_token_ms(client: RuntimeClient, request: GenerateRequest) -> float:
    began = time.perf_counter()
    first = 0.0
    async for _ in client.generate(request, CancelToken()):
        first = first or (time.perf_counter() - began) * 1000
    return first


async def text_of(client: RuntimeClient, request: GenerateRequest) -> str:
    texts = []
    async for item in client.generate(request, CancelToken()):
        if isinstance(item, Finish):
            assert item.reason in ("length", "end", "repetition"), item
        else:
            texts.append(item.text)
    return "".join(texts)


async def typed(client: RuntimeClient, step: float) -> list[float]:
    """Keys at moments that have nothing to do with where a call begins."""
    found, chance = [], random.Random(5)
    for count in range(1, KEYS + SKIPPED + 1):
        await asyncio.sleep(chance.uniform(0.03, 0.04 + 2 * step / 1000))
        found.append(await first_token_ms(client, key(count)))
    return found[SKIPPED:]


async def measure(model: Path, step: float, rows: int, name: str, n_predict: int = 0) -> bool:
    async with runtime(model, step, rows) as client:
        await text_of(client, long(8))
        n_predict = n_predict or int(max(150, min(1500, (KEYS + 2) * 60 / max(step, 0.4))))
        wanted = await text_of(client, long(n_predict))
        idle = await typed(client, step)
        before = (await client.metrics())["preemptions"]
        answers = []
        busy: list[float] = []

        async def keep_writing() -> None:
            while len(busy) < KEYS:
                answers.append(await text_of(client, long(n_predict)))

        async def keep_typing() -> None:
            await asyncio.sleep(0.3)
            busy.extend(await typed(client, step))

        await asyncio.gather(keep_writing(), keep_typing())
        metrics = await client.metrics()
        same = all(answer == wanted for answer in answers)
        more = [late - early for late, early in zip(busy, idle, strict=True)]
        good = same and max(more) <= AIM_MS
        print(
            f"{name:<28} {statistics.median(idle):8.1f} {statistics.median(busy):8.1f} {statistics.median(more):8.1f} "
            f"{max(more):8.1f} {metrics['preemptions'] - before:6.0f} {'same' if same else 'DIFFERENT':>10} "
            f"{'' if good else 'MISSED'}"
        )
        return good


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=float, nargs="+", default=STEPS, help="milliseconds of a call of one row")
    parser.add_argument("--large", action="store_true", help="also make and run a model that really is slow (0.6 GB)")
    arguments = parser.parse_args()
    print("milliseconds to the first token; 'more' = busy minus idle, key by key")
    print(f"{'':<28} {'idle':>8} {'busy':>8} {'more p50':>8} {'more max':>8} {'preempt':>6} {'long answer':>10}")
    good = True
    with tempfile.TemporaryDirectory() as folder:
        model = write_model(Path(folder, "fast.gguf"), FAST)
        for rows, device in ((64, "card"), (1, "processor")):
            for step in arguments.steps:
                good &= await measure(model, step, rows, f"{device}, {step:g} ms a call")
        if arguments.large:
            path = write_model(Path(folder, "slow.gguf"), SLOW)
            good &= await measure(path, 0.0, 64, f"a model of {path.stat().st_size / 1e9:.1f} GB", 200)
    print("aim: at most 100 ms more, and the same long answer:", "met" if good else "MISSED")


if __name__ == "__main__":
    asyncio.run(main())
