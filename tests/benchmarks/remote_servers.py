"""The engine over other servers, checked against a real one that runs already; not part of the suite.

    PYTHONPATH=tests python tests/benchmarks/remote_servers.py http://127.0.0.1:8080
    ... remote_servers.py http://127.0.0.1:8080 --record llama-server --server "..." --taken-with "llama-server -m ..."

Asks what the recordings hold, shows the answers, measures what a keystroke costs over the server's own work, and ends
with an error when something is not as it must be. --compare asks the built-in engine the same. --record writes a
recording for the suite (tests/engine/remote/recordings), which says what it was taken with.
"""

import argparse
import asyncio
import statistics
import time
from dataclasses import replace
from pathlib import Path

from engine.remote.exchanges import Recorder
from engine.remote.requests_asked import COUNTED, REGEX, REQUESTS, prompt
from foretoken.engine.engine import Engine, EngineUnavailable
from foretoken.engine.options import RuntimeOptions
from foretoken.engine.remote.engine import RemoteEngine
from foretoken.engine.remote.options import RemoteOptions
from foretoken.engine.supervisor import SupervisedEngine
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, FinishReason, GeneratedToken, GenerateRequest, Stop

KEYSTROKES = 40
TYPED = (
    "        self.items.append(item)",
    "        if item not in self.items:",
    "        for name in self.items:",
    "        return len(self.items)",
)


async def answer(engine: Engine, request: GenerateRequest) -> tuple[list[GeneratedToken], Finish]:
    tokens: list[GeneratedToken] = []
    async for item in engine.generate(request, CancelToken()):
        if isinstance(item, Finish):
            return tokens, item
        tokens.append(item)
    raise AssertionError("an answer without an end")


async def ask_all(engine: RemoteEngine) -> None:
    capabilities = engine.capabilities
    assert capabilities is not None
    for name, request in REQUESTS.items():
        if name == "plain" and not capabilities.tokenizes:
            continue
        try:
            tokens, finish = await answer(engine, request)
        except EngineUnavailable as error:
            if request.constraint is None or request.constraint.grammar in capabilities.constraints:
                raise
            print(f"{name:10} {error}")
            continue
        shown = "".join(token.text for token in tokens)
        timings = finish.timings
        print(
            f"{name:10} {finish.reason.value:9} {len(tokens):3} tokens, {timings.prompt_n} evaluated, {timings.cache_n} "
            f"reused, {timings.dropped_n} dropped: {shown!r}"
        )
        assert request.n_predict or not tokens
    if capabilities.tokenizes:
        print("counts    ", await engine.count_tokens(COUNTED))


async def keystrokes(engine: RemoteEngine) -> None:
    """Typing one line, key by key, each answer waited for."""
    typed = "        for item in self.items: total = total + item.price"[:KEYSTROKES]
    whole, beside = [], []
    for end in range(8, len(typed)):
        began = time.perf_counter()
        _, finish = await answer(engine, GenerateRequest(prompt(typed[:end]), 4, "key", Stop(max_lines=1)))
        whole.append((time.perf_counter() - began) * 1000)
        beside.append(whole[-1] - finish.timings.prompt_ms - finish.timings.predicted_ms)
    print(
        f"a key: median {statistics.median(whole):.1f} ms, of which {statistics.median(beside):.1f} ms are not the "
        f"server's evaluating and generating ({len(whole)} keys)"
    )


async def compared(engine: RemoteEngine, model: Path) -> None:
    """The same keys asked of the built-in engine with the same model: how often both say the same, and how sure they are."""
    own = SupervisedEngine(RuntimeOptions(model, n_ctx=2048, threads=1, mtp="off", lookup="off"))
    own.start()
    figures = []
    try:
        await own.ready()
        for heal in (True, False):
            same = first = asked = surer = 0
            for line in TYPED:
                for end in range(1, len(line) + 1):
                    request = GenerateRequest(prompt(line[:end]), 12, f"{end}", Stop(max_lines=1))
                    ours, _ = await answer(own, request)
                    theirs, _ = await answer(engine, replace(request, heal=heal))
                    texts = ["".join(token.text for token in tokens).partition("\n")[0] for tokens in (ours, theirs)]
                    asked += 1
                    same += texts[0] == texts[1]
                    if ours and theirs and ours[0].text == theirs[0].text:
                        first += 1
                        surer += theirs[0].probability > ours[0].probability * 1.05
            figures.append(
                f"{'healed' if heal else 'as typed'}: {same} of {asked} lines the same, {first} first tokens, {surer} of them "
                "given more than 1.05 times our probability"
            )
    finally:
        await own.close()
    print(*figures, sep="\n")


async def cancelled(engine: RemoteEngine) -> None:
    """A cancel in the middle ends the stream, and the next request is answered."""
    cancel = CancelToken()
    began, items = 0.0, []
    request = replace(REQUESTS["plain"], n_predict=400, stop=Stop(max_lines=10_000))
    async for item in engine.generate(request, cancel):
        items.append(item)
        if len(items) == 3:
            began = time.perf_counter()
            cancel.cancel("check")
    took = (time.perf_counter() - began) * 1000 if began else 0.0
    print(f"a cancel: the stream ended after {took:.1f} ms as {items[-1].reason.value}")
    assert not began or items[-1].reason is FinishReason.CANCELLED
    await answer(engine, REQUESTS["line"])


def recorded(name: str) -> dict[str, GenerateRequest]:
    """What is asked for a recording of that name."""
    return REQUESTS | ({"regex": REGEX} if name == "vllm" else {})


async def run(args: argparse.Namespace) -> None:
    options = RemoteOptions(args.url, args.model, args.api_key_file)
    host, _, port = options.where.partition(":")
    recorder = Recorder(host, int(port or 80))
    if args.record:
        async with recorder:
            for name, request in recorded(args.record).items():
                # Each with an engine of its own, so that none lives on what another was told before.
                engine = RemoteEngine(replace(options, url=recorder.url))
                engine.start()
                try:
                    _, finish = await answer(engine, request)
                    print(f"{name}: {finish.reason.value}")
                    if name == "line":
                        await engine.count_tokens(COUNTED)
                except EngineUnavailable as error:
                    print(f"{name}: {error}")
                await engine.close()
        recorder.save(args.record, args.server, args.taken_with)
        print(f"{len(recorder.exchanges)} exchanges recorded")
        return
    engine = RemoteEngine(options)
    engine.start()
    try:
        await engine.ready()
        assert engine.capabilities is not None
        print(*engine.capabilities.how, sep="\n")
        await ask_all(engine)
        await cancelled(engine)
        await keystrokes(engine)
        if args.compare is not None:
            await compared(engine, args.compare)
    finally:
        await engine.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--model", default="")
    parser.add_argument("--api-key-file", default="")
    parser.add_argument("--compare", type=Path, metavar="GGUF", help="the server's model, for the built-in engine")
    parser.add_argument("--record", default="", metavar="NAME")
    parser.add_argument("--server", default="", help="with --record: the server's name and version")
    parser.add_argument("--taken-with", default="", help="with --record: how the server was started")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
