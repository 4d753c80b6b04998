"""``foretoken index --check`` and ``--remove``."""

import json
from pathlib import Path
from typing import Any

from foretoken.cli.check import size_text
from foretoken.cli.command import FAILED, OK, CommandError
from foretoken.index.folders import index_folder, remove_index, stored_indexes
from foretoken.index.store import Damaged, check, database, open_to_read

_MOST_NAMED = 5


def no_folder(root: Path) -> CommandError:
    """What is wrong with an argument that is no folder, and what to do."""
    if root.exists():
        return CommandError(
            f"{root} is a file, not a folder. For the folder that it lies in: foretoken index {root.parent}; "
            f"what is known of the file: foretoken symbols {root}"
        )
    return CommandError(f"there is no folder {root}")


def remove(root: Path, as_json: bool) -> int:
    """Delete the index of a folder, which itself need not exist any more. Raises CommandError."""
    folder = index_folder(root)
    there = folder.is_dir()
    if not there and not root.is_dir():
        raise CommandError(f"{no_folder(root)}{_others()}")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if there else 0
    try:
        if there and not remove_index(folder):
            raise CommandError(f"the index of {root} is in use: close the editor windows on this workspace first")
    except OSError as error:
        raise CommandError(f"the index cannot be deleted: {error}") from error
    if as_json:
        _print_json({"root": str(root), "removed": there, "index": str(folder), "bytes": size})
    elif there:
        print(f"The index of {root} is deleted: {size_text(size)} in {folder}.")
    else:
        print(f"There is no index of {root}.")
    return OK


def check_stored(root: Path, as_json: bool) -> int:
    """Say whether the index of a folder is sound. Raises CommandError when there is none."""
    folder = index_folder(root)
    try:
        connection = open_to_read(folder)
        missing = connection is None
        problem = ""
        if connection is not None:
            problem = check(connection)
            connection.close()
    except (Damaged, OSError) as error:
        missing, problem = False, str(error)
    if as_json:
        state = "missing" if missing else "damaged" if problem else "sound"
        _print_json({"root": str(root), "state": state, "problem": problem, "index": str(database(folder))})
        return OK if state == "sound" else FAILED
    if missing:
        raise CommandError(f"there is no index of {root}{_others()}")
    if problem:
        print(f"damaged: {problem}")
        print("The next `foretoken index`, or the next editor window, makes it anew. No file of yours is concerned.")
        return FAILED
    print(f"The index of {root} is sound: {database(folder)}.")
    return OK


def _others() -> str:
    roots = [index.root for index in stored_indexes() if index.root]
    shown = ", ".join(roots[:_MOST_NAMED]) + (f" and {len(roots) - _MOST_NAMED} more" if roots[_MOST_NAMED:] else "")
    return f"; there are indexes of {shown}" if roots else ""


def _print_json(report: dict[str, Any]) -> None:
    print(json.dumps(report, ensure_ascii=False, indent=2))
