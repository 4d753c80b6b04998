"""Processes of the index are killed (SIGKILL) at random moments of a first index; is the index the same in the end?

FOLDER is a workspace of some 200,000 lines (``million_lines.py --lines 200000`` makes one). It is indexed once undisturbed.
Then, for each victim, --kills times from nothing: *all*, the worker with all its analyser processes at once; *worker*,
it alone; *analyser*, one of its analyser processes. The moments are spread over the time that the undisturbed index took,
one at random in each equal part of it. The client does what it does in the editor: it starts the worker again. When that
has compared everything, what is stored of each file is compared with the undisturbed index: no file may differ. *after the
kill*: seconds until then. *anew*: how often the database was damaged and made anew. *left*: processes of the killed worker that
stayed.
"""

import argparse
import asyncio
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from index_load import Window, different, family, head, indexes_in, kill_family, row, stored_facts

from foretoken.index.events import Finished, Notice
from foretoken.index.folders import index_folder
from foretoken.index.store import fingerprint

VICTIMS = ("all", "worker", "analyser")


@dataclass
class Seen:
    differing: int = 0
    unlike: list[str] = field(default_factory=list)
    done: list[float] = field(default_factory=list)  # share of the files that were stored at the kill
    seconds: list[float] = field(default_factory=list)
    anew: int = 0
    left: int = 0
    said: set[str] = field(default_factory=set)


async def undisturbed(root: Path) -> tuple[float, dict[str, bytes]]:
    """Seconds from the worker's start to the end of its first index, and what it stores."""
    window = Window()
    window.client.set_up([str(root)], watches=False)
    await window.ready()
    seconds = window.events[-1][0] - window.spawned
    await window.client.close()
    return seconds, stored_facts(index_folder(root))


async def kill_one(
    root: Path, victim: str, moment: float, wanted: dict[str, bytes], seen: Seen, chance: random.Random
) -> None:
    """moment: seconds after the worker's start."""
    window = Window(pauses=(0.05,))
    window.client.set_up([str(root)], watches=False)
    await window.until(lambda: window.client.status.pid)
    pid = window.client.status.pid
    assert pid is not None
    await asyncio.sleep(max(0.0, window.spawned + moment - time.perf_counter()))
    processes = family(pid)
    if victim == "analyser":
        while len(processes) < 2 and not window.finished():  # none at this moment
            await asyncio.sleep(0.005)
            processes = family(pid)
    at, status = time.perf_counter(), window.client.status.folders[0]
    if victim == "all":
        kill_family(pid)
    elif victim == "worker":
        os.kill(pid, signal.SIGKILL)
    elif len(processes) > 1:
        try:
            chance.choice(processes[1:]).kill()
        except psutil.NoSuchProcess:  # it ended meanwhile
            pass
    seen.done.append(1.0 if window.finished() else status.done / status.total if status.total else 0.0)
    if victim == "analyser":
        await window.ready()
    else:
        finished = len(window.finished())
        await window.until(lambda: window.client.status.pid not in (None, pid))
        await window.until(lambda: len(window.finished()) > finished)
        seen.left += len(psutil.wait_procs(processes, 10)[1])
    ended = max(when for when, _, event in window.events if isinstance(event, Finished))
    seen.seconds.append(max(0.0, ended - at))
    notices = [event.text for _, _, event in window.events if isinstance(event, Notice)]
    seen.anew += sum("made anew" in text for text in notices)
    seen.said.update(notices)
    await window.client.close()
    unlike = different(stored_facts(index_folder(root)), wanted)
    seen.differing += len(unlike)
    seen.unlike += unlike[:3]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--victims", nargs="+", default=list(VICTIMS), choices=list(VICTIMS))
    arguments = parser.parse_args()
    root, said, bad = arguments.folder.resolve(), set[str](), 0
    with tempfile.TemporaryDirectory() as name:
        with indexes_in(Path(name, "undisturbed")):
            seconds, wanted = await undisturbed(root)
        with indexes_in(Path(name, "again")):
            again = different((await undisturbed(root))[1], wanted)
        print(f"{len(wanted):,} files; undisturbed {seconds:.1f} s; a second undisturbed index differs in {len(again)} files; "
              f"seed {arguments.seed}\n")  # fmt: skip
        head(
            "killed",
            "kills",
            "files that differ",
            "stored at the kill",
            "after the kill: median",
            "longest",
            "anew",
            "left",
        )
        for victim in arguments.victims:
            chance, seen = random.Random(f"{arguments.seed} {victim}"), Seen()
            for number in range(arguments.kills):
                moment = (number + chance.random()) / arguments.kills * seconds
                if fingerprint.__wrapped__() != fingerprint():
                    sys.exit("the grammars were changed meanwhile: nothing can be compared")
                with indexes_in(Path(name, f"{victim}-{number}")):
                    await kill_one(root, victim, moment, wanted, seen, chance)
            row(victim, arguments.kills, seen.differing, f"{100 * min(seen.done):.0f} to {100 * max(seen.done):.0f} %",
                f"{statistics.median(seen.seconds):.1f}", f"{max(seen.seconds):.1f}", seen.anew, seen.left)  # fmt: skip
            for path in seen.unlike[:10]:
                print(f"differs: {path}")
            said |= seen.said
            bad += seen.differing + len(again)
    for sentence in sorted(said):
        print(f"\nsaid to the user: {sentence}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    asyncio.run(main())
