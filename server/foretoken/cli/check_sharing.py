"""The doctor on model processes that windows share."""

from collections.abc import Iterator

from foretoken.cli.check import Check, State
from foretoken.engine.discovery import discoveries
from foretoken.engine.runtime_folder import FOLDER_VARIABLE, FolderUnusable, prepare_folder, runtime_folder

GROUP = "sharing"


def check_sharing() -> Iterator[Check]:
    """Whether windows can find each other's model process."""
    try:
        folder = runtime_folder()
        if folder is None:
            yield Check(GROUP, "folder", State.INFO, f"off ({FOLDER_VARIABLE}): every window loads its own model")
            return
        prepare_folder(folder)
    except FolderUnusable as error:
        yield Check(GROUP, "folder", State.WARN, str(error), "Until then every window loads a model of its own.")
        return
    yield Check(GROUP, "folder", State.OK, str(folder))
    count = sum(found.looks_alive() for _, found in discoveries(folder))
    value = {0: "none runs", 1: "1 runs"}.get(count, f"{count} run")
    yield Check(GROUP, "processes", State.INFO, f"{value} (`foretoken engine status` shows them)")
