"""How long an editor waits: from starting ``foretoken serve`` to the initialize reply, and to the first suggestion.

Each run is a new server, a new model process and the shipped model (or --model); and then a second window beside it,
which finds the model loaded. The baseline of the same run is what no server in Python can avoid: a process that only
imports the protocol library (for the reply), and one that only imports llama.cpp and loads the model (for the suggestion).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from foretoken.models.resolve import resolve_model

SOURCE = '''"""Reads settings from a file."""

import json
from pathlib import Path


class Settings:
    def __init__(self, path, name):
        self.path = path
        self.name = name

    def load(self):
        text = self.path.read_text()
        return json.loads(text)

    def save(self, value):
        self.path.write_text(json.dumps(value))

    def __repr__(self):
        return self.'''
IMPORT_PROTOCOL = "import pygls.lsp.server"
LOAD_MODEL = """
import sys
from llama_cpp import llama_cpp as binding
log = binding.llama_log_callback(lambda *_: None)
binding.llama_log_set(log, None)
binding.llama_backend_init()
model = binding.llama_model_load_from_file(sys.argv[1].encode(), binding.llama_model_default_params())
context = binding.llama_init_from_model(model, binding.llama_context_default_params())
assert context
"""


class Server:
    """A language server over its standard input and output."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "foretoken", "serve", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._serial = 0

    def notify(self, method: str, params: object) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: object) -> Any:
        self._serial += 1
        self._send({"jsonrpc": "2.0", "id": self._serial, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._serial and "method" not in message:
                if "error" in message:
                    raise SystemExit(f"{method}: {message['error']}")
                return message["result"]
            if "id" in message:
                # What servers ask of clients at the start needs no more than a polite answer.
                items = message.get("params", {}).get("items")
                answer = [None] * len(items) if items else None
                self._send({"jsonrpc": "2.0", "id": message["id"], "result": answer})

    def close(self) -> None:
        self.ask("shutdown", None)
        self.notify("exit", None)
        self._process.wait(20)

    def _send(self, message: object) -> None:
        body = json.dumps(message).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        length = 0
        while (line := self._process.stdout.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if not length:
            raise SystemExit(f"the server ended with exit code {self._process.wait(5)}")
        return json.loads(self._process.stdout.read(length))


def one_start(folder: Path, environment: dict[str, str], model: str) -> tuple[float, float, str, Server]:
    """Seconds to the initialize reply and to the first suggestion, the suggestion, and the server, still running.

    The gate of confidence is open: what is measured is when something is there, not whether it is good.
    """
    path = folder / "settings_file.py"
    path.write_text(SOURCE)
    began = time.perf_counter()
    server = Server(environment)
    root = folder.as_uri()
    server.ask(
        "initialize",
        {
            "processId": os.getpid(),
            "rootUri": root,
            "workspaceFolders": [{"uri": root, "name": folder.name}],
            "initializationOptions": {
                "inline": {"min_probability": 0.0},
                "model": {"path": model, "linger_seconds": 0},
            },
            "capabilities": {"textDocument": {"inlineCompletion": {}}, "general": {"positionEncodings": ["utf-8"]}},
        },
    )
    ready = time.perf_counter() - began
    server.notify("initialized", {})
    document = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": SOURCE}
    server.notify("textDocument/didOpen", {"textDocument": document})
    lines = SOURCE.split("\n")
    position = {"line": len(lines) - 1, "character": len(lines[-1])}
    params = {"textDocument": {"uri": path.as_uri()}, "position": position, "context": {"triggerKind": 1}}
    answer = server.ask("textDocument/inlineCompletion", params)
    first = time.perf_counter() - began
    items = answer["items"] if isinstance(answer, dict) else answer or []
    return ready, first, items[0]["insertText"] if items else "", server


def timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10, help="how many starts (default 10; the first is left out)")
    parser.add_argument("--model", default="", help="GGUF file (default: the shipped model)")
    arguments = parser.parse_args()
    model = resolve_model(arguments.model)
    ready, first, second, imports, loads, shown = [], [], [], [], [], 0
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home}
        for number in range(arguments.runs + 1):
            with tempfile.TemporaryDirectory() as folder:
                environment["FORETOKEN_RUNTIME_DIR"] = f"{folder}/run"
                *times, server = one_start(Path(folder), environment, arguments.model)
                *beside, window = one_start(Path(folder), environment, arguments.model)
                window.close()
                server.close()
            baseline = timed([sys.executable, "-c", IMPORT_PROTOCOL])
            loading = timed([sys.executable, "-c", LOAD_MODEL, str(model)])
            if number:  # the first run fills the page cache and the byte code caches
                ready.append(times[0])
                first.append(times[1])
                second.append(beside[1])
                shown += bool(times[2])
                imports.append(baseline)
                loads.append(loading)
    for name, values, base, basis in (
        ("initialize reply", ready, imports, "importing pygls alone"),
        ("first suggestion", first, loads, "importing llama.cpp and loading the model alone"),
        ("... second window", second, loads, "the same"),
    ):
        median, floor = statistics.median(values), statistics.median(base)
        print(
            f"{name:<17} median {median * 1000:5.0f} ms  worst {max(values) * 1000:5.0f} ms  "
            f"= {median / floor:.1f} x {basis} ({floor * 1000:.0f} ms)"
        )
    print(f"{shown} of {len(first)} first answers held a suggestion; {os.cpu_count()} cores, {model.name}")


if __name__ == "__main__":
    main()
