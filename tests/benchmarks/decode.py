"""How fast tokens come: our loop against llama-bench and llama-server, without drafts, with MTP, and on a rewrite.

Each round asks all sides one after the other, so that a busy machine slows all of them; figures are medians of rounds.
A rate counts the tokens after the first one, which comes from the prompt's logits, and the time until the last.
The programs are built from the same llama.cpp (``llama_server.py`` says how).

Plain: no drafts. Ours chooses the token, makes its text, and asks the stop rule; probabilities, which neither of the
others computes, are a row of their own. llama-bench decodes random tokens at the same depth and chooses nothing (it is
the ceiling); llama-server decodes the same prompt greedily. What Python costs is a number of microseconds a token,
whatever the model, so a larger made model has rows, too.
MTP: drafts by the model's own block, always on and of the same greatest length, at most one token more than that a
call; several prompts; acceptance is accepted / drafted tokens.
Rewrite: a text of which one line in twenty differs from the original, which is the draft; the baseline is the same
without the original, where lookup still finds it in the prompt. A model as small as the shipped one cannot rewrite. So
the choice is a script: at each row the next token of the new text, whatever the logits; all else (drafts, calls,
verification, state) is as always. Beside it, the same text by a grammar that allows nothing else: there the model
chooses how it is cut into tokens, and one that would rather write something else chooses short ones, which no draft
guesses.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import llama_server

sys.path.append(str(Path(__file__).resolve().parents[1]))

from in_process import NO_DRAFTS, Runtime, Speculation, Tuning

from foretoken.models.resolve import resolve_model
from foretoken.runtime.sampling import Choice
from foretoken.text.generation import Constraint, GenerateRequest, Grammar, Stop
from foretoken.text.pieces import Text
from model.gguf_layers import Q8_0, Dimensions
from model.make_gguf import Shape, write_model

TRACE = Path(__file__).parent / "traces" / "typing.jsonl"
# 61 M parameters, random: some 3 ms a token on one core.
MADE = Shape(
    "qwen35",
    "rrra" * 3,
    nextn=True,
    n_ctx=8192,
    sizes=Dimensions(
        n_embd=512, n_ff=1536, n_head=8, n_head_kv=2, head=64, state=64, group_count=4, time_step_rank=8,
        sections=(3, 3, 2, 0),
    ),
    n_vocab=16_384,
    quantized=Q8_0,
)  # fmt: skip
GENERATED = 128
PROMPT_LINES = 40
PROMPTS = 6
REWRITTEN_LINES = 100
CHANGED = 0.05
AIM_PLAIN, AIM_REWRITE = 0.97, 6.0


def request(prompt: str, n_predict: int = GENERATED, **more: Any) -> GenerateRequest:
    return GenerateRequest((Text(prompt),), n_predict, "decode", Stop(max_lines=1_000_000), heal=False, **more)


def text_lines() -> list[str]:
    """Real source, the same in every run: the trace's files."""
    with TRACE.open(encoding="utf-8") as file:
        head = json.loads(file.readline())
    return "".join(each["text"] for each in head["files"]).splitlines(keepends=True)


def prompts(runtime: Runtime) -> list[str]:
    """Those of many after which the model goes on longest: a short answer measures little."""
    lines = text_lines()
    some = ["".join(lines[end - PROMPT_LINES : end]) for end in range(PROMPT_LINES, len(lines), PROMPT_LINES)]
    lengths = {prompt: runtime.ask(request(prompt)).predicted_n for prompt in some}
    return sorted(some, key=lambda prompt: -lengths[prompt])[:PROMPTS]


def rate(predicted_n: int, predicted_ms: float) -> float:
    return (predicted_n - 1) / predicted_ms * 1000


def bench(program: Path, model: Path, threads: int, depth: int) -> float:
    """llama-bench's tokens a second."""
    command = [str(program), "-m", str(model), "-t", str(threads), "-p", "0", "-n", str(GENERATED), "-d", str(depth)]
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(
        [*command, "-r", "1", "-o", "json"], capture_output=True, text=True, check=True, env=environment
    )
    return json.loads(done.stdout)[-1]["avg_ts"]


