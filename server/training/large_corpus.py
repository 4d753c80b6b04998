"""Collect the corpus of the large model: the starter's Python and seven more languages.

The other languages come from folders that `npm pack` and `apt-get` filled with the packages
of `large-packages.txt`. They are cleaned, held out and freed of near duplicates by the same
rules as Python. Writes `corpus.jsonl` with the starter's documents in front, and
`manifest.json` and `NOTICE` with the packages of both.
"""

import argparse
import collections
import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path

from training.command_help import Help
from training.corpus import clean, manifest, notice, select
from training.packages import Document, Package
from training.sources_debian import debian_packages
from training.sources_npm import npm_packages


def collect(npm: Path, debian: Path, work: Path, cap: int) -> tuple[list[Document], dict[str, object]]:
    """The documents of the other languages, and their manifest. Archives are unpacked below `work`."""
    from_npm, refused = npm_packages(npm, work / "npm")
    from_debian, also_refused = debian_packages(debian, work / "debian")
    packages = sorted([*from_npm, *from_debian], key=lambda package: package.name)
    why: collections.Counter[str] = collections.Counter()
    cleaned: list[Document] = []
    for package in packages:
        result = clean(package, cap)
        cleaned += result.documents
        why += result.why
    kept = list(select(cleaned, cap, why))
    summary = manifest(packages, kept, why, refused + also_refused)
    _add_languages(summary, packages, kept)
    return kept, summary


def _add_languages(summary: dict, packages: list[Package], kept: list[Document]) -> None:
    language_of = {package.name: package.language for package in packages}
    for row in summary["packages"]:
        row["language"] = language_of[row["package"]]
    totals: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for document in kept:
        totals[document.language][f"{document.split} files"] += 1
        totals[document.language][f"{document.split} bytes"] += len(document.text.encode())
    summary["languages"] = {language: dict(sorted(total.items())) for language, total in sorted(totals.items())}


def joined(starter: dict, others: dict) -> dict:
    """One manifest of the starter's corpus and that of the other languages. What was left out is named of the others:
    of the starter's packages its own manifest says it."""
    rows = [{**row, "language": "python"} for row in starter["packages"]] + others["packages"]
    totals = collections.Counter(starter["totals"])
    totals.update(others["totals"])
    named = dict(others)
    named["left out of the other languages"] = named.pop("left out")
    named["refused by licence, or without source"] = named.pop("refused by licence")
    return {
        **named,
        "starter": starter["sha256"],
        "sha256": hashlib.sha256("\n".join(row["sha256"] for row in rows).encode()).hexdigest(),
        "totals": dict(sorted(totals.items())),
        "languages": {**others["languages"], "python": starter["totals"]},
        "packages": rows,
    }


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("--starter", type=Path, default=Path(".training/corpus"), help="output of training.corpus")
    parser.add_argument("--npm", type=Path, default=Path(".training/npm"), help="folder of .tgz files")
    parser.add_argument("--debian", type=Path, default=Path(".training/debian"), help="folder of source packages")
    parser.add_argument("--out", type=Path, default=Path(".training/corpus-large"), help="output folder")
    parser.add_argument(
        "--cap", type=int, default=400_000, help="bytes of training text per package (default %(default)s)"
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    kept, summary = collect(args.npm, args.debian, args.out / "unpacked", args.cap)
    shutil.rmtree(args.out / "unpacked")
    with (args.out / "corpus.jsonl").open("w", encoding="utf-8") as stream:
        with (args.starter / "corpus.jsonl").open(encoding="utf-8") as starter:
            shutil.copyfileobj(starter, stream)
        for document in kept:
            stream.write(json.dumps(asdict(document)) + "\n")
    summary = joined(json.loads((args.starter / "manifest.json").read_text(encoding="utf-8")), summary)
    (args.out / "manifest.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    (args.out / "NOTICE").write_text(notice(summary["packages"], "The large model"), encoding="utf-8")
    print(json.dumps({key: value for key, value in summary.items() if key != "packages"}, indent=1))
    print(f"{len(summary['packages'])} packages")


if __name__ == "__main__":
    main()
