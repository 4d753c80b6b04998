"""Write the model card and the notice next to a model, from what was measured.

Nothing in the card is typed by hand: the figures come from the training log, the corpus
manifest and the reports that `training.evaluate --out` wrote.
"""

import argparse
import hashlib
import json
from pathlib import Path

import gguf

from training.corpus import UNSEEN, notice

INTRODUCTION = """# Foretoken Starter

A very small language model for inline suggestions in Python. It is trained from scratch,
in less than an hour on two processor cores, and ships with Foretoken so that a fresh
install has something real to run without a download. It is a starter: it finishes words,
names and common idioms that the open file already shows. It does not know libraries, does
not plan, does not follow instructions, and is no match for a real code model.
"""

LIMITS = """## What it can't do

- Suggestions are useful only behind a threshold on their cumulative probability (the table
  above): most of the time the right answer of this model is to say nothing.
- At the start of a line, where nothing is typed yet, it is nearly always wrong.
- It was trained on rows of {row} tokens. `context_length` in the file says 8192, but more
  than about {row} tokens of prompt were never tried in training.
- Python only. Other languages, prose and chat are outside of what it has seen.
- It may repeat short passages of its training data (NOTICE lists the packages).
- The packages it was tested on are well-known libraries; other people's code differs.
"""

PROMPT = """## Prompt

    <|repo_name|>{repo}\\n
    <|file_sep|>{path}\\n{content}                    (other files, if any)
    <|file_sep|>{path}\\n<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>{typed}

without line breaks between the parts. `{prefix}` ends at a line start; `{typed}` is what
stands in the line already. The model ends its answer with `<|endoftext|>`. A quarter of
the training examples had the suffix before the prefix.
"""

COMMANDS = """## How it was made

From `server/` of the source tree, with `training/requirements.txt` installed (see
`training/README.md`):

    pip install --no-deps --target .training/site -r training/corpus-requirements.txt
    python -m training.corpus
    python -m training.tokenizer
    OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0 python -m training.train --minutes {minutes}
    python -m training.export --type f32 --out .training/model-f32.gguf
    python -m training.verify --gguf .training/model-f32.gguf
    python -m training.export
    python -m training.evaluate --split tune --out .training/tune.json
    python -m training.evaluate --split test --out .training/test.json
    python -m training.card

The shipped file was trained in two stretches, the second resumed from a checkpoint of the
first. Seeded, but bound to time: another machine takes another number of steps in the same
minutes, so the file will not come out equal to the last bit.
"""


def percent(value: float) -> str:
    """A share as a percentage with one decimal."""
    return f"{100 * value:.1f} %"


def facts(model: Path, log: Path, manifest: dict) -> str:
    """The list of what the file is and what it was trained on."""
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    last = entries[-1]
    # A resumed run counts its processor time from zero again.
    pairs = zip([{"cpu": 0}, *entries], entries, strict=False)
    cpu = sum(now["cpu"] - (before["cpu"] if now["cpu"] >= before["cpu"] else 0) for before, now in pairs)
    reader = gguf.GGUFReader(model)
    parameters = sum(int(tensor.n_elements) for tensor in reader.tensors)
    layers, width = (reader.fields[f"qwen35.{key}"].contents() for key in ("block_count", "embedding_length"))
    totals = manifest["totals"]
    packages = [row for row in manifest["packages"] if row["seen"]]
    rows = {
        "file": f"`{model.name}`, {model.stat().st_size:,} bytes, Q8_0",
        "sha256": f"`{hashlib.sha256(model.read_bytes()).hexdigest()}`",
        "architecture": "`qwen35`: Gated DeltaNet and gated attention in turn, "
        f"{layers - 1} layers, width {width}, one MTP block",
        "parameters": f"{parameters:,}",
        "licence": "Apache-2.0",
        "language": "Python (`foretoken.languages`)",
        "training text": f"{totals['train files']:,} files, {totals['train bytes']:,} bytes of {len(packages)} "
        "packages (the standard library is one) under permissive licences, see NOTICE",
        "tokens seen": f"{last['tokens']:,} in {last['step']:,} steps, so a part of the text only",
        "time": f"{last['seconds'] / 60:.0f} minutes on two shared processor cores "
        f"({cpu / 60:.0f} minutes of processor time)",
    }
    return "\n| | |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in rows.items())


