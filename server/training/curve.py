"""The validation curve of a run as CSV and PNG, from the log that `train` writes."""

import argparse
import csv
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (the backend must be chosen first)

from training.command_help import Help

CURVES = {"unseen": "packages never seen", "seen": "held-out files of seen packages"}


def read(log: Path) -> list[dict[str, float]]:
    """The entries of a log, without those that a resumed run did again."""
    entries: dict[int, dict[str, float]] = {}
    for line in log.read_text("utf-8").splitlines():
        entry = json.loads(line)
        entries = {step: old for step, old in entries.items() if step < entry["step"]}
        entries[entry["step"]] = entry
    return list(entries.values())


def write_csv(entries: list[dict[str, float]], path: Path) -> None:
    """One row an entry, with the log's own names."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(entries[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(entries)


def plot(entries: list[dict[str, float]], path: Path) -> None:
    """Bits per byte over tokens, with the learning rate behind."""
    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    tokens = [entry["tokens"] / 1e6 for entry in entries]
    for name, label in CURVES.items():
        axes.plot(tokens, [entry[name] for entry in entries], label=label, marker=".", markersize=4)
    axes.set(xlabel="training tokens, millions", ylabel="bits per byte", title="Validation (tune split)")
    axes.set_ylim(top=min(2.5, max(entry["unseen"] for entry in entries)) + 0.05)
    axes.grid(alpha=0.3)
    rate = axes.twinx()
    rate.fill_between(tokens, [entry["rate"] for entry in entries], color="grey", alpha=0.12, label="learning rate")
    rate.set(ylim=(0, 3), yticks=[])
    handles = [*axes.get_legend_handles_labels()[0], *rate.get_legend_handles_labels()[0]]
    axes.legend(handles=handles, loc="upper right")
    figure.savefig(path, dpi=130)


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("--log", type=Path, default=Path(".training/train.jsonl"))
    parser.add_argument("--out", type=Path, default=Path(".training/curve"), help="without suffix (%(default)s)")
    args = parser.parse_args()
    entries = read(args.log)
    write_csv(entries, args.out.with_suffix(".csv"))
    plot(entries, args.out.with_suffix(".png"))


if __name__ == "__main__":
    main()
