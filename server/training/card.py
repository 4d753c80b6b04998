"""Write the model card and the notice next to a model, from what was measured.

No figure in the card is typed by hand but those of `--comparisons`: they come from the logs of training and
distillation, the configuration, the corpus manifest, and the reports of `training.evaluate`, `training.verify`
and `training.memorised`, all of which have to be there and have to be of this file. `--comparisons` is a file of
Markdown lines, as text or as a JSON list, on what was compared: it goes into the card as it is.
"""

import argparse
import hashlib
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import gguf

from training import card_text
from training.card_reports import REPORTS, check_identity, check_logs, markdown, read_log, read_report
from training.card_tables import (
    any_table,
    calibration_table,
    context_table,
    draft_table,
    edit_table,
    language_tables,
    line_table,
    partial_table,
    percent,
    server_table,
    table,
)
from training.command_help import Help
from training.configuration import Configuration, read
from training.corpus import notice
from training.cursors import EXCERPTS
from training.export import NAME
from training.judged_lines import PRECISION
from training.verbatim import LEAST

LANGUAGES = {
    "python": "Python",
    "typescript": "TypeScript",
    "javascript": "JavaScript",
    "go": "Go",
    "rust": "Rust",
    "c": "C",
    "cpp": "C++",
    "java": "Java",
}
"""How a language is written, by its LSP language id."""

OPENED_EARLIER = ("openapi-spec-validator", "websockets")
"""Packages whose test text was opened for the model before this one."""


def named(reader: gguf.GGUFReader) -> dict[str, str]:
    """What the file calls itself, and the languages that it knows, as prose."""
    ids = reader.fields["foretoken.languages"].contents()
    *most, last = (LANGUAGES.get(name, name) for name in ids)
    return {
        "name": reader.fields["general.name"].contents(),
        "languages": f"{', '.join(most)} and {last}" if most else last,
    }


def facts(reader: gguf.GGUFReader, args: argparse.Namespace, manifest: dict, entry: dict, distilled: list[dict]) -> str:
    """What the file is and what it was trained on."""
    model = args.gguf
    parameters = sum(int(tensor.n_elements) for tensor in reader.tensors)
    layers, width = (reader.fields[f"qwen35.{key}"].contents() for key in ("block_count", "embedding_length"))
    totals, seen = manifest["totals"], [row for row in manifest["packages"] if row["seen"]]
    rows = {
        "file": f"`{model.name}`, {model.stat().st_size:,} bytes, Q8_0",
        "sha256": f"`{hashlib.sha256(model.read_bytes()).hexdigest()}`",
        "architecture": "`qwen35`: Gated DeltaNet and gated attention, "
        f"{layers - 1} layers, width {width}, one MTP block",
        "parameters": f"{parameters:,}",
        "licence": "Apache-2.0",
        "languages": f"{named(reader)['languages']} (`foretoken.languages`)",
        "training text": f"{totals['train files']:,} files, {totals['train bytes']:,} bytes of {len(seen)} "
        "packages (the standard library is one) under permissive licences, see NOTICE",
        "weights at the start": args.start,
        "tokens seen": f"{entry['tokens']:,} in {entry['step']:,} steps",
        "the MTP block alone": f"then {distilled[-1]['tokens']:,} tokens towards the trunk's own probabilities, at "
        f"{distilled[-1]['rate']:g} of the run's rates falling to zero; on two rows of examples of unseen packages (not "
        "quantised, weighted as in training) its first draft became the trunk's choice at "
        f"{percent(distilled[-1]['unseen_agreement'])}, before {percent(distilled[0]['unseen_agreement'])}",
        "time": f"{(entry['seconds'] + distilled[-1]['seconds']) / 60:.0f} minutes on {args.hardware}",
    }
    return "\n" + table(["", ""], rows.items())


def on_test(test: dict, key: str, place: str = "all") -> str:
    """A share of the lines of the test split, seen and unseen packages together."""
    tables = [test[name]["without context"] for name in ("seen", "unseen")]
    counts = [t["at line starts"] if place == "line start" else t["positions"] for t in tables]
    values = [t[key][place]["value"] for t in tables]
    return percent(sum(v * n for v, n in zip(values, counts, strict=True) if n) / sum(counts))


