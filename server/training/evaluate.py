"""Measure a GGUF file on held-out source: bits per byte, typed lines, MTP agreement.

`--split tune` may be looked at while choosing things; `--split test` is opened once, for
the model that ships. Seen: held-out files of packages that were trained on. Unseen: whole
packages that were not. Everything runs on the file that ships, through llama.cpp.
"""

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from training.gguf_model import GgufModel
from training.segments import FILE_SEP
from training.typed_lines import Completer, Completion, HeldOutFile, Position, positions

THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
SHORTEST_SHOWN = 3
WINDOW = 512


def log_probabilities(logits: np.ndarray) -> np.ndarray:
    """Natural log of the softmax over the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def language(model: GgufModel, files: Sequence[HeldOutFile], windows: int, seed: int) -> dict[str, float]:
    """Bits per byte and nats per token over random windows of 512 tokens (path not counted),
    and how often the MTP block's best token is the trunk's own next choice."""
    rng = random.Random(seed)
    pieces = model.pieces()
    nats = tokens = size = agree = drafted = 0.0
    for _ in range(windows):
        file = rng.choice(files)
        start = file.text.rfind("\n", 0, rng.randrange(len(file.text))) + 1
        head = [model.special(FILE_SEP), *model.encode(f"{file.path}\n")]
        body = model.encode(file.text[start : start + 4 * WINDOW])[: WINDOW - len(head)]
        ids = head + body
        model.forget()
        logits = model.evaluate(ids)
        rows = np.arange(len(head) - 1, len(ids) - 1)
        nats -= float(log_probabilities(logits[rows])[np.arange(len(rows)), ids[len(head) :]].sum())
        tokens += len(body)
        size += sum(len(pieces[token_id]) for token_id in body)
        guesses = model.draft(ids[1:], model.hidden(len(ids))[:-1]).argmax(-1)
        agree += float((guesses == logits[1:].argmax(-1)).sum())
        drafted += len(guesses)
    return {
        "bits per byte": nats / size / np.log(2),
        "nats per token": nats / tokens,
        "MTP agrees": agree / drafted,
    }


def lines(results: Sequence[tuple[Position, Completion]]) -> dict[str, object]:
    """Exact matches of the whole rest of the line, and precision and coverage of the part
    whose cumulative probability reaches each threshold."""
    exact = {"all": results}
    exact["line start"] = [pair for pair in results if not pair[0].typed.strip()]
    exact["inside the line"] = [pair for pair in results if pair[0].typed.strip()]
    report: dict[str, object] = {"positions": len(results)}
    report["exact match"] = {
        name: round(sum(c.ended and c.whole() == p.rest for p, c in some) / max(1, len(some)), 4)
        for name, some in exact.items()
    }
    table = {}
    for threshold in THRESHOLDS:
        shown = [(p, c.partial(threshold)) for p, c in results]
        shown = [(p, text) for p, text in shown if len(text.strip()) >= SHORTEST_SHOWN]
        right = [text for p, text in shown if p.rest.startswith(text)]
        table[threshold] = {
            "coverage": round(len(shown) / len(results), 4),
            "precision": round(len(right) / max(1, len(shown)), 4),
            "characters when right": round(sum(map(len, right)) / max(1, len(right)), 2),
            "text saved": round(sum(map(len, right)) / sum(len(p.rest) for p, _ in results), 4),
        }
    report["partial"] = table
    return report


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--gguf", type=Path, default=Path(".training/model.gguf"))
    parser.add_argument("--corpus", type=Path, default=Path(".training/corpus/corpus.jsonl"))
    parser.add_argument("--split", choices=["tune", "test"], default="tune")
    parser.add_argument("--windows", type=int, default=60, help="windows of 512 tokens per set (default %(default)s)")
    parser.add_argument("--positions", type=int, default=600, help="cursors per set (default %(default)s)")
    parser.add_argument("--out", type=Path, help="also write the JSON report here")
    parser.add_argument("--examples", type=int, default=0, help="show this many completions")
    args = parser.parse_args()
    with args.corpus.open(encoding="utf-8") as stream:
        files = [SimpleNamespace(**row) for row in map(json.loads, stream) if row["split"] == args.split]
    model = GgufModel(args.gguf)
    completer = Completer(model)
    report: dict[str, object] = {"split": args.split}
    everything = []
    for name, seen in (("seen packages", True), ("unseen packages", False)):
        some = [file for file in files if file.seen == seen]
        results = [(p, completer.complete(p)) for p in positions(some, args.positions, 7)]
        everything += results
        report[name] = {**language(model, some, args.windows, 7), **lines(results)}
    report["both"] = lines(everything)
    model.close()
    text = json.dumps(report, indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
    for position, completion in random.Random(3).sample(everything, args.examples):
        print(f"{position.typed!r} -> {completion.whole()!r}  p={completion.cumulative:.3f}  truth {position.rest!r}")


if __name__ == "__main__":
    main()
