"""Whether drafts and restored states change answers. The baseline is a fresh evaluation of each prompt without drafts.

F32 models, computed exactly: every answer must be the same, token for token. Columns: ``fresh``, nothing is held;
``spares``, what earlier requests left in spare sequences and in host memory is used; ``host``, host memory alone;
``cancelled``, as ``spares``, and each request was cancelled at some random step before it is asked again.

Quantized models, as they ship: attention is summed in half precision (llama.cpp's flash attention); rounding depends
on how many rows share a call and where a sequence's cells lie, and near ties may turn. The last part has it in F32,
with the same weights: what differs there has another cause. Told are the share of identical answers and how far the
logits are apart, over all rows up to the first token that differs. The row ``calls of 64 rows`` is how much that is
with neither drafts nor restored states: the same prompts in smaller calls. ``margin`` is how far the baseline's
two best tokens were apart where an answer first differed.
"""

import argparse
import json
import logging
import random
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))

from in_process import NO_DRAFTS, Runtime  # noqa: E402

from foretoken.models.resolve import resolve_model  # noqa: E402
from foretoken.runtime.tuning import Speculation, Tuning  # noqa: E402
from foretoken.text.cancel import Cancelled, CancelToken  # noqa: E402
from foretoken.text.generation import GenerateRequest, Stop  # noqa: E402
from model.asking import Asked, exact, random_ids, said  # noqa: E402
from model.generators import infill  # noqa: E402
from model.gguf_layers import Q8_0  # noqa: E402
from model.make_gguf import DENSE, HYBRID, MOE, write_model  # noqa: E402

EXACT = {"hybrid": HYBRID, "MoE hybrid": MOE, "dense": DENSE}
N_DRAFTS = (1, 2, 3, 5)
EVERYTHING = {"mtp": Speculation.ON, "lookup": Speculation.ON}
DRAFTS: dict[str, dict[str, object]] = {
    "none": {},
    **{f"MTP {count}": {"mtp": Speculation.ON, "n_draft": count} for count in N_DRAFTS},
    "lookup": {"lookup": Speculation.ON},
    "original": {},
    "all": EVERYTHING,
}
STATES = ("fresh", "spares", "host", "cancelled")
HOST = {"sequences": 2}  # the two that work, and no spare one
FILES = ("heapq", "bisect", "textwrap", "shlex", "calendar", "csv")
BEFORE, AFTER, KEYS = 24, 8, 14  # lines of a prompt, and keys at one place


class CancelledAtLook(CancelToken):
    """Cancelled when it is looked at for the nth time."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._looks = looks

    @property
    def cancelled(self) -> bool:
        self._looks -= 1
        return self._looks < 0

    def check(self) -> None:
        if self.cancelled:
            raise Cancelled("benchmark")


def texts() -> list[list[str]]:
    """Lines of the standard library's source, the same in every run on one Python."""
    folder = Path(sysconfig.get_path("stdlib"))
    return [(folder / f"{name}.py").read_text(encoding="utf-8").splitlines(keepends=True) for name in FILES]


def typing(count: int, n_predict: int, seed: int = 0) -> Iterator[tuple[GenerateRequest, str, str]]:
    """Requests as while typing: keys, a key taken back, a jump, another file; what follows there; the file's rest."""
    rng, files, made = random.Random(seed), texts(), 0
    while True:
        lines = rng.choice(files)
        at = rng.randrange(BEFORE, len(lines) - AFTER - 4)
        prefix, suffix = "".join(lines[at - BEFORE : at]), "".join(lines[at + 3 : at + 3 + AFTER])
        wanted, rest, typed = "".join(lines[at : at + 3]), "".join(lines[at + 3 + AFTER :]), 0
        for _ in range(KEYS):
            typed = max(0, typed - rng.randint(1, 5)) if rng.random() < 0.12 else typed + rng.choice((1, 1, 1, 2, 12))
            request = infill(prefix, suffix, wanted[:typed], n_predict, Stop(max_lines=4))
            yield request, wanted[typed:] or wanted, rest
            made += 1
            if made == count:
                return


def edited(token_ids: Sequence[int]) -> list[int]:
    """With one taken out, one put in or one replaced every few tokens: a draft that is often right."""
    ids = list(token_ids)
    for number, at in enumerate(range(9, len(ids) - 3, 9)):
        ids[at : at + (number % 3 != 1)] = [] if number % 3 == 0 else [(ids[at] + 1) % 300]
    return ids


