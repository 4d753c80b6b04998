"""Workspaces that are out of the ordinary, and two windows on one: time, memory, and what the user is told.

*many*: --files small files in a thousand folders. *long line*: one line of 50 MB and one of 990,000 bytes beside a file of
code, on the disk and then open in the editor as well; timed is the code file's answer behind them. *links*: folders that
link to themselves, to each other and outside, and links that lead nowhere. *unreadable*: folders and files without
permissions; the worker of root runs without the capabilities that let root read them (setpriv). Memory: peak of the
worker with its analyser processes (PSS). *two windows* on one workspace: both answer, one writes; then the writer is
killed, as when its editor dies (*dies*: nobody starts it again) or alone (*restarts*: its client does). *takes over*: seconds
until some worker writes; *sees*: until the other window answers with a file that was written after the kill.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index_load import Sampler, Window, head, indexes_in, kill_family, row

from foretoken.index.events import Notice, Role

CODE = 'def present(value):\n    """A file of code."""\n    return value\n'
LONG = 50_000_000
BELOW_LIMIT = 990_000
PATIENCE = 20.0  # seconds for one answer


def many(root: Path, files: int) -> None:
    for number in range(files):
        folder = root / f"area{number % 10}" / f"part{number % 1000}"
        if number < 1000:
            folder.mkdir(parents=True)
        (folder / f"m{number}.py").write_text(
            f"import os\n\n\ndef f{number}(value):\n    return os.path.join(value, '{number}')\n"
        )


def long_line(root: Path) -> None:
    (root / "long.js").write_text("x=[" + "1," * (LONG // 2) + "1]\n")
    (root / "long.py").write_text("x = " + "(" * (BELOW_LIMIT // 2) + "\n")
    (root / "long.json").write_text("[" + '{"a":[' * (BELOW_LIMIT // 6))


def links(root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "secret_plan.py").write_text("def outside(): pass\n")
    for name in ("a", "b", "a/deep/deeper"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for link, target in (("a/up", ".."), ("a/deep/deeper/top", "../../.."), ("b/other", "../a"), ("a/back", "../b"),
                         ("self", "self"), ("nowhere", "missing"), ("out", str(outside)), ("a/one.py", "../present.py"),
                         ("b/far.py", str(outside / "secret_plan.py"))):  # fmt: skip
        (root / link).symlink_to(target)


def unreadable(root: Path) -> None:
    for number in range(20):
        folder = root / f"closed{number}"
        folder.mkdir()
        (folder / "inside.py").write_text(CODE)
        folder.chmod(0o000 if number % 2 else 0o444)
    (root / "closed.py").write_text(CODE)
    (root / "closed.py").chmod(0o000)


def unprivileged() -> Any:
    """A worker for which permissions count, also when root starts it."""
    command = [sys.executable, "-P", "-m", "foretoken.index"]
    if os.geteuid() == 0:
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", *command]
    stderr = tempfile.TemporaryFile()  # noqa: SIM115
    popen = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, bufsize=0, start_new_session=True
    )
    return popen, stderr


async def case(title: str, scratch: Path, make: Callable[[Path], None], opened: bool = False, **options: Any) -> None:
    root = scratch / title.replace(" ", "-") / "w"
    root.mkdir(parents=True)
    (root / "present.py").write_text(CODE)
    make(root)
    began = time.perf_counter()
    window = Window(**options)
    window.client.set_up([str(root)])
    pid = await window.until(lambda: window.client.status.pid)
    sampler = Sampler(pid)
    await window.ready()
    seconds = window.events[-1][0] - began
    asked = time.perf_counter()
    if opened:
        for name, language in (("long.js", "javascript"), ("long.py", "python"), ("long.json", "json")):
            path = root / name
            window.client.opened(str(path), language, path.read_text())
            await window.client.symbols(str(path), seconds=PATIENCE)
    found = [str(Path(path).relative_to(root)) for path, _ in await window.client.find("present", seconds=PATIENCE)]
    answer = f"{1000 * (time.perf_counter() - asked):.0f}" if found == ["present.py"] else f"none ({found})"
    finished, alive = window.finished()[0], window.client.status.pid == pid
    row(title, f"{finished.files:,}", f"{seconds:.2f}", answer, f"{sampler.stop() / 1e6:.0f}",
        "yes" if alive else "no", "; ".join(f"{reason}: {count:,}" for reason, count in finished.left_out.items()) or "-",
        " ".join(event.text for _, _, event in window.events if isinstance(event, Notice)) or "-")  # fmt: skip
    await window.client.close()


async def windows(scratch: Path, dies: bool, number: int) -> tuple[float, float]:
    """Seconds from the kill until some worker writes, and until the second window sees a file written after it."""
    root = scratch / f"two-{dies}-{number}" / "w"
    root.mkdir(parents=True)
    for each in range(200):
        (root / f"m{each}.py").write_text(f"def f{each}(value):\n    return value\n")
    first, second = Window(pauses=(3600.0,)) if dies else Window(), Window()
    for window in (first, second):
        window.client.set_up([str(root)])
        await window.ready()
    assert [event.writer for _, _, event in second.events if isinstance(event, Role)] == [False], "two writers"
    for window in (first, second):
        assert await window.sees("f7") == [str(root / "m7.py")]
    pid = first.client.status.pid
    assert pid is not None
    killed = time.perf_counter()
    kill_family(pid)
    (root / "new.py").write_text("def written_after(value):\n    return value\n")

    def taken() -> float:
        return min((when for window in (first, second) for when, _, event in window.events
                    if when > killed and isinstance(event, Role) and event.writer), default=0.0)  # fmt: skip

    async with asyncio.timeout(60):
        while not taken():
            await asyncio.sleep(0.005)
    await second.sees("written_after")
    sees = time.perf_counter()
    for window in (first, second):
        await window.client.close()
    return taken() - killed, sees - killed


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5, help="of two windows, each way")
    cases = ["many", "long", "links", "unreadable", "windows"]
    parser.add_argument("--cases", nargs="+", default=cases, choices=cases)
    arguments = parser.parse_args()
    scratch = Path(tempfile.mkdtemp())
    try:
        with indexes_in(scratch / "indexes"):
            head("workspace", "files indexed", "s", "answer, ms", "peak, MB", "worker lives", "left out", "told")
            if "links" in arguments.cases:
                await case("links", scratch, links)
            if "unreadable" in arguments.cases:
                await case("unreadable", scratch, unreadable, start=unprivileged)
            if "long" in arguments.cases:
                await case("long line", scratch, long_line)
                await case("long line, open", scratch, long_line, opened=True)
            if "many" in arguments.cases:
                await case("many", scratch, lambda root: many(root, arguments.files))
            if "windows" in arguments.cases:
                print()
                head("two windows, s", "takes over: median", "longest", "sees: median", "longest", "rounds")
                for dies in (True, False):
                    found = [await windows(scratch, dies, number) for number in range(arguments.rounds)]
                    over, sees = zip(*found, strict=True)
                    row("dies" if dies else "restarts", f"{statistics.median(over):.2f}", f"{max(over):.2f}",
                        f"{statistics.median(sees):.2f}", f"{max(sees):.2f}", arguments.rounds)  # fmt: skip
    finally:
        for path in scratch.rglob("closed*"):
            path.chmod(0o700)
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main())
