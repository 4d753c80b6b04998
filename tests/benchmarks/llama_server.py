"""llama-server as the baseline of other benchmarks: started on a free loopback port, and a client for its ``/infill``.

It is built from the source that the pinned llama-cpp-python carries, so that both sides run the same llama.cpp:

    pip download --no-binary :all: --no-deps llama-cpp-python==0.3.36 && tar xf llama_cpp_python-0.3.36.tar.gz
    cmake -S llama_cpp_python-0.3.36/vendor/llama.cpp -B build -DCMAKE_BUILD_TYPE=Release -DLLAMA_BUILD_TESTS=OFF \\
        -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF \\
        -DLLAMA_OPENSSL=OFF
    cmake --build build --target llama-server llama-bench -j

Its folder's ``bin`` then holds both programs; benchmarks take the server's path as --llama-server or LLAMA_SERVER.

How llama-server writes an infill prompt (``format_prompt_infill``): the extra files, the prefix, *then* the text of
``prompt`` (the line so far, in llama.vim's requests), the suffix, FIM_MIDDLE; with --spm-infill the suffix goes before
the prefix. It cuts the prefix to three quarters of a batch and the suffix to a quarter, so a suffix of 600 tokens needs
a batch of 4,096 (the default is 2,048); that is the only flag here that is not the default one and changes the prompt.
"""

import argparse
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

START_SECONDS = 120.0
N_BATCH = 4096
UNLIMITED_MS = 600_000  # llama.vim's own limits (500 and 1,000 ms) would cut what is compared
FIELDS = ("prompt_n", "prompt_ms", "cache_n", "predicted_n", "predicted_ms", "draft_n", "draft_n_accepted")


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """llama-server's own timings (prompt_n: tokens of the prompt that were evaluated) and the client's clock in ms."""

    text: str
    prompt_n: int
    prompt_ms: float
    cache_n: int
    predicted_n: int
    predicted_ms: float
    draft_n: int
    draft_n_accepted: int
    ms: float


def add_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--llama-server",
        type=Path,
        default=os.environ.get("LLAMA_SERVER") or shutil.which("llama-server"),
        help="path of llama-server (default: LLAMA_SERVER, or the one on PATH)",
    )


class LlamaServer:
    """A running llama-server; a context manager. extra: more flags."""

    def __init__(self, program: Path, model: Path, n_ctx: int, threads: int, extra: Sequence[str] = ()) -> None:
        self._port = _free_port()
        # llama.cpp's two other thread pools are bounded by the same number, or the comparison would not be equal.
        command = [
            *(str(program), "--model", str(model), "--host", "127.0.0.1", "--port", str(self._port)),
            *("--ctx-size", str(n_ctx), "--threads", str(threads), "--threads-batch", str(threads)),
            *("--batch-size", str(N_BATCH), *extra),
        ]
        self._log = tempfile.TemporaryFile()
        environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, env=environment
        )
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.wait()
        self._log.close()

    def infill(
        self, prefix: str, line: str, suffix: str, extra: Sequence[tuple[str, str]], n_predict: int
    ) -> ServerAnswer:
        """As llama.vim asks. prefix: the lines before the cursor's. line: the cursor's line up to the cursor.

        suffix: what follows. extra: path and text of other files. n_indent and the samplers are llama.vim's too.
        """
        return self._ask(
            "/infill",
            {
                "input_prefix": prefix,
                "input_suffix": suffix,
                "input_extra": [{"filename": path, "text": text} for path, text in extra],
                "prompt": line,
                "n_predict": n_predict,
                "stop": [],
                "n_indent": len(line) - len(line.lstrip()),
                "top_k": 40,
                "top_p": 0.90,
                "samplers": ["top_k", "top_p", "infill"],
            },
        )

    def complete(self, prompt: Sequence[int | str], n_predict: int, **more: Any) -> ServerAnswer:
        """Greedy, after a prompt of token ids and plain texts."""
        return self._ask(
            "/completion", {"prompt": list(prompt), "n_predict": n_predict, "temperature": 0.0, "top_k": 1, **more}
        )

    def _ask(self, path: str, request: dict[str, Any]) -> ServerAnswer:
        request |= {
            "stream": False,
            "cache_prompt": True,
            "t_max_prompt_ms": UNLIMITED_MS,
            "t_max_predict_ms": UNLIMITED_MS,
            "response_fields": ["content", *(f"timings/{name}" for name in FIELDS)],
        }
        body, headers = json.dumps(request), {"Content-Type": "application/json"}
        began = time.perf_counter()
        try:
            self._connection.request("POST", path, body, headers)
            response = self._connection.getresponse()
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            # It closes a connection that was idle for some seconds.
            self._connection.close()
            began = time.perf_counter()
            self._connection.request("POST", path, body, headers)
            response = self._connection.getresponse()
        body = response.read()
        ms = (time.perf_counter() - began) * 1000
        if response.status != 200:
            raise RuntimeError(f"llama-server answered {response.status}: {body.decode(errors='replace')}")
        found = json.loads(body)
        return ServerAnswer(found["content"], *(found.get(f"timings/{name}", 0) for name in FIELDS), ms)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self._connection.request("GET", "/health")
                response = self._connection.getresponse()
                response.read()
                if response.status == 200:
                    return
            except (OSError, http.client.HTTPException):
                self._connection.close()
            time.sleep(0.05)
        self._log.seek(0)
        raise RuntimeError(f"llama-server did not start: {self._log.read()[-2000:].decode(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
