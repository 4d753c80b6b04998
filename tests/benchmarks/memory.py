"""Memory: what states cost at the size of Qwen3.6-27B, and that nothing grows with the number of requests.

Sizes and times: a made model with that model's layers, state and heads on a stream of 64 numbers. Its states have the
true size. Its weights have not, so the time to evaluate a token, the baseline of the times, is a lower bound: at the
true width going back pays sooner. Growth: requests of all kinds, as an editor makes them and in one process; memory
and what the caches hold are looked at ten times. Caches that have a limit fill before the warm-up's end, so that what
grows afterwards has none: checkpoints are limited to POOL states, and the vocabulary's remembered texts to CHARACTERS.
"""

import argparse
import ctypes
import gc
import json
import logging
import random
import re
import statistics
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import psutil

sys.path.append(str(Path(__file__).resolve().parents[1]))

from identity import CancelledAtLook  # noqa: E402
from in_process import Runtime  # noqa: E402

from foretoken.models.resolve import resolve_model  # noqa: E402
from foretoken.runtime import vocabulary  # noqa: E402
from foretoken.runtime.context import WHOLE, Context  # noqa: E402
from foretoken.runtime.tuning import CacheType, Speculation, Tuning  # noqa: E402
from foretoken.text.cancel import CancelToken  # noqa: E402
from foretoken.text.generation import (  # noqa: E402
    Constraint,
    GeneratedToken,
    GenerateRequest,
    Grammar,
    Priority,
    Sampling,
    ScoreRequest,
    Stop,
)
from foretoken.text.pieces import Prompt, Special, Text  # noqa: E402
from model.make_gguf import HYBRID, WIDE, write_model  # noqa: E402

MIB = 1 << 20
WIDE_CTX = 4096
N_DRAFTS = (0, 1, 2, 3, 5)
EXPECTED_CHECKPOINT = 156_894_364
ROUNDS = 9
AGAIN = (8, 64)  # tokens evaluated again, instead of going back
POOL = 24
CHARACTERS = 1 << 16
FILES = ("heapq", "bisect", "textwrap", "shlex", "calendar", "csv", "queue", "string", "glob", "fnmatch")
BEFORE, AFTER = 8, 3
KINDS = {
    "typing": 52, "jump": 4, "switch": 3, "accept": 8, "cancel": 7, "prefill": 5, "score": 6, "constrained": 5,
    "rewrite": 4, "sampled": 6,
}  # fmt: skip
WARM_UP = 0.2  # of the requests


