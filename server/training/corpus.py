"""Collect the training corpus from Python source that is on this machine.

Reads the standard library of the running interpreter and the distributions below a
folder filled by `pip install --target` (see README.md), keeps permissively licensed
ones, cleans, drops exact and near duplicates, and fixes what is held out.
Writes `corpus.jsonl` (one file a line) and the small `manifest.json` and `NOTICE`.
"""

import argparse
import collections
import email
import hashlib
import json
import platform
import sysconfig
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from training.cleaning import is_test, path_allowed, refusal, strip_header
from training.licences import permissive

SEED = "foretoken-starter-1"
UNSEEN = {"pexpect": "tune", "cloudpickle": "tune", "websockets": "test", "openapi-spec-validator": "test"}
"""Whole packages that the model never sees, and which evaluation may look at them."""

HELD_OUT_SHARE = 0.02
TEST_SHARE = 0.25
"""How many of the packages' own tests are kept: they repeat themselves most."""


@dataclass(frozen=True)
class Package:
    """One distribution (or the standard library) and its Python files."""

    name: str
    version: str
    licence: str
    files: tuple[tuple[str, Path], ...]  # (path inside the workspace, file)


@dataclass(frozen=True)
class Document:
    """One kept source file. `split`: train, tune or test; `seen`: is its package trained on?"""

    package: str
    path: str
    split: str
    seen: bool
    text: str


def standard_library() -> Package:
    """The running interpreter's library, without its tests and site-packages."""
    root = Path(sysconfig.get_path("stdlib"))
    files = []
    for file in sorted(root.rglob("*.py")):
        path = file.relative_to(root).as_posix()
        if path_allowed(path) and not path.startswith(("test/", "site-packages/", "ensurepip/")):
            files.append((path, file))
    return Package("python", platform.python_version(), "PSF-2.0", tuple(files))


def distributions(site: Path) -> tuple[list[Package], list[str]]:
    """Permissive packages below `site`, and the names of the refused ones."""
    packages, refused = [], []
    for info in sorted(site.glob("*.dist-info")):
        metadata = email.message_from_string((info / "METADATA").read_text("utf-8", "replace"))
        name = metadata["Name"].lower()
        licence = permissive(metadata)
        if licence is None:
            refused.append(name)
            continue
        files = []
        for line in (info / "RECORD").read_text("utf-8").splitlines():
            path = line.split(",")[0]
            if path_allowed(path) and not path.startswith(("..", "/")):
                files.append((path, site / path))
        packages.append(Package(name, metadata["Version"], licence, tuple(sorted(files))))
    return packages, refused


def _fraction(*parts: str) -> float:
    """A number in [0, 1) that depends on the seed and `parts` alone."""
    digest = hashlib.sha256("\0".join((SEED, *parts)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def split_of(package: str, path: str) -> str:
    """train, tune or test, fixed by the seed and the file's name."""
    if package in UNSEEN:
        return UNSEEN[package]
    draw = _fraction("hold", package, path)
    if draw < HELD_OUT_SHARE / 2:
        return "tune"
    return "test" if draw < HELD_OUT_SHARE else "train"


class Novelty:
    """Near-duplicate test: is at least half of a file's text in lines not met before?"""

    def __init__(self) -> None:
        self._files: set[bytes] = set()
        self._lines: set[int] = set()

    def admit(self, text: str) -> bool:
        """Whether `text` is new enough; remembers its lines if so."""
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        if digest in self._files:
            return False
        lines = [hash(line.strip()) for line in text.split("\n") if len(line.strip()) >= 20]
        new = [line for line in lines if line not in self._lines]
        if not lines or len(new) < len(lines) / 2:
            return False
        self._files.add(digest)
        self._lines.update(new)
        return True


def documents(packages: list[Package], cap: int, why: collections.Counter[str]) -> Iterator[Document]:
    """Kept files, at most `cap` bytes of training text a package; `why` counts the rest.

    Unseen packages come first, so that a copy of them elsewhere is dropped from training.
    """
    novelty = Novelty()
    for package in sorted(packages, key=lambda package: (package.name not in UNSEEN, package.name)):
        # In a seeded order, so that the cap takes files from all over a large package.
        order = sorted(package.files, key=lambda item: _fraction("order", package.name, item[0]))
        room = cap * (3 if package.name == "python" else 1)
        for path, file in order:
            split = split_of(package.name, path)
            if split == "train" and room <= 0:
                why["over the cap"] += 1
                continue
            if is_test(path) and _fraction("test", package.name, path) > TEST_SHARE:
                why["tests"] += 1
                continue
            try:
                text = file.read_bytes().decode("utf-8").replace("\r\n", "\n")
            except (UnicodeDecodeError, OSError):
                why["unreadable"] += 1
                continue
            text = strip_header(text)
            reason = refusal(text)
            if reason is None and not novelty.admit(text):
                reason = "duplicate"
            if reason:
                why[reason] += 1
                continue
            if split == "train":
                room -= len(text.encode())
            yield Document(package.name, path, split, package.name not in UNSEEN, text.rstrip() + "\n")


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
                    "seen": package.name not in UNSEEN,
                }
            )
    totals = collections.Counter()
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


def notice(rows: list[dict]) -> str:
    """The NOTICE that goes next to the model: whose source it was trained on."""
    head = (
        "Foretoken Starter was trained on the source code of the following packages,\n"
        "each under its own permissive licence. The file holds weights learnt from that code,\n"
        "not the code itself; short passages of it may come out again.\n\n"
    )
    return head + "".join(f"{row['package']} {row['version']}: {row['licence']}\n" for row in rows if row["seen"])


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--site", type=Path, default=Path(".training/site"), help="folder of installed packages")
    parser.add_argument("--out", type=Path, default=Path(".training/corpus"), help="output folder")
    parser.add_argument(
        "--cap",
        type=int,
        default=1_500_000,
        help="bytes of training text per package (default %(default)s; the standard library thrice)",
    )
    args = parser.parse_args()
    packages, refused = distributions(args.site)
    packages.append(standard_library())
    why: collections.Counter[str] = collections.Counter()
    kept = list(documents(packages, args.cap, why))
    args.out.mkdir(parents=True, exist_ok=True)
    with (args.out / "corpus.jsonl").open("w", encoding="utf-8") as stream:
        for document in kept:
            stream.write(json.dumps(asdict(document)) + "\n")
    summary = manifest(packages, kept, why, refused)
    (args.out / "manifest.json").write_text(json.dumps(summary, indent=1) + "\n")
    (args.out / "NOTICE").write_text(notice(summary["packages"]))
    print(json.dumps({key: value for key, value in summary.items() if key != "packages"}, indent=1))
    print(f"{len(summary['packages'])} packages")


if __name__ == "__main__":
    main()
