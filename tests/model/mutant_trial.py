"""A model process that is told to load a damaged file: what comes of it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from foretoken.engine.client import RuntimeClient, RuntimeGone, RuntimeRefused
from foretoken.engine.launch import RuntimeProcess, start_runtime
from foretoken.engine.process_end import end, obituary
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import GeneratedToken, GenerateRequest, Stop
from foretoken.text.pieces import Special, Text
from foretoken.text.wire import RemoteError

SECONDS = 60.0  # for the start, for the load and for each answer, on a machine that has other things to do
MOST_MEMORY = 1 << 30
ADDRESS_SPACE = 8 << 30
LOOK = 0.02


class Outcome(StrEnum):
    REFUSED = "refused in words"
    ANSWERED = "ready, and answers"
    DECLINED = "ready, and refuses in words"
    DIED = "the process died"
    HUNG = "hung"


@dataclass(frozen=True)
class Trial:
    """words: the message, or how the process ended. peak: resident bytes at most. seconds: from the load on."""

    outcome: Outcome
    words: str
    peak: int
    seconds: float


async def trial(path: Path, seconds: float = SECONDS, lora: Sequence[Path] = ()) -> Trial:
    """Load ``path`` in a process of its own, with adapters, and ask it two things. Nothing of it is left behind."""
    process = start_runtime()
    try:
        watched = psutil.Process(process.popen.pid)
        if hasattr(watched, "rlimit"):
            watched.rlimit(psutil.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        memory = asyncio.ensure_future(_peak(watched))
        began = time.monotonic()
        options = {"model": str(path), "n_ctx": 2048, "threads": 1, "gpu_layers": 0, "lora": list(map(str, lora))}
        outcome, words = await _watched(process, options, seconds)
        took = time.monotonic() - began
        memory.cancel()
        return Trial(outcome, words, await memory, took)
    finally:
        await asyncio.to_thread(end, process)


async def _watched(process: RuntimeProcess, options: dict[str, object], seconds: float) -> tuple[Outcome, str]:
    try:
        return await _load_and_ask(process, options, seconds)
    except TimeoutError:
        return Outcome.HUNG, "no answer in time"
    except RuntimeGone:
        await asyncio.to_thread(process.popen.wait, 10)
        return Outcome.DIED, obituary(process)


async def _load_and_ask(process: RuntimeProcess, options: dict[str, object], seconds: float) -> tuple[Outcome, str]:
    async with asyncio.timeout(seconds):
        while (port := process.port()) is None:
            if process.popen.poll() is not None:
                raise RuntimeGone("it ended before it listened")
            await asyncio.sleep(0.01)
    async with RuntimeClient(port, process.token) as client:
        async with asyncio.timeout(seconds):
            await client.load(options)
            status = await client.health()
            while status["status"] not in ("ready", "failed"):
                status = await client.health(status["serial"])
        if status["status"] == "failed":
            return Outcome.REFUSED, status["message"]
        said = []
        for request in (PLAIN, FIM):
            async with asyncio.timeout(seconds):
                said.append(await _answer(client, request))
        refused = [words for answered, words in said if not answered]
        return (Outcome.DECLINED, refused[0]) if refused else (Outcome.ANSWERED, said[0][1])


async def _answer(client: RuntimeClient, request: GenerateRequest) -> tuple[bool, str]:
    text = ""
    try:
        async for item in client.generate(request, CancelToken()):
            text += item.text if isinstance(item, GeneratedToken) else ""
    except (RemoteError, RuntimeRefused) as error:
        return False, str(error)
    return True, text


async def _peak(process: psutil.Process) -> int:
    """Resident bytes at most, seen every now and then until it is cancelled or the process is gone."""
    peak = 0
    try:
        while True:
            peak = max(peak, process.memory_info().rss)
            await asyncio.sleep(LOOK)
    except (asyncio.CancelledError, psutil.Error):
        return peak


CODE = "import os\n\n\ndef read(self, name):\n    return self.va"
PLAIN = GenerateRequest((Text(CODE),), 24, "plain", Stop(max_lines=10_000))
FIM = GenerateRequest(
    (Special.FIM_PREFIX, Text(CODE), Special.FIM_SUFFIX, Text("\n"), Special.FIM_MIDDLE, Text("    ret")),
    24,
    "infill",
    Stop(max_lines=10_000),
)
