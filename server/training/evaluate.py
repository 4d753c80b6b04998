"""Measure a GGUF file on held-out source: bits per byte, typed lines, edits, drafts.

`--split tune` may be looked at while choosing things, and picks a threshold of the partial
suggestions, beside which the server's own default is measured; `--split test` is opened for the
model that ships, with that threshold, and every opening is written down.
Seen: held-out files of packages that were trained on. Unseen: whole packages that were not.
Everything runs on the file that ships, through llama.cpp.
"""

import argparse
import datetime
import hashlib
import json
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

from foretoken.session.settings import InlineSettings
from training.carried_edits import carried_on
from training.command_help import Help
from training.context import Package
from training.cursors import HeldOutFile, Position, excerpts, positions, prompt
from training.drafting import Acceptance, generate_both_ways
from training.gguf_model import GgufModel
from training.judged_lines import THRESHOLDS, WAYS, Answer, choose_threshold, partial, reliability, whole_lines
from training.language import language
from training.segments import END
from training.typed_lines import Completer

GENERATED = 64
WINDOWS = (512, 2048)


def load(corpus: Path, split: str) -> tuple[list[HeldOutFile], dict[tuple[str, str], Package]]:
    """The files of the split, and the packages they belong to by name and language.

    A package has all of its files that a person who works on one has beside it: training files of seen packages
    too, never those of the other split.
    """
    files: dict[tuple[str, str], list[SimpleNamespace]] = defaultdict(list)
    with corpus.open(encoding="utf-8") as stream:
        for row in map(json.loads, stream):
            if row["split"] in (split, "train"):
                files[row["package"], row["language"]].append(SimpleNamespace(**row))
    wanted = [file for some in files.values() for file in some if file.split == split]
    return wanted, {key: Package(files[key]) for key in {(file.package, file.language) for file in wanted}}


def lines(
    completer: Completer, places: Sequence[Position], packages: dict[tuple[str, str], Package], n_prompt: int
) -> dict[str, list[Answer]]:
    """The answers in the server's prompt form; for positions with excerpts, also with them."""
    answers: dict[str, list[Answer]] = {"without context": [], "same without": [], "with context": []}
    for number, place in enumerate(places):
        answer = Answer(place, completer.complete(prompt(place, n_prompt)))
        answers["without context"].append(answer)
        others = excerpts(place, packages[place.file.package, place.file.language], n_prompt, number)
        if others:
            answers["same without"].append(answer)
            pieces = prompt(place, n_prompt, others)
            answers["with context"].append(Answer(place, completer.complete(pieces)))
    return answers


def drafts(
    model: GgufModel, completer: Completer, places: Sequence[Position], n_prompt: int, count: int
) -> dict[str, object]:
    """Acceptance of drafts 1 to 3 after typed-line prompts."""
    result, end = Acceptance(), model.special(END)
    for place in places:
        ids, healing = completer.taken_back(prompt(place, n_prompt))
        model.forget()
        first, _ = completer.choose(model.evaluate(ids, last_only=True)[0], healing)
        if first != end:
            generate_both_ways(model, ids, first, count, end, result)
    return {"tokens": count, **result.report()}


