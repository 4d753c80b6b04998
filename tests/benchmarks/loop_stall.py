"""Does indexing hold up the language server's event loop? Its pauses while somebody types, without and with a first index.

A real ``foretoken serve`` with the shipped model is driven over standard input and output by this process. Somebody types:
an edit each 50 ms, and an inline completion is asked for after each. Inside the server a task sleeps for 1 ms again and
again; by how much each sleep was longer is a pause, so the system's own rounding is in it (see *off*). *off*: the index is
switched off; *on*: from the first word of progress to the end of a first index of FOLDER, typed all along. Each is
a fresh server; they alternate, --rounds times. *of its own*: the pause less the time in which the loop's thread was ready and
other processes had the processors (Linux counts it), which is the machine's part. The aim is 5 ms at p99.9.
"""

import argparse
import array
import asyncio
import json
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from index_load import head, percentile, row

BEAT = 0.001  # seconds
KEY = 0.05
STATEMENT = 'result = self.render(names["first"], value, key=3)\n'
PATIENCE = 3600.0


def serve(beats: Path) -> int:
    """Runs in the server's process: ``foretoken serve`` with the task, whose beats are written at the end."""
    from foretoken import app
    from foretoken.lsp import stdio

    original, found = stdio.serve_stdio, array.array("d")

    async def beat() -> None:
        schedule = open("/proc/thread-self/schedstat", "rb", buffering=0) if sys.platform == "linux" else None  # noqa: SIM115
        waited = 0.0
        while True:
            began = time.monotonic()
            await asyncio.sleep(BEAT)
            now, before = time.monotonic(), waited
            if schedule is not None:
                schedule.seek(0)
                waited = int(schedule.read().split()[1]) / 1e9
            found.extend((now, now - began - BEAT, waited - before))

    async def serve_stdio(*arguments: Any, **options: Any) -> int:
        task = asyncio.ensure_future(beat())
        try:
            return await original(*arguments, **options)
        finally:
            task.cancel()
            beats.write_bytes(found.tobytes())

    stdio.serve_stdio = serve_stdio
    return app.serve()


