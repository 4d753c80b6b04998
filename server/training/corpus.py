"""Collect the training corpus from Python source that is on this machine.

Reads the standard library of the running interpreter and the distributions below a
folder filled by `pip install --target` (see README.md), keeps permissively licensed
ones, cleans, drops exact and near duplicates, and fixes what is held out.
Writes `corpus.jsonl` (one file a line) and the small `manifest.json` and `NOTICE`.
"""

import argparse
import collections
import concurrent.futures
import functools
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from training import cleaning, languages
from training.command_help import Help
from training.near_duplicates import HeldOutLines, Novelty
from training.packages import SEED, Document, Package, fraction, is_seen, split_of
from training.sources_pypi import distributions, standard_library
from training.unwanted import cuts_foreign_licence

TEST_SHARE = 0.25
"""How many of the packages' own tests are kept: they repeat themselves most."""

UNCAPPED = ("python",)


@dataclass(frozen=True)
class Cleaned:
    """A package's files that are worth it, in a seeded order, and why the others are not."""

    documents: list[Document]
    why: collections.Counter[str]


def clean(package: Package, cap: int) -> Cleaned:
    """Clean the files of `package` until there is enough training text.

    That is half as much again as `cap` bytes, since duplicates go later; the held-out
    files are all there. The seeded order takes files from all over a large package.
    """
    documents: list[Document] = []
    why: collections.Counter[str] = collections.Counter()
    room = float("inf") if package.name in UNCAPPED else 1.5 * cap
    for path, file in sorted(package.files, key=lambda item: fraction("order", package.name, item[0])):
        split = split_of(package.name, path)
        if split == "train" and room <= 0:
            why["over the cap"] += 1
            continue
        if _is_test(path, package.language) and fraction("test", package.name, path) > TEST_SHARE:
            why["tests"] += 1
            continue
        try:
            text = file.read_bytes().decode("utf-8").replace("\r\n", "\n")
        except (UnicodeDecodeError, OSError):
            why["unreadable"] += 1
            continue
        text, reason = _cleaned(text, package.language)
        if reason:
            why[reason] += 1
            continue
        if split == "train":
            room -= len(text.encode())
        documents.append(Document(package.name, path, split, is_seen(package.name), text, package.language))
    return Cleaned(documents, why)


def _is_test(path: str, language: str) -> bool:
    return cleaning.is_test(path) if language == "python" else languages.is_test(path)


def _cleaned(text: str, language: str) -> tuple[str, str | None]:
    """The text without notices, and why it is left out, if it is."""
    strip = cleaning.strip_header if language == "python" else languages.strip_notices
    before, text = text, strip(text).rstrip() + "\n"
    if cuts_foreign_licence(before, text):
        return text, "licence of its own"
    reason = cleaning.refusal(text, language)
    if reason is None and language == "javascript" and languages.compiled(text):
        reason = "generated"
    return text, reason


def select(documents: Iterable[Document], cap: int, why: collections.Counter[str]) -> Iterator[Document]:
    """What is kept of the cleaned files: nothing twice, at most `cap` bytes of training text a package.

    Unseen packages come first, then the held-out files of all packages: a copy of
    either elsewhere is dropped from training. `why` counts what is dropped.
    """
    novelty, held_out = Novelty(), HeldOutLines()
    room: collections.Counter[str] = collections.Counter()
    for document in sorted(documents, key=lambda document: (document.seen, document.split == "train")):
        size = len(document.text.encode())
        train = document.split == "train"
        if train and document.package not in UNCAPPED and room[document.package] + size > cap:
            why["over the cap"] += 1
        elif train and held_out.given_away_by(document.text):
            why["gives away a held-out file"] += 1
        elif not novelty.admit(document.text):
            why["duplicate"] += 1
        else:
            if train:
                room[document.package] += size
            else:
                held_out.add(document.text)
            yield document


def manifest(packages: list[Package], kept: list[Document], why: dict[str, int], refused: list[str]) -> dict:
    """What the corpus is, small enough to be committed."""
    by_package: dict[str, list[Document]] = collections.defaultdict(list)
    for document in kept:
        by_package[document.package].append(document)
    rows = []
    for package in sorted(packages, key=lambda package: package.name):
        found = by_package.get(package.name)
        if found:
            hashes = sorted(hashlib.sha256(document.text.encode()).hexdigest() for document in found)
            rows.append(
                {
                    "package": package.name,
                    "version": package.version,
                    "licence": package.licence,
                    "files": len(found),
                    "bytes": sum(len(document.text.encode()) for document in found),
                    "sha256": hashlib.sha256("\n".join(hashes).encode()).hexdigest(),
                    "seen": is_seen(package.name),
                }
            )
    totals: collections.Counter[str] = collections.Counter()
    for document in kept:
        totals[f"{document.split} files"] += 1
        totals[f"{document.split} bytes"] += len(document.text.encode())
    digest = hashlib.sha256("\n".join(row["sha256"] for row in rows).encode()).hexdigest()
    return {
        "seed": SEED,
        "sha256": digest,
        "totals": dict(sorted(totals.items())),
        "left out": dict(sorted(why.items())),
        "refused by licence": refused,
        "packages": rows,
    }


def notice(rows: list[dict], name: str = "Foretoken Starter") -> str:
    """The NOTICE that goes next to the model of that name: whose source it was trained on."""
    head = (
        f"{name} was trained on the source code of the following packages,\n"
        "each under its own permissive licence. The file holds weights learnt from that code,\n"
        "not the code itself; short passages of it may come out again.\n\n"
    )
    return head + "".join(f"{row['package']} {row['version']}: {row['licence']}\n" for row in rows if row["seen"])


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("--site", type=Path, default=Path(".training/site"), help="folder of installed packages")
    parser.add_argument("--out", type=Path, default=Path(".training/corpus"), help="output folder")
    parser.add_argument(
        "--cap",
        type=int,
        default=1_200_000,
        help="bytes of training text per package, the standard library excepted (default %(default)s)",
    )
    parser.add_argument("--processes", type=int, default=2, help="processes that clean (default %(default)s)")
    args = parser.parse_args()
    packages, refused = distributions(args.site)
    packages = sorted([*packages, standard_library()], key=lambda package: package.name)
    why: collections.Counter[str] = collections.Counter()
    cleaned: list[Document] = []
    with concurrent.futures.ProcessPoolExecutor(args.processes) as executor:
        for result in executor.map(functools.partial(clean, cap=args.cap), packages):
            cleaned += result.documents
            why += result.why
    kept = list(select(cleaned, args.cap, why))
    args.out.mkdir(parents=True, exist_ok=True)
    with (args.out / "corpus.jsonl").open("w", encoding="utf-8") as stream:
        for document in kept:
            stream.write(json.dumps(asdict(document)) + "\n")
    summary = manifest(packages, kept, why, refused)
    (args.out / "manifest.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    (args.out / "NOTICE").write_text(notice(summary["packages"]), encoding="utf-8")
    print(json.dumps({key: value for key, value in summary.items() if key != "packages"}, indent=1))
    print(f"{len(summary['packages'])} packages")


if __name__ == "__main__":
    main()