def exact_part(folder: Path, count: int) -> dict[str, object]:
    """Compared and differing answers by model, drafts and state."""
    report: dict[str, object] = {}
    for name, shape in EXACT.items():
        path = write_model(folder / f"{shape.architecture}.gguf", shape)
        asked = [request for request, _, _ in typing(count, 20)]
        reference = Asked(path)
        expected, helped = [], []
        for request in asked:
            reference.state.forget()
            answer = reference.ask(request)
            expected.append(_said(answer))
            helped.append(said([*edited(answer[2]), *random_ids(12)]))
        reference.close()
        print(f"{name} in F32: answers that differ / compared; {_lengths(expected)}")
        print(f"  {'drafts':<9}" + "".join(f"{state:>12}" for state in STATES) + "   guessed, right")
        for drafts, options in DRAFTS.items():
            if not shape.nextn:
                if drafts.startswith("MTP"):
                    continue
                options = {key: value for key, value in options.items() if key != "mtp"}
            requests = [_with_text(request, drafts, text) for request, text in zip(asked, helped, strict=True)]
            row = {state: exact_cell(path, options, state, requests, expected) for state in STATES}
            report[f"{name}, {drafts}"] = row
            cells = "".join(f"{cell['differing']:>6d} /{cell['compared']:>4d}" for cell in row.values())
            print(
                f"  {drafts:<9}{cells}"
                f"   {sum(cell['drafted'] for cell in row.values())}, {sum(cell['accepted'] for cell in row.values())}"
            )
    return report


def exact_cell(
    path: Path, options: dict[str, object], state: str, requests: Sequence[GenerateRequest], expected: Sequence[object]
) -> dict[str, int]:
    bench = Asked(path, **{**options, **(HOST if state == "host" else {})})
    rng, differing, cancelled = random.Random(7), 0, 0
    for request, right in zip(requests, expected, strict=True):
        if state == "fresh":
            bench.state.forget()
        if state == "cancelled":
            *_, finish = bench.generator.generate(request, CancelledAtLook(rng.randrange(14)))
            cancelled += finish.reason == "cancelled"
        differing += _said(bench.ask(request)) != right
    counters = bench.counters
    bench.close()
    return {
        "compared": len(requests),
        "differing": differing,
        "cancelled": cancelled,
        "reused": counters.tokens_reused,
        "restored": sum(counters.restored.values()),
        "drafted": sum(counters.drafted.values()),
        "accepted": sum(counters.accepted.values()),
    }


def _said(answer: tuple) -> tuple:
    tokens, finish, ids = answer
    return ids, [token.text for token in tokens], finish.reason


def _lengths(expected: Sequence[tuple]) -> str:
    return f"{len(expected)} requests, {sum(len(ids) for ids, _, _ in expected)} tokens"


def _with_text(request: GenerateRequest, drafts: str, text: str) -> GenerateRequest:
    wanted = {"original": ("original",), "lookup": ("lookup",), "all": ("original", "lookup")}.get(drafts, ())
    return replace(request, **dict.fromkeys(wanted, text))


@dataclass
class Apart:
    """How far answers are from the baseline's: logits and the margins where they turned."""

    same: int = 0
    count: int = 0
    tokens: int = 0
    furthest: float = 0.0
    furthest_each: list[float] = field(default_factory=list)
    margins: list[float] = field(default_factory=list)

    def add(self, ours: list[tuple[int, np.ndarray]], baseline: list[tuple[int, np.ndarray]]) -> None:
        most, differs = 0.0, len(ours) != len(baseline)
        for (token_id, logits), (right, expected) in zip(ours, baseline, strict=False):
            most = max(most, float(np.abs(logits - expected).max()))
            self.tokens += 1
            if token_id != right:
                differs = True
                self.margins.append(abs(float(expected[right] - expected[token_id])))
                break
        self.count += 1
        self.same += not differs
        self.furthest = max(self.furthest, most)
        self.furthest_each.append(most)

    def report(self) -> dict[str, float]:
        return {
            "answers": self.count,
            "identical": self.same / self.count,
            "rows": self.tokens,
            "apart": sum(most > 0 for most in self.furthest_each),
            "max_difference": self.furthest,
            "median_of_max": float(np.median(self.furthest_each)),
            "largest_margin": max(self.margins, default=0.0),
        }

    def show(self, name: str) -> None:
        each = self.report()
        print(
            f"  {name:<26} {self.same:>4d} / {self.count} = {each['identical']:7.2%}   {self.tokens:>6d} rows, "
            f"other logits in {each['apart']:>3d} answers, "
            f"max |difference| {self.furthest:.1e}, median of the answers' {each['median_of_max']:.1e}, "
            f"largest margin {each['largest_margin']:.1e}"
        )


class Noted(Runtime):
    """Notes each chosen token and the logits that it was chosen from."""

    def __init__(self, path: Path, tuning: Tuning, threads: int) -> None:
        super().__init__(path, 4096, threads, tuning)
        self.rows: list[tuple[int, np.ndarray]] = []
        choose = self.generator.predictor.choose

        def note(logits: np.ndarray, progress: object) -> object:
            choice = choose(logits, progress)
            self.rows.append((choice.token_id, logits.copy()))
            return choice

        self.generator.predictor.choose = note

    def noted(self, request: GenerateRequest) -> list[tuple[int, np.ndarray]]:
        self.rows = []
        self.ask(request)
        return self.rows


