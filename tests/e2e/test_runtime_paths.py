"""Every path of the runtime's core, forced on in a real model process with the shipped model, and seen in its metrics."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foretoken.engine.options import RuntimeOptions
from foretoken.engine.supervisor import SupervisedEngine
from foretoken.models.resolve import shipped_model
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import (
    Constraint,
    Finish,
    GenerateRequest,
    Grammar,
    Priority,
    Sampling,
    ScoreRequest,
    Stop,
)
from foretoken.text.pieces import Special, Text

pytestmark = pytest.mark.model

CONTEXT = "".join(
    f"def read_{name}(path):\n    with open(path) as file:\n        return file.read().strip()\n\n\n"
    for name in (
        "name",
        "value",
        "title",
        "text",
        "line",
        "word",
        "key",
        "item",
        "token",
        "label",
        "header",
        "field",
        "place",
    )
)
PREFIX = "import json\n\n\nclass Inventory:\n    def __init__(self, path):\n        self.path = path\n        self.items = {}\n\n"
SUFFIX = "\n\n    def count(self):\n        return len(self.items)\n"
TYPED = "    def load(self):\n        with open(self.path) as file:\n            self.items = json.load(file)\n"


def infill(typed: str, n_predict: int = 12, prefix: str = PREFIX, **options: object) -> GenerateRequest:
    pieces = (
        Special.FILE_SEP,
        Text("readers.py\n" + CONTEXT),
        Special.FILE_SEP,
        Text("inventory.py\n"),
        Special.FIM_PREFIX,
        Text(prefix),
        Special.FIM_SUFFIX,
        Text(SUFFIX),
        Special.FIM_MIDDLE,
        Text(typed),
    )
    return GenerateRequest(pieces, n_predict, f"test-{len(typed)}", Stop(max_lines=40), **options)


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator:
    engines: list[SupervisedEngine] = []

    async def start(**options: object) -> SupervisedEngine:
        forced = {"mtp": "on", "lookup": "on", "states": tmp_path / "states", "state_mib": 64, **options}
        engines.append(SupervisedEngine(RuntimeOptions(shipped_model(), 8192, 1, 0, **forced), tmp_path / "logs"))
        engines[-1].start()
        await engines[-1].ready()
        return engines[-1]

    yield start
    for engine in engines:
        await engine.close()


async def ask(engine: SupervisedEngine, request: GenerateRequest) -> tuple[str, Finish]:
    *tokens, finish = [item async for item in engine.generate(request, CancelToken())]
    return "".join(token.text for token in tokens), finish


async def test_each_path_is_taken_and_counted(start):
    engine = await start()
    assert engine.info is not None and engine.info.mtp
    for end in (1, 2, 3, 20, 21, 22, 60, 61, 62, 63, len(TYPED)):
        await ask(engine, infill(TYPED[:end]))
    # Deleting more than the last states reach, and a jump to another place and back.
    await ask(engine, infill(TYPED[:20]))
    await ask(engine, infill("    retu", prefix=CONTEXT[:600]))
    await ask(engine, infill(TYPED[:22]))
    rewritten = TYPED.replace("items", "stock")
    literal = Constraint(Grammar.LARK, f"start: {json.dumps(rewritten)}")
    text, _ = await ask(engine, infill("", 200, original=TYPED, constraint=literal))
    assert text == rewritten
    text, _ = await ask(engine, infill("", 200, original=rewritten, constraint=literal))
    assert text == rewritten
    await ask(engine, infill("    x = ", sampling=Sampling(temperature=0.8, top_k=20, seed=3)))
    scores = await engine.score(
        ScoreRequest(infill("        self.pa").prompt, ("th", "rent", "th_name"), "score"), CancelToken()
    )
    assert scores[0].logprob > scores[1].logprob and scores[0].logprob >= scores[2].logprob
    metrics = await engine.metrics()
    for name in (
        'restored{kind="tail"}',
        'restored{kind="prefix_end"}',
        'accepted{source="mtp"}',
        'accepted{source="lookup"}',
        'accepted{source="original"}',
        'drafted{source="grammar"}',
        "checkpoints_made",
        "checkpoints_restored",
        "replays",
        "tokens_forced",
        "tokens_healed",
        "tokens_reused",
        "candidates_scored",
        "prefill_rate_tokens_per_second",
        "decode_rate_tokens_per_second",
    ):
        assert metrics.get(name, 0) > 0, name
    assert metrics["failures"] == 0


async def test_drafts_change_no_answer(start):
    """The weights are quantised, so rounding may turn a near tie; almost all answers are the same."""
    fast, plain = await start(), await start(mtp="off", lookup="off")
    same = []
    for end in range(2, len(TYPED), 4):
        request = infill(TYPED[:end], n_predict=20)
        same.append((await ask(fast, request))[0] == (await ask(plain, request))[0])
    assert sum(same) >= 0.95 * len(same)
    assert (await fast.metrics())['accepted{source="mtp"}'] > 0
    assert 'accepted{source="mtp"}' not in await plain.metrics()


async def test_a_key_pre_empts_a_prefill_and_both_are_answered(start):
    engine = await start()
    await ask(engine, infill("    d"))
    before = (await engine.metrics())["requests"]
    # About a second's work, in calls of a twentieth.
    reading = infill("", n_predict=0, prefix=CONTEXT * 22, priority=Priority.PREFILL)
    prefill = asyncio.create_task(ask(engine, reading))
    while (await engine.metrics())["requests"] == before:
        pass
    await ask(engine, infill("    de"))
    assert not prefill.done()
    _, finish = await prefill
    assert finish.timings.prompt_n > 0
    assert (await engine.metrics())["preemptions"] > 0


async def test_a_restart_finds_the_repository_context_evaluated(start):
    first = await start()
    expected, cold = await ask(first, infill(TYPED[:40]))
    while not (await first.metrics())["states_written"]:
        pass
    await first.close()
    second = await start()
    again, warm = await ask(second, infill(TYPED[:40]))
    assert warm.timings.restored == "file_on_disk"
    assert warm.timings.prompt_n < cold.timings.prompt_n / 2
    assert again == expected
    assert (await second.metrics())["states_read"] == 1
