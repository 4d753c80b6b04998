"""The demo from end to end: the real server, the real runtime, the shipped model."""

import asyncio
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import psutil
import pyte
import pytest

from foretoken.cli.demo_client import DemoClient

Run = Callable[..., "subprocess.CompletedProcess[str]"]
pytestmark = pytest.mark.model

KEY_LINE = re.compile(r"^ *(\d+) (\S.{5}) +([\d.]+) ms +(\d+|-) eval +(\d+|-) reused  ([+-]) (.+)$", re.MULTILINE)


def test_it_shows_suggestions_and_reuses_what_it_knows(foretoken: Run) -> None:
    done = foretoken("demo", "--plain", "--speed", "0")
    assert done.returncode == 0, done.stderr
    keys = KEY_LINE.findall(done.stdout)
    assert len(keys) >= 50
    assert any(sign == "+" for *_, sign, _ in keys)
    asked = [(int(evaluated), int(reused)) for *_, evaluated, reused, _, _ in keys if evaluated != "-"]
    # What was evaluated once is not evaluated again: a key costs a few tokens, however long the file.
    evaluated, reused = (statistics.median(counts) for counts in zip(*asked, strict=True))
    assert evaluated <= 5 and reused >= 100
    shown = int(re.search(r"suggestions shown +(\d+)", done.stdout)[1])
    assert shown == sum(sign == "+" for *_, sign, _ in keys) > 0
    assert "time to suggestion, p50 / p95" in done.stdout and "million parameters" in done.stdout


def test_it_types_a_file_of_yours_from_a_line_and_leaves_it_alone(foretoken: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    source = "class A:\n    def f(self):\n        self.x = 1\n        self.y = 2\n        return self.x\n"
    path.write_text(source)
    done = foretoken("demo", str(path), "--line", "4", "--plain", "--speed", "0", "--keys", "9")
    assert done.returncode == 0, done.stderr
    assert len(KEY_LINE.findall(done.stdout)) == 9
    assert path.read_text() == source


async def test_the_client_shuts_the_server_down_as_the_protocol_says(home: Path) -> None:
    client = DemoClient()
    await client.start(home)
    client.open(home / "a.py", "python", "x = 1\n")
    assert await client.close() == 0
    assert await DemoClient().close() is None  # it was never started


async def test_an_answer_to_a_request_that_was_given_up_is_no_error(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = DemoClient()
    await client.start(home)
    given_up = asyncio.create_task(client.status())
    await asyncio.sleep(0)  # it is sent
    given_up.cancel()
    assert (await client.status())["engine"]  # answered after the one before
    assert given_up.cancelled() and caplog.messages == []
    assert await client.close() == 0


def test_a_language_that_the_model_does_not_know_is_said_at_every_key(foretoken: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.go"
    path.write_text("package a\n\nfunc f() int {\n\treturn 1\n}\n")
    done = foretoken("demo", str(path), "--plain", "--speed", "0", "--keys", "3")
    assert done.returncode == 0, done.stderr
    assert "silent: this model does not know this language" in done.stdout
    said = done.stdout.index("knows only Python, this is Go: it will suggest nothing.")
    assert said < done.stdout.index("   1 r")  # before the first key
    assert "so it suggested nothing in Go" in done.stdout and "everything works" not in done.stdout


def test_it_types_with_the_settings_of_the_files_project(foretoken: Run, tmp_path: Path) -> None:
    (tmp_path / "p" / "src").mkdir(parents=True)
    (tmp_path / "p" / ".foretoken.toml").write_text("[inline]\nenabled = false\nwrong = 1\n")
    path = tmp_path / "p" / "src" / "mine.py"
    path.write_text("def f():\n    return 1\n")
    done = foretoken("demo", str(path), "--plain", "--speed", "0", "--keys", "3")
    assert "silent: inline suggestions are turned off in the settings" in done.stdout
    assert len(done.stderr.splitlines()) == 1 and "unknown setting 'inline.wrong'" in done.stderr


@pytest.mark.parametrize(
    "args, message",
    [
        (["nix.py"], "nix.py: No such file"),
        (["--speed", "-1"], "--speed must be 0 or more"),
        (["--keys", "0"], "--keys 1 or more"),
        (["--line", "9999"], "there is no line 9999"),
    ],
)
def test_wrong_arguments_are_named(foretoken: Run, args: list[str], message: str) -> None:
    done = foretoken("demo", "--plain", *args)
    assert done.returncode in (1, 2) and message in done.stderr and "Traceback" not in done.stderr


def test_a_model_that_cannot_start_is_said(foretoken: Run, home: Path) -> None:
    config = home / "xdg_config_home" / "foretoken"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("[model]\npath = 'nowhere.gguf'\n")
    done = foretoken("demo", "--plain", "--speed", "0")
    assert done.returncode == 1
    assert "nowhere.gguf does not exist" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pexpect needs a pseudo-terminal")
def test_in_a_terminal_the_ghost_text_is_drawn_and_ctrl_c_leaves_nothing_behind(home: Path) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "foretoken", "demo"],
        dimensions=(26, 80),
        encoding="utf-8",
        timeout=60,
        # As in a terminal: what a shell runs in the background ignores it, and its children too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    screen = pyte.Screen(80, 26)
    stream = pyte.Stream(screen)

    def until(pattern: str) -> None:
        deadline = time.monotonic() + 60
        while not re.search(pattern, "\n".join(screen.display)):
            assert time.monotonic() < deadline, "\n".join(screen.display)
            stream.feed(child.read_nonblocking(4096, timeout=60))

    until(r"a suggestion is shown")
    cells = [cell for row in screen.buffer.values() for cell in row.values()]
    assert any(cell.italics and cell.fg == "brightblack" and cell.data.isalnum() for cell in cells)
    assert any("inventory.py" in line for line in screen.display)
    family = psutil.Process(child.pid).children(recursive=True)
    assert len(family) >= 2  # the server and its runtime
    child.sendintr()
    until(r"characters saved by accepting")
    until(r"\nstopped")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130 and child.signalstatus is None
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive


def test_a_demo_that_is_killed_leaves_nothing_behind(home: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "foretoken", "demo", "--plain"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while "eval" not in process.stdout.readline():
        pass
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait(20)
    process.stdout.close()
    process.stderr.close()
    gone, alive = psutil.wait_procs(family, timeout=20)
    assert len(gone) >= 2 and not alive