class BufferSizes(logging.Handler):
    """Bytes of llama.cpp's buffers, as its log tells for a new context; KV: attention cache, RS: recurrent states."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: dict[str, list[float]] = {"KV": [], "RS": []}

    def emit(self, record: logging.LogRecord) -> None:
        if found := re.search(r" (KV|RS) buffer size = +([\d.]+) MiB", record.getMessage()):
            self.found[found[1]].append(float(found[2]) * MIB)


def opened(path: Path, **options: object) -> tuple[Runtime, BufferSizes]:
    logger, sizes = logging.getLogger("foretoken.runtime.library"), BufferSizes()
    level, propagate = logger.level, logger.propagate
    logger.addHandler(sizes)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        return Runtime(path, WIDE_CTX, 1, Tuning(**{"mtp": Speculation.ON, **options})), sizes
    finally:
        logger.removeHandler(sizes)
        logger.setLevel(level)
        logger.propagate = propagate


def evaluate(context: Context, count: int, position: int = 0, sequence: int = 0) -> None:
    ids = np.random.default_rng(position).integers(0, 300, count)
    for at in range(0, count, context.n_ubatch):
        context.decode(ids[at : at + context.n_ubatch], position + at, 0, sequence)


def sizes_part(path: Path) -> dict[str, float]:
    report: dict[str, float] = {}
    print(f"sizes: layers and heads of Qwen3.6-27B, a window of {WIDE_CTX} tokens")
    for cache_type in (CacheType.F16, CacheType.Q8_0, CacheType.Q4_0):
        runtime, sizes = opened(path, sequences=2, n_draft=0, cache_k=cache_type, cache_v=cache_type)
        target, draft = (size / WIDE_CTX for size in sizes.found["KV"])
        report[f"token_{cache_type}"], report[f"mtp_token_{cache_type}"] = target, draft
        print(f"  a token of context, {cache_type:<5} {target:>10,.0f} bytes; in the MTP context {draft:>6,.0f} bytes")
        runtime.close()
    for n_draft in N_DRAFTS:
        runtime, sizes = opened(path, sequences=2, n_draft=n_draft)
        each = sum(sizes.found["RS"]) / 2
        report[f"recurrent_{n_draft}"] = each
        print(f"  recurrent memory a sequence, drafts of {n_draft} rolled back in place: {each / MIB:>8.2f} MiB")
        if n_draft == N_DRAFTS[-1]:
            evaluate(runtime.context, 64)
            short, report["checkpoint"] = runtime.context.state_size(0, WHOLE), runtime.context.state_size(0)
            evaluate(runtime.context, 64, 64)
            report["whole_token"] = (runtime.context.state_size(0, WHOLE) - short) / 64
        runtime.close()
    same = "as expected" if report["checkpoint"] == EXPECTED_CHECKPOINT else f"expected {EXPECTED_CHECKPOINT:,}"
    print(f"  a checkpoint                  {report['checkpoint']:>12,.0f} bytes ({same})")
    print(f"  a token of a whole state      {report['whole_token']:>12,.0f} bytes")
    return report


def timed(action: Callable[[], object], prepare: Callable[[], object] = lambda: None) -> float:
    """Milliseconds, the median of some rounds."""
    times = []
    for _ in range(ROUNDS):
        prepare()
        began = time.perf_counter()
        action()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def times_part(path: Path) -> dict[str, float]:
    runtime, _ = opened(path, sequences=3, n_draft=3)
    context = runtime.context
    evaluate(context, 64)
    size = context.state_size(0)
    buffer = (ctypes.c_uint8 * size)()
    context.save(0, buffer, size)
    report = {
        "save": timed(lambda: context.save(0, buffer, size)),
        "save_fresh_buffer": timed(lambda: context.save(0, (ctypes.c_uint8 * size)(), size)),
        "restore": timed(lambda: context.restore(0, buffer, size, 64)),
        "copy": timed(lambda: context.copy(0, 1)),
    }
    # The recurrent part is copied by the copy's first call. By turns, and the fastest of each: the machine may be busy.
    plain, copied = [], []
    for _ in range(ROUNDS):
        context.restore(0, buffer, size, 64)
        began = time.perf_counter()
        evaluate(context, 1, 64)
        plain.append((time.perf_counter() - began) * 1000)
        context.restore(0, buffer, size, 64)
        evaluate(context, 1, 64)
        context.copy(0, 1)
        began = time.perf_counter()
        evaluate(context, 1, 65, 1)
        copied.append((time.perf_counter() - began) * 1000)
    report["row"] = min(plain)
    report["copy_first_call"] = max(0.0, min(copied) - min(plain))
    context.restore(0, buffer, size, 64)
    for count in AGAIN:
        report[f"evaluate_{count}"] = timed(
            lambda count=count: evaluate(context, count, 64), lambda: context.restore(0, buffer, size, 64)
        )
    runtime.close()
    print(f"times: milliseconds, median of {ROUNDS}")
    names = {
        "save": "a checkpoint saved to a pooled buffer",
        "save_fresh_buffer": "… to a fresh buffer",
        "restore": "a checkpoint restored",
        "copy": "a sequence copied (spare)",
        "copy_first_call": "… the copy's first call, beyond one without",
        "row": "one token evaluated",
        **{f"evaluate_{count}": f"{count} tokens evaluated (a lower bound)" for count in AGAIN},
    }
    for key, name in names.items():
        print(f"  {name:<46} {report[key]:>9.3f}")
    spare = report["copy"] + report["copy_first_call"]
    for count in AGAIN:
        again = report[f"evaluate_{count}"]
        print(
            f"  restore : spare : {count:>3d} tokens again = {report['restore'] / again:.3f} : {spare / again:.3f} : 1"
        )
    return report


class Editor:
    """Requests of all kinds over some files, which stay as they are: only the place and what is typed there change."""

    def __init__(self, runtime: Runtime, seed: int = 0) -> None:
        folder = Path(sysconfig.get_path("stdlib"))
        self._files = [(folder / f"{name}.py").read_text(encoding="utf-8").splitlines(True) for name in FILES]
        self._words = sorted(set(re.findall(r"[a-z_]{3,}", "".join(map("".join, self._files)))))
        self._random = random.Random(seed)
        self._runtime = runtime
        self._answer = ""
        self._lines = self._files[0]
        self._jump()
        self.counts: Counter[str] = Counter()

    def step(self) -> None:
        kind = self._random.choices(list(KINDS), list(KINDS.values()))[0]
        self.counts[kind] += 1
        if kind == "switch":
            self._lines = self._random.choice(self._files)
        if kind in ("jump", "switch") or len(self._typed) > 200:
            self._jump()
        elif kind == "accept":
            self._typed += self._answer
        elif self._random.random() < 0.1:
            self._typed = self._typed[: -self._random.randint(1, 6)]
        else:
            self._typed += self._wanted[len(self._typed) :][: self._random.randint(1, 3)]
        getattr(self, f"_{kind}", self._key)()

    def _jump(self) -> None:
        self._at = self._random.randrange(BEFORE, len(self._lines) - AFTER - 8)
        self._typed, self._wanted = "", "".join(self._lines[self._at : self._at + 4])

    def _prompt(self, typed: str) -> Prompt:
        at, context = self._at, "".join(self._lines[:8])
        before, after = "".join(self._lines[at - BEFORE : at]), "".join(self._lines[at + 4 : at + 4 + AFTER])
        return (
            Special.REPO_NAME, Text("project\n"), Special.FILE_SEP, Text(context), Special.FILE_SEP,
            Special.FIM_PREFIX, Text(before), Special.FIM_SUFFIX, Text(after), Special.FIM_MIDDLE, Text(typed),
        )  # fmt: skip

    def _ask(self, n_predict: int = 8, cancel: CancelToken | None = None, **options: object) -> None:
        request = GenerateRequest(self._prompt(self._typed), n_predict, "bench", Stop(max_lines=3), **options)
        answer = self._runtime.generator.generate(request, cancel or CancelToken())
        self._answer = "".join(token.text for token in answer if isinstance(token, GeneratedToken))

    def _key(self) -> None:
        self._ask()

    def _cancel(self) -> None:
        self._ask(cancel=CancelledAtLook(self._random.randrange(8)))

    def _prefill(self) -> None:
        """A fresh anchor behind what was typed, of which half are cancelled."""
        self._at = min(self._at + 1, len(self._lines) - AFTER - 8)
        self._typed, self._wanted = "", "".join(self._lines[self._at : self._at + 4])
        cancel = CancelledAtLook(self._random.randrange(4)) if self._random.random() < 0.5 else None
        self._ask(0, cancel, priority=Priority.PREFILL)

    def _score(self) -> None:
        candidates = tuple(self._random.sample(self._words, 12))
        self._runtime.generator.score(ScoreRequest(self._prompt(self._typed), candidates, "bench", 16), CancelToken())

    def _constrained(self) -> None:
        """One of forty grammars: more than are remembered."""
        first = self._random.randrange(40)
        self._ask(constraint=Constraint(Grammar.REGEX, f"({'|'.join(self._words[first : first + 5])})+"))

    def _rewrite(self) -> None:
        self._ask(24, original=self._wanted, lookup="".join(self._lines[-20:]))

    def _sampled(self) -> None:
        self._ask(sampling=Sampling(temperature=0.8, top_p=0.95, seed=self._random.randrange(1 << 30)))


def held(runtime: Runtime) -> dict[str, int]:
    """What the process and the caches hold."""
    generator, known = runtime.generator, runtime.model.vocabulary
    kept, drafter, mtp = generator.kept, generator.predictor.drafter, generator.state.mtp
    constraints = generator._constraints  # None before the first one
    states = [*kept.checkpoints._held, *kept.spares.held()]
    gc.collect()
    return {
        "rss": psutil.Process().memory_info().rss,
        "objects": len(gc.get_objects()),
        "pool": kept.checkpoints.allocated,
        "checkpoints": len(kept.checkpoints),
        "beside": sum(state.token_ids.nbytes + (state.mtp.nbytes if state.mtp else 0) for state in states)
        + sum(state.logits.nbytes for state in states if state.logits is not None),
        "texts": len(known._remembered),
        "characters": known._remembered_characters,
        "lookup": drafter._lookup._history.nbytes + sum(text.nbytes for text in drafter._lookup._texts),
        "original": len(drafter._original._answer) if drafter._original else 0,
        "mtp_rows": mtp._hidden.nbytes if mtp else 0,
        "mtp_sequences": len(mtp.cache.known) if mtp else 0,
        "views": len(runtime.context._views) + (len(mtp._context._views) if mtp else 0),
        "grammars": len(constraints._compiled) if constraints else 0,
    }


def growth_part(path: Path, name: str, count: int, threads: int) -> dict[str, object]:
    probe = Runtime(path, 4096, threads, Tuning(mtp=Speculation.ON))
    Editor(probe).step()
    state = probe.context.state_size(0)
    probe.close()
    tuning = Tuning(mtp=Speculation.ON, lookup=Speculation.ON, checkpoint_bytes=POOL * state)
    vocabulary.REMEMBERED_CHARACTERS = CHARACTERS
    runtime = Runtime(path, 4096, threads, tuning)
    editor, began, rows = Editor(runtime), time.perf_counter(), {}
    rows[0] = held(runtime)
    print(f"growth: {name}, {count} requests; checkpoints of {state:,} bytes, room for {POOL}")
    columns = ("requests", "RSS MiB", "objects", "pool MiB", "checkpoints", "texts", "characters", "views", "grammars")
    print("  " + "".join(f"{column:>12}" for column in columns))
    step = max(1, count // 10)
    for done in range(1, count + 1):
        editor.step()
        if done % step == 0:
            rows[done] = row = held(runtime)
            if done in (step, count // 2 // step * step, count // step * step):
                figures = [row[key] for key in ("objects", "checkpoints", "texts", "characters", "views", "grammars")]
                shown = [done, f"{row['rss'] / MIB:.1f}", figures[0], f"{row['pool'] / MIB:.2f}", *figures[1:]]
                print("  " + "".join(f"{value:>12}" for value in shown))
    seconds = time.perf_counter() - began
    counters = runtime.counters
    runtime.close()
    late = [done for done in rows if done >= WARM_UP * count]
    slopes = {key: _slope(late, [rows[done][key] for done in late]) for key in rows[0]}
    print(f"  a thousand requests more, after {late[0]}: RSS {slopes['rss'] / 1024:+.1f} KiB, of which the last half "
          f"{_slope(late[len(late) // 2:], [rows[d]['rss'] for d in late[len(late) // 2:]]) / 1024:+.1f} KiB; "
          + ", ".join(f"{key} {slope:+.1f}" for key, slope in slopes.items() if key != "rss"))  # fmt: skip
    print(f"  {seconds:.0f} s; {', '.join(f'{kind} {n}' for kind, n in editor.counts.items())}")
    print(f"  restored {dict(counters.restored)}; guessed {dict(counters.drafted)}, right {dict(counters.accepted)}")
    return {"rows": rows, "per_thousand": slopes, "seconds": seconds, "kinds": dict(editor.counts)}


def _slope(requests: Sequence[int], values: Sequence[int]) -> float:
    """By least squares, for a thousand requests."""
    return 1000 * float(np.polyfit(requests, values, 1)[0]) if len(requests) > 1 else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="", help="GGUF file for the growth (default: the shipped model)")
    parser.add_argument("--requests", type=int, default=10_000, help="of the growth (default 10000; 0: sizes alone)")
    parser.add_argument(
        "--parts", nargs="+", default=["sizes", "times", "growth"], choices=["sizes", "times", "growth"]
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    logging.getLogger("foretoken").setLevel(logging.CRITICAL)  # llama.cpp calls a full window an error
    report: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wide = write_model(folder / "wide.gguf", WIDE) if {"sizes", "times"} & set(arguments.parts) else None
        if wide and "sizes" in arguments.parts:
            report["sizes"] = sizes_part(wide)
        if wide and "times" in arguments.parts:
            report["times"] = times_part(wide)
        if "growth" in arguments.parts:
            tiny, shipped = write_model(folder / "tiny.gguf", HYBRID), resolve_model(arguments.model)
            for path, title in ((tiny, "tiny hybrid"), (shipped, shipped.name)):
                report[title] = growth_part(path, title, arguments.requests, arguments.threads)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
