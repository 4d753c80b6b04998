"""Starting the model process. Light on purpose: ``foretoken serve`` does this before it imports anything else.

The process needs no settings to start; the supervisor names the model to it later (POST /load), and says then whether
it is shared. So it can import llama.cpp while the language server is still importing its own libraries.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

TOKEN_VARIABLE = "FORETOKEN_RUNTIME_TOKEN"
DISCOVERY = "runtime.json"
STDERR_SUFFIX = ".stderr"
FOLDER_PREFIX = "foretoken-"
PROBE_BYTES = 4096  # what the process writes for sure; the rest it can do without
# An editor's machine is busy: OpenMP threads that spin while they wait cost ten times the time of sleeping ones.
# On a failed assertion ggml would start a debugger to print a backtrace.
RUNTIME_ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE", "GGML_NO_BACKTRACE": "1"}


@dataclass(frozen=True, slots=True)
class RuntimeProcess:
    """A started model process. Its standard input is the leash: until it is shared it leaves when that is closed."""

    popen: subprocess.Popen[bytes]
    token: str
    folder: Path
    log_dir: Path | None = None

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def log(self) -> str:
        """Its log file; "" = none."""
        return str(self.log_dir / log_name(self.popen.pid)) if self.log_dir else ""

    def port(self) -> int | None:
        """Where it listens; None while it has not said so."""
        try:
            return int(json.loads((self.folder / DISCOVERY).read_text("utf-8"))["port"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def last_words(self) -> str:
        """See ``last_words``."""
        return last_words(self.folder)

    def remove_folder(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def last_words(folder: Path) -> str:
    """The last line of a process' standard error: what a failed assertion or a Python error said."""
    try:
        text = (folder / DISCOVERY).with_suffix(STDERR_SUFFIX).read_text("utf-8", "replace")
    except OSError:
        return ""
    return text.strip().rsplit("\n", 1)[-1][:300]


def log_name(pid: int) -> str:
    """One file for each process: two that rotate one file corrupt it."""
    return f"runtime-{pid}.log"


def start_runtime(log_dir: Path | None = None, log_level: str = "info", parent: Path | None = None) -> RuntimeProcess:
    """Start a model process that waits for a model. Raises OSError when it cannot be started.

    parent: where its own folder is made, if that can be written to; else where temporary files are.
    """
    folder = _own_folder(parent)
    token = secrets.token_urlsafe(32)
    # -P: without it a folder named foretoken or numpy in the user's workspace would be imported.
    command = [sys.executable, "-P", "-m", "foretoken.runtime", "--discovery", str(folder / DISCOVERY)]
    if log_dir is not None:
        command += ["--log-dir", str(log_dir), "--log-level", log_level]
    # A session or group of its own: Ctrl-C in the editor's terminal is for the editor, and closing stdin ends it.
    separate: dict[str, object] = {"start_new_session": True}
    if sys.platform == "win32":
        separate = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    try:
        with open((folder / DISCOVERY).with_suffix(STDERR_SUFFIX), "wb", opener=_private) as stderr:
            popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env={**os.environ, **RUNTIME_ENVIRONMENT, TOKEN_VARIABLE: token},
                **separate,
            )
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return RuntimeProcess(popen, token, folder, log_dir)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _own_folder(parent: Path | None) -> Path:
    """A new folder, for its owner alone, on a disk that is not full."""
    if parent is not None:
        folder = None
        try:
            folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=parent))
            probe = folder / "probe"
            probe.write_bytes(bytes(PROBE_BYTES))
            probe.unlink()
            return folder
        except OSError:
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