def show(name: str, rates: Sequence[float], baseline: float | None = None, more: str = "") -> float:
    """Prints one side's row and returns its median."""
    median = statistics.median(rates)
    of = f"  {median / baseline:6.1%} of it" if baseline else ""
    print(f"  {name:<26} {median:8.0f} tokens/s (from {min(rates):.0f} to {max(rates):.0f}){of}{more}", flush=True)
    return median


def plain(arguments: argparse.Namespace, model: Path) -> dict[str, float]:
    """Our loop against llama-bench and llama-server; returns the medians."""
    runtime = Runtime(model, arguments.n_ctx, arguments.threads, NO_DRAFTS)
    prompt = prompts(runtime)[0]
    depth = len(runtime.model.vocabulary.tokenize(prompt))
    program = arguments.llama_server.parent / "llama-bench"
    loop, judged, ceiling, server = [], [], [], []
    with llama_server.LlamaServer(arguments.llama_server, model, arguments.n_ctx, arguments.threads) as other:
        for _ in range(arguments.rounds):
            runtime.forget()
            timings = runtime.ask(request(prompt))
            judged.append(rate(timings.predicted_n, timings.predicted_ms))
            runtime.forget()
            timings = runtime.ask(request(prompt, probabilities=False))
            loop.append(rate(timings.predicted_n, timings.predicted_ms))
            answer = other.complete([prompt], GENERATED, ignore_eos=True)
            server.append(rate(answer.predicted_n, answer.predicted_ms))
            ceiling.append(bench(program, model, arguments.threads, depth))
    print(f"plain: {runtime.generator.info.name}, {runtime.generator.info.n_params / 1e6:.1f} M parameters")
    print(f"  {timings.predicted_n} tokens after {depth}, {arguments.rounds} rounds (aim: {AIM_PLAIN:.0%})")
    floor = show("llama-bench", ceiling)
    theirs = show("llama-server", server, floor)
    ours = show("ours", loop, floor, f", {statistics.median(loop) / theirs:.1%} of llama-server")
    paired = statistics.median(one / two for one, two in zip(loop, ceiling, strict=True))
    show("ours with probabilities", judged, floor)
    print(f"  ours / llama-bench, median of the rounds' ratios: {paired:.1%}")
    runtime.close()
    return {"llama_bench": floor, "llama_server": theirs, "ours": ours, "paired": paired}


def made(arguments: argparse.Namespace, _model: Path) -> dict[str, float]:
    """The same on a made model of the same architecture, sixteen times as large."""
    with tempfile.TemporaryDirectory() as folder:
        return plain(arguments, write_model(Path(folder) / "made.gguf", MADE, noise=0.3))


def mtp(arguments: argparse.Namespace, model: Path) -> dict[str, float]:
    """With the model's own drafts: tokens a second and acceptance of both."""
    tuning = Tuning(mtp=Speculation.ON, lookup=Speculation.OFF, n_draft=arguments.n_draft)
    runtime = Runtime(model, arguments.n_ctx, arguments.threads, tuning)
    if not runtime.generator.info.n_layer_nextn:
        print("mtp: this model has no multi-token prediction block")
        return {}
    some = prompts(runtime)
    flags = ["--spec-type", "draft-mtp", "--spec-draft-n-max", str(arguments.n_draft)]
    flags += ["--spec-draft-threads", str(arguments.threads)]
    rates: dict[str, list[float]] = {"ours": [], "theirs": []}
    counts = {"ours": [0, 0], "theirs": [0, 0]}
    per_call: list[float] = []
    with llama_server.LlamaServer(arguments.llama_server, model, arguments.n_ctx, arguments.threads, flags) as other:
        for _ in range(arguments.rounds):
            for prompt in some:
                runtime.forget()
                timings = runtime.ask(request(prompt))
                answer = other.complete([prompt], timings.predicted_n, ignore_eos=True)  # as long as ours
                for name, each in (("ours", timings), ("theirs", answer)):
                    rates[name].append(rate(each.predicted_n, each.predicted_ms))
                    counts[name][0] += each.draft_n
                    counts[name][1] += each.draft_n_accepted
                per_call.append(timings.predicted_n / max(timings.decode_n, 1))
    runtime.close()
    print(f"mtp: {len(some)} prompts, drafts of at most {arguments.n_draft} tokens, {arguments.rounds} rounds")
    accepted = {name: right / max(drafted, 1) for name, (drafted, right) in counts.items()}
    theirs = show("llama-server draft-mtp", rates["theirs"], more=f", {accepted['theirs']:.1%} accepted")
    more = f", {accepted['ours']:.1%} accepted, {statistics.mean(per_call):.2f} tokens a call"
    ours = show("ours", rates["ours"], theirs, more)
    paired = statistics.median(one / two for one, two in zip(rates["ours"], rates["theirs"], strict=True))
    print(f"  ours / llama-server, median of the ratios: {paired:.1%}")
    return {"llama_server": theirs, "ours": ours, "paired": paired, **{f"accepted_{k}": v for k, v in accepted.items()}}