class Editor:
    """One window: the server's process and one open document in it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self.began = asyncio.Event()
        self.over = asyncio.Event()
        self.said: list[str] = []
        self._reader = asyncio.ensure_future(self._read())

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> "asyncio.Future[Any]":
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        self.send({"id": self._number, "method": method, "params": params})
        return answer

    async def _read(self) -> None:
        output = self._process.stdout
        assert output is not None
        while True:
            try:
                header = await output.readuntil(b"\r\n\r\n")
                message = json.loads(await output.readexactly(int(header.split(b":")[1])))
            except asyncio.IncompleteReadError:
                return
            if "method" not in message:
                self._answers.pop(message["id"]).set_result(message.get("result"))
            elif "id" in message:
                self.send({"id": message["id"], "result": None})
            elif message["method"] == "$/progress" and "Indexing" in str(message["params"]["value"].get("title", "")):
                self.began.set()
            elif message["method"] == "$/progress" and self.began.is_set():
                if message["params"]["value"]["kind"] == "end":
                    self.over.set()
            elif message["method"] == "window/showMessage":
                self.said.append(message["params"]["message"])

    @property
    def pid(self) -> int:
        return self._process.pid

    async def leave(self) -> None:
        await self.ask("shutdown", None)
        self.notify("exit", None)
        await self._process.wait()
        self._reader.cancel()


async def type_on(editor: Editor, uri: str, text: str, seconds: float | None, chance: random.Random) -> list[float]:
    """Type for so long, or until the index is there; how long each suggestion took."""
    lines, version, took = text.splitlines(), 1, list[float]()
    began, waiting = time.monotonic(), set[asyncio.Future[Any]]()
    while time.monotonic() - began < seconds if seconds is not None else not editor.over.is_set():
        line = chance.randrange(len(lines))
        column = len(lines[line].encode("utf-16-le")) // 2
        for character in "\n" + STATEMENT:
            await asyncio.sleep(KEY)
            version += 1
            place = {"line": line, "character": column}
            editor.notify("textDocument/didChange", {
                "textDocument": {"uri": uri, "version": version},
                "contentChanges": [{"range": {"start": place, "end": place}, "text": character}],
            })  # fmt: skip
            line, column = (line + 1, 0) if character == "\n" else (line, column + 1)
            asked = time.monotonic()
            answer = editor.ask("textDocument/inlineCompletion", {
                "textDocument": {"uri": uri}, "position": {"line": line, "character": column},
                "context": {"triggerKind": 2},
            })  # fmt: skip
            waiting.add(answer)
            answer.add_done_callback(
                lambda done, asked=asked: (took.append(time.monotonic() - asked), waiting.discard(done))
            )
        lines = [*lines, "", ""]  # what was typed made the document longer
    if waiting:
        await asyncio.wait(waiting, timeout=10)
    return took


async def started(root: Path, scratch: Path, index: bool, *command: str) -> Editor:
    """A window on ``root`` whose server has no settings and nothing stored. command: in place of ``foretoken serve``."""
    for name in ("home", "indexes"):
        shutil.rmtree(scratch / name, ignore_errors=True)
    home = scratch / "home"
    environment = {**os.environ, "FORETOKEN_RUNTIME_DIR": "off", "FORETOKEN_INDEX_DIR": str(scratch / "indexes")}
    environment |= {f"XDG_{name}_HOME": str(home / name) for name in ("CONFIG", "STATE", "CACHE", "DATA")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *(command or ("-m", "foretoken", "serve", "--stdio")),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=environment,
        limit=1 << 26,
    )  # fmt: skip
    editor = Editor(process)
    await editor.ask("initialize", {
        "processId": os.getpid(), "capabilities": {"window": {"workDoneProgress": True}},
        "workspaceFolders": [{"uri": root.as_uri(), "name": root.name}],
        "initializationOptions": {"index": {"enabled": index}},
    })  # fmt: skip
    editor.notify("initialized", {})
    return editor


async def one(
    root: Path, document: Path, scratch: Path, index: bool, seconds: float, chance: random.Random
) -> dict[str, Any]:
    """One server. Returns pauses in seconds, those of its own, and how long the suggestions took."""
    beats = scratch / "beats"
    editor = await started(root, scratch, index, __file__, "--inside", str(beats), str(root))
    text, uri = document.read_text(encoding="utf-8"), document.as_uri()
    editor.notify(
        "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}}
    )
    while (await editor.ask("foretoken/status", None))["engine"]["state"] not in ("ready", "failed"):
        await asyncio.sleep(0.1)
    if index:
        await asyncio.wait_for(editor.began.wait(), PATIENCE)
    else:
        await asyncio.sleep(1.0)
    began = time.monotonic()
    took = await asyncio.wait_for(type_on(editor, uri, text, None if index else seconds, chance), PATIENCE)
    ended = time.monotonic()
    await editor.leave()
    found = array.array("d", beats.read_bytes())
    inside = [at for at in range(0, len(found), 3) if began <= found[at] <= ended]
    return {
        "seconds": ended - began, "took": took, "said": editor.said, "pauses": [found[at + 1] for at in inside],
        "own": [max(0.0, found[at + 1] - found[at + 2]) for at in inside],
    }  # fmt: skip


async def alternate(root: Path, rounds: int, seconds: float) -> None:
    chance = random.Random(6)
    documents = sorted(root.rglob("*.py"), key=lambda path: path.stat().st_size)
    document = documents[-max(1, len(documents) // 50)]
    print(f"typing in {document.relative_to(root)}, {document.stat().st_size >> 10} KiB; milliseconds\n")
    columns = [
        "",
        "seconds",
        "beats",
        "p50",
        "p99",
        "p99.9",
        "max",
        "of its own: p99.9",
        "max",
        "suggestion: p50",
        "p99",
    ]
    head(*columns)
    total: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    with tempfile.TemporaryDirectory() as name:
        for number in range(rounds):
            for index in (False, True):
                total[index].append(await one(root, document, Path(name), index, seconds, chance))
                show(f"{'on' if index else 'off'}, round {number + 1}", total[index][-1:])
    for index in (False, True):
        show("**on**" if index else "**off**", total[index])
    for sentence in {sentence for each in total.values() for one_ in each for sentence in one_["said"]}:
        print(f"\nsaid to the user: {sentence}")


def show(title: str, runs: list[dict[str, Any]]) -> None:
    pauses, own, took = ([1000 * value for run in runs for value in run[key]] for key in ("pauses", "own", "took"))
    figures = [
        *(percentile(pauses, share) for share in (0.5, 0.99, 0.999, 1.0)),
        percentile(own, 0.999),
        percentile(own, 1.0),
    ]
    row(title, f"{sum(run['seconds'] for run in runs):.0f}", f"{len(pauses):,}", *(f"{each:.2f}" for each in figures),
        f"{percentile(took, 0.5):.1f}", f"{percentile(took, 0.99):.0f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a workspace; million_lines.py makes one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60.0, help="of typing while the index is off, each round")
    parser.add_argument("--inside", type=Path, metavar="BEATS", help="only be the server (for this script)")
    arguments = parser.parse_args()
    if arguments.inside is not None:
        sys.exit(serve(arguments.inside))
    asyncio.run(alternate(arguments.folder.resolve(), arguments.rounds, arguments.seconds))


if __name__ == "__main__":
    main()