FRESH_EVERY = 3  # a fresh evaluation is what takes the time: those with drafts ask every so many of the requests
QUANTIZED: dict[str, tuple[Tuning, bool, str]] = {  # tuning, whether nothing is held, which texts are given
    "fresh, calls of 64 rows": (replace(NO_DRAFTS, n_ubatch=64), True, ""),
    "fresh, MTP": (replace(NO_DRAFTS, mtp=Speculation.ON), True, ""),
    "fresh, all drafts": (Tuning(**EVERYTHING), True, "all"),
    "restored": (NO_DRAFTS, False, ""),
    "restored from host alone": (replace(NO_DRAFTS, sequences=2), False, ""),
    "restored, MTP": (replace(NO_DRAFTS, mtp=Speculation.ON), False, ""),
    "restored, lookup": (replace(NO_DRAFTS, lookup=Speculation.ON), False, "lookup"),
    "restored, original": (NO_DRAFTS, False, "original"),
    "restored, all drafts": (Tuning(**EVERYTHING), False, "all"),
}


PLAIN_ATTENTION = ("fresh, calls of 64 rows", "restored", "restored from host alone", "restored, all drafts")


def quantized_part(
    path: Path,
    name: str,
    count: int,
    threads: int,
    modes: Iterable[str] = tuple(QUANTIZED),
    computing: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> dict[str, object]:
    asked = list(typing(count, 16, seed=1))
    with computing():
        runtime = Noted(path, NO_DRAFTS, threads)
    baseline = []
    for request, _, _ in asked:
        runtime.forget()
        baseline.append(runtime.noted(request))
    print(f"{name}: answers identical to the baseline's, and logits; {count} requests")
    report: dict[str, object] = {"batches": batches(runtime, asked[:: max(1, count // 40)])}
    runtime.close()
    for mode in modes:
        tuning, fresh, texts_given = QUANTIZED[mode]
        with computing():
            runtime, apart = Noted(path, tuning, threads), Apart()
        step = FRESH_EVERY if fresh else 1
        for (request, original, rest), expected in zip(asked[::step], baseline[::step], strict=True):
            if fresh:
                runtime.forget()
            if texts_given in ("original", "all"):
                request = replace(request, original=original)
            if texts_given in ("lookup", "all"):
                request = replace(request, lookup=rest)
            apart.add(runtime.noted(request), expected)
        counters = runtime.counters
        counted = {"drafted": dict(counters.drafted), "accepted": dict(counters.accepted)}
        report[mode] = apart.report() | counted | {"restored": sum(counters.restored.values())}
        apart.show(mode)
        runtime.close()
    return report


def batches(runtime: Noted, asked: Sequence[tuple[GenerateRequest, str, str]]) -> dict[str, object]:
    """Logits of k + 1 rows of one call against those of one row a call, after the same prompt: what verifying does."""
    report: dict[str, object] = {}
    state, tokenize = runtime.generator.state, runtime.model.vocabulary.tokenize
    for drafted in N_DRAFTS:
        apart = Apart()
        for request, wanted, rest in asked:
            prepared = runtime.generator._preparation.prepare(request.prompt, 16, False)
            following = tokenize(wanted + rest)[: drafted + 1]

            def rows(size: int) -> list[tuple[int, np.ndarray]]:
                state.forget()
                state.evaluate(prepared.prompt, {}, CancelToken(), 1.0)
                found: list[tuple[int, np.ndarray]] = []
                for at in range(0, len(following), size):
                    part = following[at : at + size]
                    state.extend(part, len(part))
                    found += [(int(row.argmax()), row.copy()) for row in state.logits(len(part))]
                return found

            apart.add(rows(len(following)), rows(1))
        report[str(drafted + 1)] = apart.report()
        apart.show(f"{drafted + 1} rows in one call")
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="", help="GGUF file of the quantized part (default: the shipped model)")
    parser.add_argument("--exact", type=int, default=40, help="requests of each cell of the F32 part (default 40)")
    parser.add_argument("--requests", type=int, default=300, help="requests of the quantized part (default 300)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    logging.getLogger("foretoken").setLevel(logging.CRITICAL)  # llama.cpp calls a full window an error
    began, report = time.perf_counter(), {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.exact:
            report["exact"] = exact_part(folder, arguments.exact)
        if arguments.requests:
            tiny = write_model(folder / "quantized.gguf", replace(HYBRID, quantized=Q8_0))
            shipped = resolve_model(arguments.model)
            for path, title in ((tiny, "tiny hybrid in Q8_0"), (shipped, shipped.name)):
                report[title] = quantized_part(path, title, arguments.requests, arguments.threads)
            title = f"{shipped.name}, attention in F32"
            report[title] = quantized_part(
                shipped, title, arguments.requests, arguments.threads, PLAIN_ATTENTION, exact
            )
    print(f"{time.perf_counter() - began:.0f} s")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