def measures(tune: dict, test: dict) -> str:
    """The tables of held-out figures, tune next to test."""
    out = ["## Measured", ""]
    out += [
        "On source held out before the run: files of packages that were trained on (seen), and whole",
        "packages that were not (unseen). `tune` was looked at during development, `test` once, at the",
        "end. All figures are of the Q8_0 file itself, run through llama.cpp, greedy.",
        "",
        "| | tune, seen | tune, unseen | test, seen | test, unseen |",
        "|---|---|---|---|---|",
    ]
    columns = [report[f"{name} packages"] for report in (tune, test) for name in ("seen", "unseen")]
    rows = [
        ("bits per byte", [f"{column['bits per byte']:.3f}" for column in columns]),
        ("nats per token", [f"{column['nats per token']:.3f}" for column in columns]),
        ("MTP draft equals the trunk's own choice", [percent(column["MTP agrees"]) for column in columns]),
    ]
    for key in ("all", "line start", "inside the line"):
        rows.append((f"rest of the line exactly right, {key}", [percent(c["exact match"][key]) for c in columns]))
    out += [f"| {name} | " + " | ".join(values) + " |" for name, values in rows]
    count = columns[0]["positions"]
    unseen = "; ".join(
        f"{split}: {', '.join(name for name, where in UNSEEN.items() if where == split)}" for split in ("tune", "test")
    )
    out += [
        "",
        f"{count} cursors per column, about half of them at the first character of a line, the others inside one;",
        "lines of docstrings are in, comments and blank lines are not. The unseen packages are two small ones",
        f"per split ({unseen}), so differences between the columns say",
        "little. MTP: on held-out text, one token ahead, the text itself given.",
        "",
        "What a person would see: tokens are shown as long as the cumulative probability stays at or above",
        "the threshold t, and only if they are at least three characters. Right means: exactly how the line",
        "goes on. Seen and unseen packages together.",
        "",
        "| t | tune: shown at | right | saved | test: shown at | right | saved | characters when right (test) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for threshold, row in tune["both"]["partial"].items():
        other = test["both"]["partial"][threshold]
        cells = [percent(side[key]) for side in (row, other) for key in ("coverage", "precision", "text saved")]
        out.append(f"| {threshold} | " + " | ".join(cells) + f" | {other['characters when right']:.1f} |")
    out.append(
        "\n`shown at` is a share of all cursors, `right` of those shown, `saved` of all characters left to type."
    )
    return "\n".join(out) + "\n"


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--gguf", type=Path, default=Path(".training/model.gguf"))
    parser.add_argument("--log", type=Path, default=Path(".training/train.jsonl"))
    parser.add_argument("--manifest", type=Path, default=Path(".training/corpus/manifest.json"))
    parser.add_argument("--tune", type=Path, default=Path(".training/tune.json"))
    parser.add_argument("--test", type=Path, default=Path(".training/test.json"))
    parser.add_argument("--out", type=Path, help="folder of the card (default: the folder of --gguf)")
    args = parser.parse_args()
    out = args.out or args.gguf.parent
    manifest = json.loads(args.manifest.read_text())
    tune, test = json.loads(args.tune.read_text()), json.loads(args.test.read_text())
    minutes = round(json.loads(args.log.read_text().splitlines()[-1])["seconds"] / 60)
    parts = [
        INTRODUCTION + facts(args.gguf, args.log, manifest),
        measures(tune, test),
        LIMITS.format(row=512),
        PROMPT,
        COMMANDS.format(minutes=minutes),
    ]
    (out / "MODEL_CARD.md").write_text("\n".join(parts))
    (out / "NOTICE").write_text(notice(manifest["packages"]))


if __name__ == "__main__":
    main()
