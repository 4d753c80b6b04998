"""The doctor on the index of workspaces."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from foretoken.cli.check import Check, State, size_text
from foretoken.cli.wording import counted
from foretoken.index.folders import FOLDER_VARIABLE, indexes_folder, stored_indexes
from foretoken.session.settings import Settings

GROUP = "index"
_WATCHES = Path("/proc/sys/fs/inotify/max_user_watches")
_FEW_WATCHES = 8192  # what old kernels allow for all programs together


def check_index(settings: Settings) -> Iterator[Check]:
    """Whether indexes can be written, and changes be seen."""
    if not settings.index.enabled:
        yield Check(GROUP, "index", State.INFO, "off (index.enabled)")
        return
    folder = indexes_folder()
    above = next((place for place in (folder, *folder.parents) if place.is_dir()), folder)
    if not os.access(above, os.W_OK):
        advice = f"Without it nothing is indexed. Make {above} yours, or set {FOLDER_VARIABLE} to another folder."
        yield Check(GROUP, "folder", State.WARN, f"{folder} cannot be written", advice)
    else:
        found = stored_indexes()
        size = size_text(sum(index.size for index in found))
        yield Check(GROUP, "folder", State.OK, f"{folder} ({counted(len(found), 'workspace')}, {size})")
    if settings.index.watch != "off" and sys.platform == "linux":
        yield from _check_watches()


def _check_watches() -> Iterator[Check]:
    try:
        limit = int(_WATCHES.read_text())
    except (OSError, ValueError):
        return
    if limit <= _FEW_WATCHES:
        advice = "Large workspaces are then compared with the disk now and then: raise fs.inotify.max_user_watches."
        yield Check(GROUP, "watches", State.WARN, f"{limit:,} for all programs", advice)
    else:
        yield Check(GROUP, "watches", State.OK, f"{limit:,}")
