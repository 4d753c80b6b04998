"""Removing what model processes left behind that ended without a word."""

import json
import os
import shutil
from pathlib import Path

from foretoken.engine.discovery import process_start
from foretoken.engine.launch import DISCOVERY, FOLDER_PREFIX


def sweep(folder: Path) -> None:
    """Remove the folders of processes that are gone. One that has not said its number yet may be starting: it stays."""
    for own in folder.glob(f"{FOLDER_PREFIX}*"):
        try:
            pid = json.loads((own / DISCOVERY).read_text("utf-8"))["pid"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if isinstance(pid, int) and pid != os.getpid() and not process_start(pid):
            shutil.rmtree(own, ignore_errors=True)
