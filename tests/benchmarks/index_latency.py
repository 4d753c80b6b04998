"""How soon the index answers: a warm start, and a file that was just saved. On a workspace such as ``million_lines.py`` makes.

*warm*: the workspace is indexed; a worker is started, and asked where a name is defined until the answer is right (*first
answer*), and until it has compared everything with the disk and found nothing to do (*nothing to do*); seconds from before
the process is made. The baseline is *python*: how long a process takes that imports what the worker does and ends.

*saved*: a file gets a new text with a new name in it, by writing another file and moving it there as editors do, or by
writing into it; milliseconds from when that is done until the client's ``find`` answers with the name, asked each 2 ms. *sees*:
the worker watches by itself; *told*: it does not, and the client passes on didSave; *told of many*: didChangeWatchedFiles. Each
while nothing else happens and during a first index. The files lie in a folder of their own inside FOLDER, which is removed
at the end. The aims: 1 s, and 50 ms at p99.
"""

import argparse
import asyncio
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from index_load import Window, head, indexes_in, percentile, row

SAVES = "foretoken-saves"
ASK_SECONDS = 0.002
LOST_SECONDS = 5.0  # a save that is not seen within them is lost
MOST_LOST = 3
IMPORTS = "import foretoken.index.__main__"


async def first_index(root: Path) -> str:
    """Make the index; a name that only one file defines."""
    window = Window()
    window.client.set_up([str(root)], watches=False)
    await window.ready()
    for _, definition in await window.client.search("make", 50, seconds=60):
        if len(await window.client.find(definition.name, seconds=60)) == 1:
            break
    else:
        raise SystemExit("no name in the workspace is defined once")
    await window.client.close()
    finished = window.finished()[0]
    print(f"{finished.files:,} files, {finished.lines:,} lines; first index in {finished.seconds:.1f} s\n", flush=True)
    return definition.name


async def warm(root: Path, name: str, rounds: int) -> None:
    answered, compared, python = [], [], []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-P", "-c", IMPORTS], check=True)
        python.append(time.perf_counter() - began)
        window = Window()
        window.client.set_up([str(root)])
        await window.until(lambda window=window: window.client.status.pid)
        (path,) = await window.sees(name)
        answered.append(time.perf_counter() - window.spawned)
        assert path.startswith(str(root))
        await window.ready()
        compared.append(window.events[-1][0] - window.spawned)
        await window.client.close()
    head("warm start, s", "median", "longest", "rounds")
    for title, values in (("first answer", answered), ("nothing to do", compared), ("python", python)):
        row(title, f"{statistics.median(values):.2f}", f"{max(values):.2f}", rounds)


async def save(window: Window, root: Path, number: int, how: str, chance: random.Random) -> float | None:
    """Milliseconds until it is seen; None when it was not."""
    name, place = f"saved_{number}_{chance.randrange(10**9)}", root / SAVES / f"s{number % 10}.py"
    text = f"import os\n\n\ndef {name}(value):\n    return os.path.join(value, '{number}')\n"
    if number % 2:
        place.write_text(text)
    else:
        beside = place.with_name(place.name + ".tmp~")
        beside.write_text(text)
        os.replace(beside, place)
    began = time.perf_counter()
    if how == "told":
        window.client.saved(str(place))
    elif how == "told of many":
        window.client.changed([str(place)])
    while time.perf_counter() - began < LOST_SECONDS:
        if await window.client.find(name):
            return 1000 * (time.perf_counter() - began)
        await asyncio.sleep(ASK_SECONDS)
    return None


async def saves(root: Path, how: str, busy: bool, count: int, scratch: Path) -> None:
    chance, found, lost = random.Random(6), list[float](), 0
    if busy:
        shutil.rmtree(scratch / "indexes", ignore_errors=True)
    (root / SAVES).mkdir()
    for number in range(10):
        (root / SAVES / f"s{number}.py").write_text("x = 1\n")
    try:
        window = Window()
        window.client.set_up([str(root)], watches=how == "sees")
        if busy:  # the files' own folder is known once something of it is stored
            await window.until(lambda: window.client.status.folders[0].done)
        else:
            await window.ready()
        while len(found) + lost < count and lost < MOST_LOST and not (busy and window.finished()):
            took = await save(window, root, len(found) + lost, how, chance)
            if busy and window.finished():
                break  # it was no longer during the index
            found += [took] if took is not None else []
            lost += took is None
            await asyncio.sleep(chance.uniform(0.0, 0.1))
        await window.client.close()
    finally:
        shutil.rmtree(root / SAVES)
    row(f"{how}, {'first index' if busy else 'idle'}", len(found), f"{percentile(found, 0.5):.1f}",
        f"{percentile(found, 0.99):.1f}", f"{max(found, default=float('nan')):.1f}", lost)  # fmt: skip


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--rounds", type=int, default=5, help="of the warm start")
    parser.add_argument("--saves", type=int, default=100)
    parser.add_argument("--parts", nargs="+", default=["warm", "idle", "busy"], choices=["warm", "idle", "busy"])
    arguments = parser.parse_args()
    root, scratch = arguments.folder.resolve(), Path(tempfile.mkdtemp())
    try:
        with indexes_in(scratch / "indexes"):
            name = await first_index(root)
            if "warm" in arguments.parts:
                await warm(root, name, arguments.rounds)
            if {"idle", "busy"} & set(arguments.parts):
                print()
                head("a saved file, ms", "seen", "p50", "p99", "longest", f"not within {LOST_SECONDS:.0f} s")
            for busy in (busy for busy, part in ((False, "idle"), (True, "busy")) if part in arguments.parts):
                for how in ("sees", "told", "told of many"):
                    await saves(root, how, busy, arguments.saves, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main())
