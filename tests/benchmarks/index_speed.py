"""Lines a second and processor second of a first index, against universal-ctags over the same files in the same run.

FOLDER: a workspace (``million_lines.py`` makes one). *whole*: the worker that an editor window starts, with its analyser
processes, from nothing to everything stored and every import resolved, by the clock and by the processor time of all its
processes. Then each language for itself, in a folder of hard links to its files: the same indexer, less what an index of
an empty file takes, which is the start of two Python processes; *parse*: tree-sitter alone, in one process, of
texts that are in memory; *ctags*: its processor seconds for those kinds of definitions that we find too, with lines, ends,
signatures and scopes, and for references to imported things (``--extras=+r``), written nowhere. ctags finds no other
references and counts no words. A language that ctags does not know has no baseline.
"""

import argparse
import asyncio
import os
import queue
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from against_ctags import CTAGS
from index_load import Window, head, indexes_in, line_count, row

from foretoken.index.events import Event, Finished, Role
from foretoken.index.indexer import Indexer
from foretoken.index.language import language_of
from foretoken.syntax.grammar import grammar
from foretoken.syntax.tree import parse
from foretoken.trust.left import Left
from foretoken.trust.workspace_files import WorkspaceFiles

SMALL = 2000  # lines; languages with fewer are not measured for themselves


def by_language(root: Path) -> dict[str, list[str]]:
    """The files that an index takes, by language."""
    files, found = WorkspaceFiles(root), defaultdict(list)
    for file in files.walk():
        read = files.read(file.path)
        if not isinstance(read, Left):
            found[language_of(file.path, read.text)].append(file.path)
    return found


async def whole(root: Path) -> tuple[Finished, float, float]:
    """What the worker says, seconds by the clock from its start, processor seconds of all its processes."""
    before = children_seconds()
    window = Window()
    window.client.set_up([str(root)], watches=False)
    await window.ready()
    wall = window.events[-1][0] - window.spawned
    await window.client.close()
    return window.finished()[-1], wall, children_seconds() - before


def children_seconds() -> float:
    """Processor seconds of all processes below this one that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds by the clock and of the processor, of a command and all below it."""
    before, began = children_seconds(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began, children_seconds() - before


def index_here(root: Path, folder: Path, processes: int) -> None:
    """In a process of its own: a whole index from nothing."""
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    indexer = Indexer(root, folder, events.put, processes=processes)
    indexer.start()
    while not isinstance(event := events.get(), Finished):
        if isinstance(event, Role):
            indexer.sync()
    indexer.stop()


def ctags(root: Path, language: str, paths: list[str], scratch: Path) -> float | None:
    """Processor seconds."""
    if language not in CTAGS:
        return None
    name, kinds = CTAGS[language]
    listing = scratch / "list"
    listing.write_text("".join(f"{root / path}\n" for path in paths), encoding="utf-8")
    command = ["ctags", "--quiet=yes", "--options=NONE", "-L", str(listing), "-f", "-", "--sort=no", "--fields=+nKSe"]
    command += ["--extras=+r", f"--language-force={name}", f"--kinds-{name}={kinds}"]
    return measured(command)[1]


def parse_alone(root: Path, language: str, paths: list[str]) -> float | None:
    """Processor seconds."""
    if grammar(language) is None:
        return None
    files, seconds = WorkspaceFiles(root), 0.0
    for path in paths:
        read = files.read(path)
        assert not isinstance(read, Left)
        began = time.process_time()
        parse(read.text, language)
        seconds += time.process_time() - began
    return seconds


def index_links(root: Path, paths: list[str], scratch: Path) -> float:
    """Processor seconds of an index of these files alone, with one analyser process."""
    links, folder = scratch / "links", scratch / "one-index"
    for path in paths:
        place = links / path
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(root / path, place)
    folder.mkdir()
    return measured([sys.executable, __file__, str(links), "--one", str(folder)])[1]


def empty(scratch: Path) -> float:
    """Processor seconds of an index of one empty file."""
    (scratch / "empty/a").mkdir(parents=True)
    (scratch / "empty/a/a.py").touch()
    with tempfile.TemporaryDirectory(dir=scratch) as inner:
        return index_links(scratch / "empty", ["a/a.py"], Path(inner))


def rate(lines: int, seconds: float | None) -> str:
    return f"{lines / seconds:,.0f}" if seconds else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--one", type=Path, metavar="INDEX", help="only make an index of FOLDER there (for this script)"
    )
    parser.add_argument("--languages", nargs="+", default=[], help="only these for themselves (default: all)")
    arguments = parser.parse_args()
    root = arguments.folder.resolve()
    if arguments.one is not None:
        index_here(root, arguments.one, 1)
        return
    # Links only work on one file system.
    with tempfile.TemporaryDirectory(dir=root.parent) as name, indexes_in(Path(name, "indexes")):
        found = by_language(root)
        lines = {language: sum(line_count(root / path) for path in paths) for language, paths in found.items()}
        finished, wall, processor = asyncio.run(whole(root))
        size = sum(path.stat().st_size for path in Path(name, "indexes").rglob("*") if path.is_file())
        print(f"whole: {finished.files:,} files, {finished.lines:,} lines, {finished.symbols:,} definitions")
        print(f"{wall:.1f} s by the clock ({rate(finished.lines, wall)} lines a second), {processor:.1f} s of the "
              f"processor ({rate(finished.lines, processor)} lines a second); the index has {size / 2**20:.0f} MiB\n", flush=True)  # fmt: skip
        head("language", "files", "lines", "lines a CPU second", "parse alone", "ctags", "of ctags")
        floor = empty(Path(name))
        sums: dict[str, list[float]] = {"lines": [0, 0], "ours": [0, 0], "parse": [0, 0], "ctags": [0, 0]}
        for language in sorted(found, key=lambda each: -lines[each]):
            if arguments.languages and language not in arguments.languages or lines[language] < SMALL:
                continue
            with tempfile.TemporaryDirectory(dir=name) as scratch:
                ours = max(0.001, index_links(root, found[language], Path(scratch)) - floor)
                theirs = ctags(root, language, found[language], Path(scratch))
            parsed = parse_alone(root, language, found[language])
            for each, value in (("lines", lines[language]), ("ours", ours), ("parse", parsed), ("ctags", theirs)):
                sums[each][0] += value or 0
                sums[each][1] += (value or 0) if theirs is not None else 0
            row(language, f"{len(found[language]):,}", f"{lines[language]:,}", rate(lines[language], ours),
                rate(lines[language], parsed), rate(lines[language], theirs),
                f"{theirs / ours:.2f}" if theirs else "-")  # fmt: skip
        for title, at in (("sum", 0), ("sum of those with a baseline", 1)):
            total = int(sums["lines"][at])
            row(title, "", f"{total:,}", rate(total, sums["ours"][at]), rate(total, sums["parse"][at]),
                rate(total, sums["ctags"][1]) if at else "-",
                f"{sums['ctags'][1] / sums['ours'][1]:.2f}" if at and sums["ours"][1] else "-")  # fmt: skip
    print(f"\nan index of one empty file: {floor:.2f} s of the processor, taken off each language")
    print("ctags: " + subprocess.run(["ctags", "--version"], capture_output=True, text=True).stdout.partition("\n")[0])


if __name__ == "__main__":
    main()
