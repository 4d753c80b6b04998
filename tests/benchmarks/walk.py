"""How long the files of a workspace take to find, against ``git ls-files`` in the same run.

A tree of --files files in --folders folders with some ignore files is made in a temporary folder. Each round times
Foretoken's walk, Git's answer to the same question (files that are tracked or would be) and a bare ``os.scandir`` walk
with a ``stat`` a file, which is what no walk in Python can avoid. ``--no-git`` leaves Git out where there is none.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from foretoken.trust.ignored import IgnoreRules
from foretoken.trust.walk import Walk

IGNORE = """\
# what a large repository's top-level file looks like
*.py[cod]
*.log
*.tmp
*.swp
*~
.DS_Store
build/
dist/
/out
*.egg-info/
coverage.xml
docs/_build/
**/generated/*.py
!keep.log
node_modules/
*.o
*.so.*
[Bb]in/
tmp-*/
/data/*.csv
"""
NESTED = "*.bak\n/local.py\n!*.tmp\n"
ROUNDS = 5


def make_tree(root: Path, files: int, folders: int) -> int:
    """The tree; how many of its files are not ignored."""
    subprocess.run(["git", "init", "-q", root], check=False, capture_output=True)
    (root / ".gitignore").write_text(IGNORE, encoding="utf-8")
    kept = 1
    each = files // folders
    for number in range(folders):
        folder = root / f"area{number % 10}" / f"part{number % 100}" / f"package_{number}"
        folder.mkdir(parents=True)
        if number % 100 == 0:
            (folder / ".gitignore").write_text(NESTED, encoding="utf-8")
            kept += 1
        for index in range(each):
            suffix = ("py", "py", "py", "ts", "md", "json", "py", "rs", "py", "log")[index % 10]
            kept += suffix != "log"
            (folder / f"module_{index}.{suffix}").write_bytes(b"x = 1\n")
    return kept


def ours(root: Path) -> int:
    return sum(1 for _ in Walk(IgnoreRules(root), max_files=10_000_000))


def git(root: Path) -> int:
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    return subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.count(b"\0")


def bare(root: Path) -> int:
    pending, count = [str(root)], 0
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)
                    count += 1
    return count


def peak() -> float:
    """The most memory that this process has held, in MB. ``ru_maxrss`` would begin with its parent's."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def timed(name: str, walk: Callable[[Path], int], root: Path) -> tuple[float, int]:
    times, found = [], 0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = walk(root)
        times.append(time.perf_counter() - start)
    middle = statistics.median(times)
    print(f"{name:<12} {middle:7.3f} s  ({min(times):.3f} to {max(times):.3f})  {found:,} files")
    return middle, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--folders", type=int, default=1000)
    parser.add_argument("--no-git", action="store_true")
    parser.add_argument(
        "--memory", metavar="FOLDER", type=Path, help="only say what a walk of FOLDER adds to a process"
    )
    arguments = parser.parse_args()
    if arguments.memory is not None:
        before = peak()
        ours(arguments.memory)
        print(f"{peak() - before:.1f} MB")
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        kept = make_tree(root, arguments.files, arguments.folders)
        mine, found = timed("foretoken", ours, root)
        if found != kept:
            raise SystemExit(f"{found} files were found, {kept} were made that no rule ignores")
        grown = subprocess.run([sys.executable, __file__, "--memory", root], capture_output=True, check=True, text=True)
        print(
            f"{'':<12} {found / mine:,.0f} files a second; {grown.stdout.strip()} more at the peak of a fresh process"
        )
        if not arguments.no_git:
            theirs, found = timed("git", git, root)
            print(f"{'':<12} foretoken takes {mine / theirs:.2f} times as long; it also gives sizes and times")
            if found != kept:
                raise SystemExit(f"git found {found} files, not {kept}")
        least, _ = timed("os.scandir", bare, root)
        print(f"{'':<12} foretoken takes {mine / least:.2f} times as long")


if __name__ == "__main__":
    main()
