"""``python -m foretoken.runtime`` as a program."""

import json
import logging
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from foretoken.engine.launch import TOKEN_VARIABLE

SECONDS = 30


def start(*arguments: str, **more: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "foretoken.runtime", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **more,
    )


def test_started_by_hand_with_a_model(dense_gguf: Path, tmp_path: Path):
    discovery, log = tmp_path / "runtime.json", tmp_path / "logs" / "runtime.log"
    environment = {**os.environ, TOKEN_VARIABLE: "secret"}
    process = start(
        "--discovery", str(discovery), "--model", str(dense_gguf), "--n-ctx", "512", "--log-file", str(log),
        env=environment,
    )  # fmt: skip
    while not discovery.exists():
        assert process.poll() is None
    found = json.loads(discovery.read_text("utf-8"))
    assert found["pid"] == process.pid and found["version"]
    serial, health = -1, {"status": ""}
    while health["status"] not in ("ready", "failed"):
        request = urllib.request.Request(
            f"http://127.0.0.1:{found['port']}/health?after={serial}", headers={"Authorization": "Bearer secret"}
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            health = json.load(response)
        serial = health["serial"]
    assert health["info"]["n_ctx"] == 512
    out, err = process.communicate(timeout=SECONDS)  # closes its standard input
    assert (process.returncode, out, err) == (0, b"", b"")
    assert not discovery.exists()
    assert "tiny" in log.read_text("utf-8")


def test_wrong_arguments_are_explained():
    process = start("--nonsense")
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert b"--discovery" in err


def test_a_defect_in_a_thread_ends_the_process_and_says_what_it_was():
    code = (
        "import logging, threading, time\n"
        "from foretoken.runtime.__main__ import _on_thread_defect\n"
        "logging.basicConfig(level='INFO')\n"
        "threading.excepthook = _on_thread_defect\n"
        "threading.Thread(target=lambda: 1 / 0).start()\n"
        "threading.Event().wait()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 70
    assert b"ZeroDivisionError" in done.stderr
    assert logging.getLevelName(logging.CRITICAL).encode() in done.stderr


LOGS_SOURCE = """
import logging, pathlib, sys
from foretoken.runtime.__main__ import _log_to
_log_to(pathlib.Path(sys.argv[1]), sys.argv[2])
logging.getLogger("uvicorn.error").error("refused %s", "secret_of_mine")
try:
    raise ValueError("secret_of_mine")
except ValueError:
    logging.getLogger("foretoken.runtime").exception("it failed")
logging.getLogger("foretoken.runtime").info("a word")
"""


@pytest.mark.parametrize(
    ("level", "source", "word"), [("error", False, False), ("info", False, True), ("debug", True, True)]
)
def test_the_log_holds_source_text_at_debug_alone(tmp_path: Path, level: str, source: bool, word: bool):
    path = tmp_path / "logs" / "runtime.log"
    command = [sys.executable, "-c", LOGS_SOURCE, path, level]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)
    text = path.read_text("utf-8")
    assert "it failed" in text and "ValueError" in text
    assert ("secret_of_mine" in text, "a word" in text) == (source, word)
    assert done.stderr == b""


def test_a_log_that_cannot_be_written_is_no_reason_to_end(tmp_path: Path):
    (tmp_path / "logs").write_text("a file where the folder should be")
    path = tmp_path / "logs" / "runtime.log"
    done = subprocess.run([sys.executable, "-c", LOGS_SOURCE, path, "info"], capture_output=True, timeout=SECONDS)
    assert (done.returncode, done.stderr) == (0, b"")
