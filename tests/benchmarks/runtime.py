"""Typing, decoding and the loopback connection: the runtime without an editor.

Typing: twenty lines in the middle of a source file of 300 lines are typed again key by key, each key asking for a few
tokens; prompts are made as the server makes them, so anchors that are fixed anew are in. Ours (kept state, checkpoints)
against evaluating the whole prompt at each key, which is what an engine does that cannot go back on a hybrid model.
Decoding without drafts: our loop (choice of the token, its probability, text, stop rule) against a loop that does
nothing but call llama_decode with the same tokens. Connection: the same key asked of a model process over HTTP, to its
first line, against asking in this process.
"""

import argparse
import asyncio
import heapq
import inspect
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from in_process import NO_DRAFTS, Runtime

from foretoken.engine.options import RuntimeOptions
from foretoken.engine.supervisor import SupervisedEngine
from foretoken.features.inline_completion import infill_prompt, stop_rule
from foretoken.models.resolve import resolve_model
from foretoken.session.documents import ContentChange
from foretoken.session.session import Session
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GenerateRequest, Stop
from foretoken.text.pieces import Text
from foretoken.text.position import Position, PositionEncoding

TYPED_LINES = 20
LINES = 300
SUGGESTED = 8
DECODED = 128
ROUNDS = 5
KEYS = 200


def source() -> list[str]:
    """300 lines of the standard library, the same in every run on one Python."""
    return inspect.getsource(heapq).splitlines(keepends=True)[:LINES]


def requests(runtime: Runtime) -> list[GenerateRequest]:
    """One for each key, through the session and the prompt room."""
    lines, first = source(), LINES // 2
    before, typed, after = lines[:first], lines[first : first + TYPED_LINES], lines[first + TYPED_LINES :]
    session, uri = Session(), "file:///project/heapq.py"
    session.documents.encoding = PositionEncoding.UTF_32
    session.open_document(uri, "python", 0, "".join(before) + "\n" + "".join(after))
    found, line, character = [], first, 0
    for version, key in enumerate("".join(typed).removesuffix("\n"), start=1):
        at = Position(line, character)
        session.change_document(uri, version, [ContentChange(key, at, at)])
        line, character = (line + 1, 0) if key == "\n" else (line, character + 1)
        snapshot = session.snapshot(uri, Position(line, character), automatic=True)
        prompt = infill_prompt(snapshot, runtime.generator.info)
        assert prompt is not None
        found.append(GenerateRequest(prompt, SUGGESTED, "bench", stop_rule(snapshot)))
    return found


def typing(runtime: Runtime) -> None:
    asked = requests(runtime)
    print(f"typing {len(asked)} keys over {TYPED_LINES} lines, {SUGGESTED} tokens suggested at most")

    def measure(prepare: Callable[[], None]) -> tuple[list[int], list[float]]:
        evaluated, times = [], []
        runtime.forget()
        runtime.ask(asked[0])
        for request in asked[1:]:
            prepare()
            began = time.perf_counter()
            timings = runtime.ask(request)
            times.append((time.perf_counter() - began) * 1000)
            evaluated.append(timings.prompt_n)
        return evaluated, times

    ours = measure(lambda: None)
    whole = measure(runtime.forget)
    for name, (evaluated, times) in (("kept state", ours), ("whole prompt", whole)):
        slow = statistics.quantiles(times, n=20)[-1]
        print(
            f"  {name:<13} prompt tokens evaluated a key: mean {statistics.mean(evaluated):7.1f} max {max(evaluated):5d}"
            f"   ms a key: p50 {statistics.median(times):7.2f} p95 {slow:7.2f}"
        )
    print(
        f"  ratio         {statistics.mean(whole[0]) / statistics.mean(ours[0]):.0f} x fewer tokens, "
        f"{statistics.median(whole[1]) / statistics.median(ours[1]):.1f} x less time (whole prompt / kept state)"
    )


def longest_answer(runtime: Runtime) -> tuple[str, list[int]]:
    """The prompt, out of some, after which the model goes on longest, and all token ids then."""
    best: tuple[str, list[int]] = ("", [])
    longest = 0
    for end in range(20, LINES, 20):
        prompt = "".join(source()[:end][-40:])
        runtime.forget()
        predicted = runtime.ask(decode_request(prompt)).predicted_n
        if predicted > longest:
            longest, best = predicted, (prompt, list(runtime.generator.state.token_ids))
        if predicted == DECODED:
            break
    return best


def decode_request(prompt: str, n_predict: int = DECODED) -> GenerateRequest:
    return GenerateRequest((Text(prompt),), n_predict, "bench", Stop(max_lines=1_000_000), heal=False)


def decoding(runtime: Runtime) -> None:
    prompt, ids = longest_answer(runtime)
    start = len(runtime.model.vocabulary.tokenize(prompt))
    loop, bare = [], []
    for _ in range(ROUNDS):
        runtime.forget()
        timings = runtime.ask(decode_request(prompt))
        loop.append(timings.predicted_n / timings.predicted_ms * 1000)
        runtime.forget()
        runtime.ask(decode_request(prompt, 0))
        began = time.perf_counter()
        for position in range(start, len(ids)):
            runtime.context.decode((ids[position],), position, True)
        bare.append((len(ids) - start) / (time.perf_counter() - began))
    ours, floor = statistics.median(loop), statistics.median(bare)
    print(f"decoding {len(ids) - start} tokens, median of {ROUNDS} rounds")
    print(f"  our loop {ours:.0f} tokens/s, bare llama_decode {floor:.0f} tokens/s: {ours / floor:.1%} of it")


async def connection(runtime: Runtime, path: Path, n_ctx: int, threads: int) -> None:
    request = replace(requests(runtime)[40], n_predict=1)
    runtime.ask(request)
    here = []
    for _ in range(KEYS):
        began = time.perf_counter()
        next(runtime.generator.generate(request, CancelToken()))
        here.append((time.perf_counter() - began) * 1000)
    engine = SupervisedEngine(RuntimeOptions(path, n_ctx, threads))
    engine.start()
    try:
        await engine.ready()
        there = []
        for _ in range(KEYS):
            began = time.perf_counter()
            async for item in engine.generate(request, CancelToken()):
                if not isinstance(item, Finish):
                    there.append((time.perf_counter() - began) * 1000)
    finally:
        await engine.close()
    there = there[1:]  # the first one evaluates the whole prompt
    slow, floor = statistics.quantiles(there, n=20)[-1], statistics.median(here)
    print(f"connection: {KEYS} times one key, to the first token")
    print(
        f"  over HTTP p50 {statistics.median(there):.2f} ms p95 {slow:.2f} ms, in this process p50 {floor:.2f} ms: "
        f"{statistics.median(there) - floor:.2f} ms more ({statistics.median(there) / floor:.1f} x)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="", help="GGUF file (default: the shipped model)")
    parser.add_argument("--n-ctx", type=int, default=8192, help="context window (default 8192, or the model's own)")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: all cores but one)")
    arguments = parser.parse_args()
    runtime = Runtime(resolve_model(arguments.model), arguments.n_ctx, arguments.threads)
    info = runtime.generator.info
    print(f"{info.name} ({info.architecture}, {info.n_params / 1e6:.1f} M parameters), window {info.n_ctx} tokens")
    typing(runtime)
    plain = Runtime(runtime.model.path, arguments.n_ctx, arguments.threads, NO_DRAFTS)
    decoding(plain)
    plain.close()
    asyncio.run(connection(runtime, runtime.model.path, arguments.n_ctx, arguments.threads))


if __name__ == "__main__":
    main()
