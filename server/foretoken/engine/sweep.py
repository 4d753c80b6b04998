"""Removing what model processes left behind that ended without a word, and what keys left that nobody uses any more."""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from foretoken.engine.discovery import SUFFIX, machine, process_start
from foretoken.engine.launch import DISCOVERY, FOLDER_PREFIX

UNUSED_SECONDS = 30 * 86400.0
KEY_FILES = (".lock", ".serving", ".poison.json")


def sweep(folder: Path, clock: Callable[[], float] = time.time) -> None:
    """Remove the folders of processes that are gone. One that has not said its number yet may be starting: it stays; so
    does one of another machine or container that shares the place, whose numbers mean nothing here, unless it is old.

    clock: seconds, as ``time.time``.
    """
    now = clock()
    for own in folder.glob(f"{FOLDER_PREFIX}*"):
        try:
            said = json.loads((own / DISCOVERY).read_text("utf-8"))
            pid, ours = said["pid"], said.get("machine") == machine()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        gone = ours and isinstance(pid, int) and pid != os.getpid() and not process_start(pid)
        if gone or (not ours and _unused(own, now)):
            shutil.rmtree(own, ignore_errors=True)
    for lock in folder.glob(f"*{KEY_FILES[0]}"):
        key = lock.name.removesuffix(KEY_FILES[0])
        if _unused(lock, now) and not (folder / f"{key}{SUFFIX}").exists():
            for ending in KEY_FILES:
                with contextlib.suppress(OSError):
                    (folder / f"{key}{ending}").unlink(missing_ok=True)


def _unused(path: Path, now: float) -> bool:
    """A clock that was set back makes nothing old."""
    try:
        return now - path.stat().st_mtime > UNUSED_SECONDS
    except OSError:
        return False
