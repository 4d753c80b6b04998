"""Memory of the language server and of its workspace worker, with its analyser processes, on a workspace of a million lines.

Sums of proportional set sizes (PSS: a page that several processes share counts once), looked at ten times a second; where
the system does not tell them, resident sizes. *server*: the process of ``foretoken serve`` alone, with the index off, and
during and after a first index; the model is another process and not counted. *worker*: behind a client as the server has it,
during a first index, after it, while queries run without a pause, and with --open large documents open and
edited. MB are 1,000,000 bytes. The aims at a million lines: 150 MB for the server, 400 MB for the worker with its analysers.
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from index_load import Sampler, Window, family, head, indexes_in, memory, row
from loop_stall import Editor, started

from foretoken.index.language import language_of
from foretoken.text.edit import TextEdit

SETTLE = 3.0  # seconds


def mb(size: float) -> str:
    return f"{size / 1e6:.0f}"


async def server_part(root: Path, scratch: Path) -> None:
    for index in (False, True):
        editor: Editor = await started(root, scratch, index)
        while (await editor.ask("foretoken/status", None))["engine"]["state"] not in ("ready", "failed"):
            await asyncio.sleep(0.1)
        sampler = Sampler(editor.pid, below=False)
        if index:
            await asyncio.wait_for(editor.over.wait(), 3600)
            row("server, first index", mb(memory([editor.pid])), mb(sampler.stop()), "1")
            sampler = Sampler(editor.pid, below=False)
        await asyncio.sleep(SETTLE)
        row(f"server, {'after it' if index else 'index off'}", mb(memory([editor.pid])), mb(sampler.stop()), "1")
        await editor.leave()


async def phase(window: Window, title: str, work: "asyncio.Future[None]") -> None:
    pid = window.client.status.pid
    assert pid is not None
    sampler, most = Sampler(pid), 0
    while not work.done():
        most = max(most, len(family(pid)))
        await asyncio.wait({work}, timeout=0.5)
    work.result()
    row(title, mb(memory([process.pid for process in family(pid)])), mb(sampler.stop()), most or len(family(pid)))


async def queries(window: Window, root: Path, seconds: float) -> int:
    """Every kind of question, as fast as they are answered; how many."""
    chance, count, client = random.Random(6), 0, window.client
    names = sorted({definition.name for _, definition in await client.search("a", 2000, seconds=60)})
    files = sorted({path for path, _ in await client.search("e", 2000, seconds=60)})
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        name, path = chance.choice(names), chance.choice(files)
        await asyncio.gather(client.find(name), client.uses(name), client.symbols(path), client.imports(path),
                             client.edges_from(path), client.edges_to(path))  # fmt: skip
        await client.search(name[: chance.randint(1, 4)])
        await client.summary(seconds=60)
        count += 8
    return count


async def documents(window: Window, root: Path, count: int, seconds: float) -> None:
    """The largest files, open and edited in turn; asked after each edit, so that they are parsed."""
    large = sorted(root.rglob("*.*"), key=lambda path: -path.stat().st_size if path.is_file() else 0)[:count]
    texts = {}
    for path in large:
        texts[path] = path.read_text(encoding="utf-8", errors="replace")
        window.client.opened(str(path), language_of(path.name, texts[path]), texts[path])
        await window.client.symbols(str(path), seconds=60)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for path in large:
            texts[path] = "x" + texts[path]
            window.client.edited(str(path), [TextEdit(0, 0, "x")], texts[path])
            await window.client.symbols(str(path), seconds=60)


async def worker_part(root: Path, scratch: Path, seconds: float, count: int) -> None:
    with indexes_in(scratch / "worker-indexes"):
        window = Window()
        window.client.set_up([str(root)])
        await window.until(lambda: window.client.status.pid)
        await phase(window, "worker, first index", asyncio.ensure_future(window.ready()))
        await phase(window, "worker, after it", asyncio.ensure_future(asyncio.sleep(SETTLE)))
        asked = asyncio.ensure_future(queries(window, root, seconds))
        await phase(window, "worker, while queries run", asked)
        await phase(
            window, f"worker, {count} documents edited", asyncio.ensure_future(documents(window, root, count, seconds))
        )
        finished = window.finished()[0]
        await window.client.close()
    print(
        f"\n{finished.files:,} files, {finished.lines:,} lines, {finished.symbols:,} definitions; {asked.result():,} queries"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a workspace; million_lines.py makes one")
    parser.add_argument("--seconds", type=float, default=15.0, help="of queries, and of edits")
    parser.add_argument("--open", type=int, default=10, help="documents")
    parser.add_argument("--parts", nargs="+", default=["server", "worker"], choices=["server", "worker"])
    arguments = parser.parse_args()
    root, kind = arguments.folder.resolve(), "PSS" if sys.platform == "linux" else "resident"
    head(f"MB, {kind}", "at the end", "peak", "processes")
    scratch = Path(tempfile.mkdtemp())
    try:
        if "server" in arguments.parts:
            asyncio.run(server_part(root, scratch))
        if "worker" in arguments.parts:
            asyncio.run(worker_part(root, scratch, arguments.seconds, arguments.open))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