def opening(args: argparse.Namespace, identity: dict[str, str]) -> list[dict]:
    """All openings of the test split so far, with this one, which is written down first."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    with args.openings.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"at": now, **identity}) + "\n")
    return [json.loads(line) for line in args.openings.read_text(encoding="utf-8").splitlines()]


def chosen_on_tune(path: Path, digest: str) -> float:
    """The threshold in the tune report of the same file."""
    if not path.is_file():
        raise SystemExit(f"there is no {path}: python -m training.evaluate --split tune writes it")
    report = json.loads(path.read_text(encoding="utf-8"))
    if report["gguf"] != digest:
        raise SystemExit(f"{path} is a report of another file")
    return report["threshold"]


def measure(args: argparse.Namespace, threshold: float | None) -> dict[str, object]:
    """Everything but the identity. Without a threshold one is picked."""
    files, packages = load(args.corpus, args.split)
    sets = {name: [file for file in files if file.seen == seen] for name, seen in (("seen", True), ("unseen", False))}
    for name, some in sets.items():
        if not some:
            raise SystemExit(f"{args.corpus} has no file of {name} packages in the split {args.split}")
    model = GgufModel(args.gguf, context_length=2 * max(WINDOWS) + GENERATED)
    n_prompt = min(args.n_prompt or model.number("foretoken.n_prompt") or max(WINDOWS), max(WINDOWS))
    completer = Completer(model)
    report: dict[str, object] = {"n_prompt": n_prompt}
    started, seconds = time.perf_counter(), {}

    def lap(name: str) -> None:
        seconds[name] = round(time.perf_counter() - started - sum(seconds.values()), 1)

    answers: dict[str, dict[str, list[Answer]]] = {}
    for name, some in sets.items():
        report[name] = {
            f"{length} tokens": language(model, some, max(1, args.tokens // length), length, 7) for length in WINDOWS
        }
        lap(f"{name}, language")
        answers[name] = lines(completer, positions(some, args.positions, 7), packages, n_prompt)
        report[name] |= {kind: whole_lines(found) for kind, found in answers[name].items()}
        lap(f"{name}, lines")
        report[name]["edits"] = carried_on(model, completer, some, args.edits, 7)
        lap(f"{name}, edits")
    both = [answer for name in answers for answer in answers[name]["without context"]]
    threshold = threshold or choose_threshold(both) or THRESHOLDS[-1]
    servers = InlineSettings().min_probability
    cuts = sorted({*THRESHOLDS, threshold, servers})
    report["threshold"], report["server's threshold"] = threshold, servers
    report["partial"] = {way: [partial(both, cut, whole) for cut in cuts] for way, whole in WAYS.items()}
    report["at the server's threshold"] = {
        f"{name}, {kind}": partial(found, servers) for name in answers for kind, found in answers[name].items() if found
    }
    report["calibration"] = reliability(both, servers)
    shuffled = random.Random(7).sample([answer.position for answer in both], min(len(both), args.drafts))
    report["drafts"] = [
        drafts(model, completer, shuffled, n_prompt, 10),
        drafts(model, completer, shuffled[: args.drafts // 4], n_prompt, 40),
    ]
    lap("drafts")
    model.close()
    report["seconds"] = seconds
    for answer in random.Random(3).sample(both, args.examples):
        place, completion = answer.position, answer.completion
        print(
            f"{place.typed!r} -> {completion.whole()!r}  p={completion.steps[-1].cumulative:.3f}  truth {place.rest!r}"
        )
    return report


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("--gguf", type=Path, default=Path(".training/model.gguf"))
    parser.add_argument("--corpus", type=Path, default=Path(".training/corpus/corpus.jsonl"))
    parser.add_argument("--split", choices=["tune", "test"], default="tune")
    parser.add_argument("--tune", type=Path, default=Path(".training/tune.json"), help="report with the threshold")
    parser.add_argument("--openings", type=Path, default=Path(".training/test-openings.jsonl"))
    parser.add_argument(
        "--tokens", type=int, default=50_000, help="of each kind of window and set (default %(default)s)"
    )
    parser.add_argument("--positions", type=int, default=300, help="cursors per set (default %(default)s)")
    parser.add_argument("--n-prompt", type=int, help="tokens of a prompt (default: what the file says)")
    parser.add_argument("--drafts", type=int, default=100, help="prompts for drafts (default %(default)s)")
    parser.add_argument("--edits", type=int, default=60, help="edits per set (default %(default)s)")
    parser.add_argument("--out", type=Path, help="the report (default: .training/tune.json or .training/test.json)")
    parser.add_argument("--examples", type=int, default=0, help="show this many completions")
    args = parser.parse_args()
    manifest, out = args.corpus.with_name("manifest.json"), args.out or Path(f".training/{args.split}.json")
    for path in (args.gguf, args.corpus, manifest):
        if not path.is_file():
            raise SystemExit(f"there is no file {path}")
    out.parent.mkdir(parents=True, exist_ok=True)
    identity = {
        "gguf": hashlib.sha256(args.gguf.read_bytes()).hexdigest(),
        "manifest": hashlib.sha256(manifest.read_bytes()).hexdigest(),
    }
    report: dict[str, object] = {"split": args.split, **identity}
    threshold = None
    if args.split == "test":
        threshold = chosen_on_tune(args.tune, identity["gguf"])
        report["openings"] = opening(args, identity)
    report |= measure(args, threshold)
    text = json.dumps(report, indent=1)
    print(text)
    out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
