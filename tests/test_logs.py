"""Log files: one per process, rotated, pruned, and free of source text below debug."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretoken import logs
from planted_secrets import planted

SOURCE = "def secret_of_the_user():"


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, own = root.handlers[:], root.level, logging.getLogger("foretoken").level
    raising = logging.raiseExceptions
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers = handlers
    root.setLevel(level)
    logging.getLogger("foretoken").setLevel(own)
    logging.raiseExceptions = raising


def start(folder: Path, level: str) -> Path:
    path = logs.start_logging("server", level, folder)
    assert path is not None
    return path


def log_everything() -> None:
    """What pygls does: whole messages in arguments, in later lines, and in exceptions."""
    library = logging.getLogger("pygls.protocol")
    library.info("Sending data: %s", SOURCE)
    library.error("Unable to deserialize message\n%s", SOURCE)
    own = logging.getLogger("foretoken.lsp")
    own.debug("prompt: %s", SOURCE)
    own.info("a suggestion was shown")
    try:
        try:
            raise KeyError(SOURCE)
        except KeyError as error:
            raise ValueError(SOURCE) from error
    except ValueError:
        own.exception("it failed")
        library.exception("it failed too")


def test_no_source_text_at_info(tmp_path: Path) -> None:
    path = start(tmp_path, "info")
    log_everything()
    text = path.read_text()
    assert SOURCE not in text
    assert "a suggestion was shown" in text and "Unable to deserialize message" in text
    assert "ValueError" in text and "KeyError" in text and "in log_everything" in text  # enough to find the place


def test_debug_writes_it_all(tmp_path: Path) -> None:
    path = start(tmp_path, "debug")
    log_everything()
    assert path.read_text().count(SOURCE) >= 5


@pytest.mark.parametrize("level", ["debug", "info", "error"])
def test_no_secret_at_any_level(tmp_path: Path, level: str) -> None:
    """In messages, arguments and tracebacks, as text and as the JSON that a client sends."""
    path = start(tmp_path, level)
    own, library = logging.getLogger("foretoken.lsp"), logging.getLogger("pygls.protocol")
    corpus = planted(5)
    for each in corpus:
        own.error("%s", each.text)
        library.error("Received %s", json.dumps({"text": each.text}))
    try:
        raise OSError(f"no answer from {corpus[0].text}")
    except OSError:
        own.exception("failed")
    text = path.read_text() + "".join(old.read_text() for old in tmp_path.glob("*.log.*"))
    assert "SECRET_AWS_ACCESS_KEY_1" in text
    left = {(each.kind, each.carrier) for each in corpus if each.value in text}
    assert left == set()


def test_the_level_can_change_while_running(tmp_path: Path) -> None:
    path = start(tmp_path, "error")
    log_everything()
    assert "a suggestion was shown" not in path.read_text() and SOURCE not in path.read_text()
    logs.set_level("debug")
    log_everything()
    size = path.stat().st_size
    assert SOURCE in path.read_text()
    logs.set_level("info")
    log_everything()
    assert SOURCE not in path.read_text()[size:]


def test_an_os_error_keeps_its_message(tmp_path: Path) -> None:
    path = start(tmp_path, "info")
    try:
        raise FileNotFoundError(2, "No such file", "model.gguf")
    except OSError:
        logging.getLogger("foretoken.models").exception("no model")
    assert "model.gguf" in path.read_text()


def test_files_are_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 2000)
    start(tmp_path, "info")
    for number in range(200):
        logging.getLogger("foretoken").info("record %d", number)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 1 + logs.BACKUPS
    assert all(file.stat().st_size <= 2000 for file in files)


def test_old_files_go_those_of_running_processes_stay(tmp_path: Path) -> None:
    ended = []
    for age in range(logs.KEPT_PROCESSES + 3):
        process = subprocess.run(
            [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True
        )
        for name in (f"server-{process.stdout.strip()}.log", f"server-{process.stdout.strip()}.log.1"):
            path = tmp_path / name
            path.write_text("old")
            os.utime(path, (1000 - age, 1000 - age))
        ended.append(path)
    running = tmp_path / f"server-{os.getppid()}.log"
    running.write_text("still written to")
    os.utime(running, (1, 1))
    other = tmp_path / "runtime-1.log"
    other.write_text("another kind")

    logs.remove_old_logs("server", tmp_path)

    assert running.exists() and other.exists()
    assert [path.exists() for path in ended] == [True] * logs.KEPT_PROCESSES + [False] * 3


def test_files_from_the_future_grow_old_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock was a year ahead when they were written, and was set right since."""
    monkeypatch.setattr(logs, "KEPT_PROCESSES", 1)
    future = tmp_path / f"server-{2**22 + 1}.log"
    future.write_text("written by a process that had another date")
    os.utime(future, (40_000_000, 40_000_000))
    logs.remove_old_logs("server", tmp_path, lambda: 8_000_000.0)
    assert future.stat().st_mtime == 8_000_000  # it stays for now

    newer = tmp_path / f"server-{2**22 + 2}.log"
    newer.write_text("written since")
    os.utime(newer, (8_000_100, 8_000_100))
    logs.remove_old_logs("server", tmp_path, lambda: 8_000_200.0)
    assert newer.exists() and not future.exists()

    future.write_text("it does not go before what was written just now, as a disk has it whose clock is ahead")
    os.utime(future, (40_000_000, 40_000_000))
    os.utime(newer, (8_000_230, 8_000_230))
    logs.remove_old_logs("server", tmp_path, lambda: 8_000_200.0)
    assert newer.exists() and not future.exists()


def test_starting_to_log_removes_old_files_of_every_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "KEPT_PROCESSES", 0)
    for kind in logs.KINDS:
        (tmp_path / f"{kind}-{2**22 + 7}.log").write_text("no process can have this number")
    path = start(tmp_path, "info")
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert logs.start_logging("server", "info", blocked) is None
    logging.getLogger("foretoken").error("nobody hears this")
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists, no modes")
def test_the_files_and_their_folder_are_for_their_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "log"
    folder.mkdir(mode=0o755)
    old = folder / f"server-{os.getpid()}.log"
    old.write_text("of an earlier version\n")
    old.chmod(0o644)
    monkeypatch.setattr(logs, "MAX_BYTES", 200)
    path = start(folder, "info")
    for _ in range(10):
        logging.getLogger("foretoken").info("a line that fills the file, so that another is begun")
    assert folder.stat().st_mode & 0o777 == 0o700
    written = list(folder.iterdir())
    assert len(written) == 3 and path in written
    assert all(found.stat().st_mode & 0o077 == 0 for found in written)