def at_threshold(report: dict, threshold: float) -> dict:
    """What is shown at a threshold, in whole words."""
    return next(row for row in report["partial"]["whole words"] if row["threshold"] == threshold)


def unseen_packages(report: dict) -> list[str]:
    """Names of the packages of a split that were not trained on."""
    return sorted(
        {name for key, part in report["unseen"].items() if key.endswith(" tokens") for name in part["packages"]}
    )


def chosen_threshold(reports: dict[str, dict]) -> str:
    """How the threshold that was chosen on `tune` and the server's own stand to each other."""
    threshold, servers = reports["test"]["threshold"], reports["test"]["server's threshold"]
    found = at_threshold(reports["tune"], threshold)["precision"]["value"] >= PRECISION
    relation = "the same" if threshold == servers else "another than the server's"
    text = card_text.CHOSEN if found else card_text.NONE_CHOSEN
    return text.format(precision=100 * PRECISION, threshold=threshold, relation=relation)


def introduction(reports: dict[str, dict], seconds: float, names: dict[str, str], hardware: str) -> str:
    """The first words, with the figures that matter."""
    test = reports["test"]
    threshold = test["server's threshold"]
    shown = at_threshold(test, threshold)
    hours = seconds / 3600
    return card_text.INTRODUCTION.format(
        **names,
        hardware=hardware,
        ships=card_text.SHIPS if names["name"] == NAME else "",
        hours=f"{hours:.1f} hours" if hours >= 1.05 else f"{hours * 60:.0f} minutes",
        threshold=threshold,
        coverage=percent(shown["coverage"]["value"]),
        characters=f"{shown['characters when right']:.0f}",
        precision=percent(shown["precision"]["value"]),
        exact=on_test(test, "exact"),
        copy=on_test(test, "baseline exact"),
    )


def measured(reports: dict[str, dict]) -> str:
    """All tables."""
    test = reports["test"]
    openings = len(test["openings"])
    times = "once" if openings == 1 else f"{openings} times (listed at the end)"
    errors = {kind: test["calibration"][kind]["expected calibration error"] for kind in ("tokens", "shown")}
    earlier = [name for name in OPENED_EARLIER if name in unseen_packages(test)]
    parts = [
        card_text.MEASURED.format(
            openings=times,
            earlier=card_text.EARLIER.format(packages=" and ".join(earlier)) if earlier else "",
            n_prompt=test["n_prompt"],
            test_packages=len(unseen_packages(test)),
            tune_packages=len(unseen_packages(reports["tune"])),
        ),
        language_tables(reports),
        card_text.LINES,
        line_table(reports, "without context"),
        card_text.CONTEXT.format(excerpts=EXCERPTS),
        context_table(reports),
        card_text.PARTIAL.format(servers=test["server's threshold"], chosen=chosen_threshold(reports)),
        partial_table(reports, "whole words"),
        card_text.SERVERS,
        server_table(reports),
        card_text.INSIDE,
        partial_table(reports, "inside words"),
        card_text.CALIBRATION.format(threshold=test["server's threshold"], **errors),
        calibration_table(test),
        card_text.DRAFTS,
        draft_table(test),
        card_text.EDITS,
        edit_table(reports),
        card_text.SAME,
        any_table(reports["verify"]),
        card_text.QUANTISED,
        any_table(reports["verify_q8_0"]),
        card_text.MEMORISED.format(least=LEAST),
        *(f"\n{name}:\n\n{any_table(run)}" for name, run in reports["memorised"]["runs"].items()),
    ]
    return "".join(parts)


