"""What a keystroke costs the language server without a model.

A raw client types into the middle of a file of 5,000 lines (about 400 kB) over standard input and output. A keystroke is
a didChange of one character and an inlineCompletion, sent in one write; its time ends with the answer. The engine is the
tests' fake, so this is the door, the session, the prompt and the filters. In the same run, for comparison: a process
that only answers (the client's own cost), and a server as pygls' documentation writes it.

CPU is the server process's own, from the operating system (clock ticks of about 10 ms, so over all keystrokes together).
The aims: p95 at most 2 ms beyond the client's own, at most 0.5 ms CPU for a didChange, ready within 1 s.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).resolve().parent
SERVERS = {
    "client alone": [str(HERE / "echo_server.py")],
    "stock pygls": [str(HERE / "stock_server.py")],
    "foretoken": [str(HERE.parent / "e2e" / "serve_fake.py"), "--reply", "x + 1\n"],
}
URI = "file:///project/large.py"
LINE = "    def method_{:05d}(self, argument: int) -> int:  # one of many lines of this file\n"
LINES = 5000
TYPED_LINE = 2500
BEFORE = {"ascii": "    value = ", "emoji": "    value = '😀' + "}


class Client:
    """Blocking on purpose: no event loop whose own cost would blur the figures."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self._in, self._out = self.process.stdin.fileno(), self.process.stdout.fileno()
        self._buffer = b""
        self._id = 0

    def frame(self, method: str, params: Any, request: bool = False) -> bytes:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if request:
            self._id += 1
            message["id"] = self._id
        body = json.dumps(message).encode()
        return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._in, rest) :]

    def answer(self) -> Any:
        """The answer to the last request."""
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            if end >= 0:
                headers = self._buffer[:end].lower()
                length = int(headers.partition(b"content-length:")[2].partition(b"\r\n")[0])
                if len(self._buffer) >= end + 4 + length:
                    body, self._buffer = self._buffer[end + 4 : end + 4 + length], self._buffer[end + 4 + length :]
                    message = json.loads(body)
                    if message.get("id") == self._id and "method" not in message:
                        return message["result"]
                    continue
            data = os.read(self._out, 1 << 16)
            if not data:
                raise SystemExit("the server ended")
            self._buffer += data

    def request(self, method: str, params: Any) -> Any:
        self.write(self.frame(method, params, request=True))
        return self.answer()

    def cpu_ms(self) -> float:
        times = psutil.Process(self.process.pid).cpu_times()
        return (times.user + times.system) * 1000

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def units(text: str, encoding: str) -> int:
    return {"utf-8": len(text.encode()), "utf-16": len(text.encode("utf-16-le")) // 2, "utf-32": len(text)}[encoding]


def typed(version: int, character: int, text: str) -> dict[str, Any]:
    here = {"line": TYPED_LINE, "character": character}
    change = {"range": {"start": here, "end": here}, "text": text}
    return {"textDocument": {"uri": URI, "version": version}, "contentChanges": [change]}


def measure(command: list[str], encoding: str, content: str, keys: int) -> dict[str, float]:
    """Milliseconds of one server: ready, p50, p95, CPU of a keystroke and of a didChange."""
    started = time.perf_counter()
    client = Client(command)
    try:
        capabilities = {"general": {"positionEncodings": [encoding]}}
        client.request("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
        ready = (time.perf_counter() - started) * 1000
        client.write(client.frame("initialized", {}))
        lines = [LINE.format(number) for number in range(LINES)]
        lines[TYPED_LINE] = BEFORE[content] + "\n"
        item = {"uri": URI, "languageId": "python", "version": 1, "text": "".join(lines)}
        client.write(client.frame("textDocument/didOpen", {"textDocument": item}))
        column, version = units(BEFORE[content], encoding), 1

        def keystroke() -> float:
            nonlocal column, version
            version += 1
            change = client.frame("textDocument/didChange", typed(version, column, "x"))
            column += 1
            params = {
                "textDocument": {"uri": URI},
                "position": {"line": TYPED_LINE, "character": column},
                "context": {"triggerKind": 2},
            }
            data = change + client.frame("textDocument/inlineCompletion", params, request=True)
            sent = time.perf_counter()
            client.write(data)
            client.answer()
            return (time.perf_counter() - sent) * 1000

        for _ in range(keys // 10):
            keystroke()
        before = client.cpu_ms()
        times = [keystroke() for _ in range(keys)]
        cpu_key = (client.cpu_ms() - before) / keys
        before = client.cpu_ms()
        for _ in range(keys):
            version += 1
            client.write(client.frame("textDocument/didChange", typed(version, column, "x")))
            column += 1
        client.request("foretoken/status", None)
        cpu_change = (client.cpu_ms() - before) / keys
    finally:
        client.stop()
    p95 = statistics.quantiles(times, n=20)[18]
    return {"ready": ready, "p50": statistics.median(times), "p95": p95, "cpu_key": cpu_key, "cpu_change": cpu_change}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=500, help="keystrokes measured for each row (default 500)")
    parser.add_argument("--encodings", nargs="+", default=["utf-8", "utf-16", "utf-32"])
    parser.add_argument("--contents", nargs="+", default=list(BEFORE), choices=list(BEFORE), help="the typed line")
    parser.add_argument("--servers", nargs="+", default=list(SERVERS), choices=list(SERVERS))
    args = parser.parse_args()
    print(f"{LINES} lines, {args.keys} keystrokes a row; milliseconds; load average {os.getloadavg()[0]:.1f}")
    head = [
        "server",
        "encoding",
        "line",
        "ready",
        "key p50",
        "key p95",
        "p95 beyond client",
        "CPU/key",
        "CPU/didChange",
    ]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for encoding in args.encodings:
        for content in args.contents:
            own = None
            for name in args.servers:
                row = measure(SERVERS[name], encoding, content, args.keys)
                own = row["p95"] if name == "client alone" else own
                beyond = f"{row['p95'] - own:.2f}" if own is not None and name != "client alone" else ""
                print(
                    f"| {name} | {encoding} | {content} | {row['ready']:.0f} | {row['p50']:.2f} | {row['p95']:.2f} "
                    f"| {beyond} | {row['cpu_key']:.2f} | {row['cpu_change']:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
