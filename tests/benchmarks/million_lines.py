"""Assembles a workspace of a million lines of real code from folders of real projects, for the index's benchmarks.

Each SOURCE is a project, or with --each a folder whose subfolders are projects. Files are copied, not linked, under
TARGET/<project>/; what the index would leave out anyhow (binary, generated, minified, over a megabyte, secrets by name) is
not copied, nor are texts that came already, nor files of no known language. Each language gets its share of the lines
(SHARES; what one cannot fill goes to the others); where it has more than that, every project gives the same part of its
files, a run of neighbours in order of path, so that imports still find their files. The same sources give the same
workspace: the hash over all paths and texts that is printed at the end says so.

    million_lines.py /tmp/million --each ~/src/python ~/src/java
"""

import argparse
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from foretoken.index.language import language_of
from foretoken.trust.left import Left
from foretoken.trust.reading import read_file
from foretoken.trust.skipped_folders import skipped_by_name

# Percent of the lines, as far as the sources have so many.
SHARES = {
    "python": 18, "java": 13, "typescript": 10, "javascript": 8, "go": 9, "c": 9, "rust": 7, "cpp": 4, "csharp": 4,
    "php": 4, "ruby": 4, "kotlin": 2, "scala": 2, "swift": 1, "lua": 1, "shellscript": 1, "typescriptreact": 3,
}  # fmt: skip
OTHER = 1  # for each language that is not named
TARGET_HELP = "the workspace to make; it must not exist"
LIST = "million_lines.json"  # beside the target: what was taken


@dataclass(frozen=True, slots=True)
class Taken:
    """path: in the workspace. digest: of the text."""

    source: Path
    path: str
    language: str
    lines: int
    digest: bytes


def candidates(project: Path) -> Iterator[Taken]:
    """The files of a project that an index would take, in order of their paths."""
    for folder, folders, names in os.walk(project):
        folders[:] = sorted(name for name in folders if skipped_by_name(name) is None and not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name).relative_to(project).as_posix()
            read = read_file(project, path)
            if isinstance(read, Left) or not read.text:
                continue
            language = language_of(path, read.text)
            if language == "plaintext" or name.startswith("."):
                continue
            lines = read.text.count("\n") + (not read.text.endswith("\n"))
            digest = blake2b(read.text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            yield Taken(project / path, f"{project.name}/{path}", language, lines, digest)


def quotas(there: dict[str, int], wanted: int) -> dict[str, int]:
    """Lines of each language: its share, and of what others cannot fill a part that grows with its share."""
    given: dict[str, int] = {}
    open_ = set(there)
    while open_:
        left = wanted - sum(given.values())
        weight = sum(SHARES.get(language, OTHER) for language in open_)
        short = {each for each in open_ if there[each] <= left * SHARES.get(each, OTHER) / weight}
        for each in short or open_:
            given[each] = there[each] if short else left * SHARES.get(each, OTHER) // weight + 1
        open_ -= short or open_
    return given


def choose(found: list[Taken], wanted: int) -> list[Taken]:
    there: dict[str, int] = defaultdict(int)
    groups: dict[tuple[str, str], list[Taken]] = defaultdict(list)
    for each in found:
        there[each.language] += each.lines
        groups[each.language, each.path.partition("/")[0]].append(each)
    given = quotas(dict(there), wanted)
    chosen: list[Taken] = []
    carried: dict[str, float] = defaultdict(float)  # lines that the projects before gave too many or too few of
    for (language, _), files in sorted(groups.items()):
        carried[language] += given[language] / there[language] * sum(each.lines for each in files)
        for each in files:
            if carried[language] <= 0:
                break
            chosen.append(each)
            carried[language] -= each.lines
    return sorted(chosen, key=lambda each: each.path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path, help=TARGET_HELP)
    parser.add_argument("sources", type=Path, nargs="*", metavar="SOURCE", help="folders, each one project")
    parser.add_argument("--each", type=Path, nargs="+", default=[], help="folders whose subfolders are projects")
    parser.add_argument("--lines", type=int, default=1_000_000, help="at least so many (default: a million)")
    arguments = parser.parse_args()
    if arguments.target.exists():
        sys.exit(f"{arguments.target} exists already")
    projects = [path.resolve() for path in arguments.sources]
    for folder in arguments.each:
        projects += sorted(path.resolve() for path in folder.iterdir() if path.is_dir())
    if not projects:
        sys.exit("no sources; see --help")
    found, seen = [], set[bytes]()
    for project in sorted(projects, key=lambda path: path.name):
        for each in candidates(project):
            if each.digest not in seen:
                seen.add(each.digest)
                found.append(each)
    chosen = choose(found, arguments.lines)
    total = sum(each.lines for each in chosen)
    if total < arguments.lines:
        print(f"the sources have only {total:,} lines of what can be taken", file=sys.stderr)
    whole, mix = blake2b(digest_size=8), defaultdict(lambda: [0, 0, 0])
    for each in chosen:
        data = each.source.read_bytes()
        place = arguments.target / each.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        whole.update(each.path.encode() + b"\0" + data + b"\0")
        for at, value in enumerate((1, each.lines, len(data))):
            mix[each.language][at] += value
            mix["all"][at] += value
    print("| language | files | lines | MiB | lines, % |\n| --- | --- | --- | --- | --- |")
    for language, (files, lines, size) in sorted(mix.items(), key=lambda row: -row[1][1]):
        print(f"| {language} | {files:,} | {lines:,} | {size / 2**20:.1f} | {100 * lines / total:.1f} |")
    print(f"\nhash {whole.hexdigest()}; {len({each.path.partition('/')[0] for each in chosen})} projects")
    listing = {"hash": whole.hexdigest(), "mix": {key: value for key, value in mix.items()}}
    arguments.target.with_name(arguments.target.name + "." + LIST).write_text(json.dumps(listing) + "\n")


if __name__ == "__main__":
    main()