def made(manifest: dict, configuration: Configuration, entry: dict, comparisons: str, commands: str) -> str:
    """Data, licences and the run, with what it was compared with."""
    sizes = Counter()
    counts = Counter()
    for row in manifest["packages"]:
        if row["seen"]:
            sizes[row["licence"]] += row["bytes"]
            counts[row["licence"]] += 1
    licences = [[name, counts[name], f"{size:,}"] for name, size in sizes.most_common()]
    settings = [
        [name, value] for part in (configuration.model, configuration.run) for name, value in asdict(part).items()
    ]
    curve = [[name, entry[name]] for name in ("seen", "unseen") if name in entry]
    return (
        "## How it was made\n\nLicences of the packages that were trained on, as their metadata has them (bytes with "
        "the held-out files):\n\n"
        + table(["licence", "packages", "bytes"], licences)
        + "\nThe run, from its configuration (lengths in tokens; `longest`: from this share of the run on):\n\n"
        + table(["", ""], settings)
        + ("\nBits per byte at the end, on the run's own validation windows:\n\n" + table(["", ""], curve))
        * bool(curve)
        + (f"\n{comparisons}\n" if comparisons else "")
        + commands
    )


def card(args: argparse.Namespace) -> str:
    """The whole text."""
    manifest = json.loads(args.manifest.read_text(encoding="utf-8"))
    reports = {name: read_report(getattr(args, name), command) for name, command in REPORTS.items()}
    configuration = read(args.configuration, args.set)
    check_identity(args, reports)
    entry, distilled, reader = (
        read_log(args.log, "train")[-1],
        read_log(args.distil_log, "distil"),
        gguf.GGUFReader(args.gguf),
    )
    check_logs(args, entry["step"], configuration.run.steps, distilled[-1], reports["verify"])
    names = named(reader)
    longest = max(length for _, length in configuration.run.longest)
    limits = card_text.LIMITS.format(
        languages=names["languages"],
        longest=longest,
        context=configuration.model.context_length,
        line_start=on_test(reports["test"], "exact", "line start"),
    )
    openings = [
        [row["at"], f"`{row['gguf'][:16]}`", f"`{row['manifest'][:16]}`"] for row in reports["test"]["openings"]
    ]
    return "\n".join(
        [
            introduction(reports, entry["seconds"] + distilled[-1]["seconds"], names, args.hardware)
            + facts(reader, args, manifest, entry, distilled),
            measured(reports),
            limits,
            card_text.PROMPT,
            made(
                manifest,
                configuration,
                entry,
                markdown(args.comparisons) if args.comparisons else "",
                card_text.COMMANDS if names["name"] == NAME else "",
            ),
            "Openings of the test split (file and corpus manifest by the beginning of their sha256):\n",
            table(["at", "file", "manifest"], openings),
        ]
    )


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("--gguf", type=Path, default=Path(".training/model.gguf"))
    parser.add_argument("--log", type=Path, default=Path(".training/train.jsonl"))
    parser.add_argument("--distil-log", type=Path, default=Path(".training/distilled.jsonl"))
    parser.add_argument("--configuration", type=Path, default=Path("training/configurations/starter.toml"))
    parser.add_argument("--set", action="append", default=[], metavar="TABLE.KEY=VALUE", help="as for training.train")
    parser.add_argument("--manifest", type=Path, default=Path(".training/corpus/manifest.json"))
    parser.add_argument("--tune", type=Path, default=Path(".training/tune.json"))
    parser.add_argument("--test", type=Path, default=Path(".training/test.json"))
    parser.add_argument("--start", default="random", help="where the first weights came from (default: %(default)s)")
    parser.add_argument(
        "--hardware", default="two processor cores", help="what it was trained on (default: %(default)s)"
    )
    parser.add_argument("--verify", type=Path, default=Path(".training/verify.json"), help="of the F32 file")
    parser.add_argument("--verify-q8_0", type=Path, default=Path(".training/verify-q8_0.json"))
    parser.add_argument("--memorised", type=Path, default=Path(".training/memorised.json"))
    parser.add_argument("--comparisons", type=Path, help="Markdown lines on the run, beside its settings")
    parser.add_argument("--out", type=Path, help="folder of the card (default: the folder of --gguf)")
    args = parser.parse_args()
    out = args.out or args.gguf.parent
    text = card(args)
    (out / "MODEL_CARD.md").write_text(text, encoding="utf-8")
    packages = json.loads(args.manifest.read_text(encoding="utf-8"))["packages"]
    name = named(gguf.GGUFReader(args.gguf))["name"]
    (out / "NOTICE").write_text(notice(packages, name), encoding="utf-8")


if __name__ == "__main__":
    main()