def changed(lines: Sequence[str], share: float) -> list[str]:
    """One line in ``1 / share`` changed as a rename would: its longest word has another ending."""
    found = list(lines)
    step = round(1 / share)
    for first in range(0, len(found), step):
        for number in range(first + step // 2, first + step):
            words = [word for word in re.findall(r"\w+", found[number]) if word.isidentifier()]
            if words:
                word = max(words, key=len)
                found[number] = found[number].replace(word, f"{word}_new", 1)
                break
    return found


def scripted(runtime: Runtime, token_ids: Sequence[int]) -> AbstractContextManager[object]:
    """While it lasts, the generator chooses these tokens, one after the other."""
    script = iter(token_ids)
    end = min(runtime.model.vocabulary.ends)

    def choose(_logits: object, _progress: object) -> Choice:
        return Choice(next(script, end), 1.0, False)

    return mock.patch.object(runtime.generator.predictor, "choose", choose)


def rewrite(arguments: argparse.Namespace, model: Path) -> dict[str, float]:
    """Tokens a call of the model while it writes a text that is nearly the original."""
    runtime = Runtime(model, arguments.n_ctx, arguments.threads, Tuning())
    lines = text_lines()[:REWRITTEN_LINES]
    new_lines = changed(lines, CHANGED)
    original, wanted = "".join(lines), "".join(new_lines)
    script = runtime.model.vocabulary.tokenize(wanted)
    grammar = Constraint(Grammar.LARK, f"start: {json.dumps(wanted, ensure_ascii=False)}")
    differing = sum(one != two for one, two in zip(lines, new_lines, strict=True))
    print(f"rewrite: {differing} of {len(lines)} lines changed, {len(script)} tokens (aim: {AIM_REWRITE} a call)")
    report: dict[str, float] = {}
    for name, constraint in (("script", None), ("grammar", grammar)):
        calls: dict[str, list[float]] = {}
        rates: dict[str, list[float]] = {}
        for _ in range(arguments.rounds):
            for draft, text in (("without it", ""), ("with the original", original)):
                runtime.forget()
                asked = request(original, 2 * len(script), original=text, constraint=constraint)
                with scripted(runtime, script) if constraint is None else nullcontext():
                    answer = runtime.answer(asked)
                assert answer.text == wanted, f"another text came: {answer.text[-80:]!r}"
                timings = answer.timings
                calls.setdefault(draft, []).append(timings.predicted_n / max(timings.decode_n, 1))
                rates.setdefault(draft, []).append(rate(timings.predicted_n, timings.predicted_ms))
        baseline = None
        for draft, each in rates.items():
            report[f"{name}, {draft}"] = per_call = statistics.median(calls[draft])
            median = show(f"{name}, {draft}", each, baseline, f", {per_call:.2f} tokens a call")
            baseline = baseline or median
    runtime.close()
    return report


def main() -> None:
    parts: dict[str, Callable[[argparse.Namespace, Path], dict[str, float]]] = {
        "plain": plain,
        "made": made,
        "mtp": mtp,
        "rewrite": rewrite,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="", help="GGUF file (default: the shipped model)")
    parser.add_argument("--n-ctx", type=int, default=8192)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--n-draft", type=int, default=3, help="tokens of an MTP draft, on both sides (default 3)")
    parser.add_argument("--parts", nargs="+", default=list(parts), choices=list(parts))
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    llama_server.add_argument(parser)
    arguments = parser.parse_args()
    model = resolve_model(arguments.model)
    print(f"{model.name}, {arguments.threads} thread(s); load average {os.getloadavg()[0]:.1f}")
    report = {name: parts[name](arguments, model) for name in arguments.parts}
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
