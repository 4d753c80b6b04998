"""Index a workspace: its definitions, references and imports; or look at, check or delete what is indexed.

An editor window does this by itself, in the background. Only what changed since the last time is read again. No source
text is stored, and nothing leaves this machine. Exit code 1 when the index cannot be made or is damaged; 130 after
Ctrl-C: what is indexed stays, and the next run goes on from there.
"""

import argparse
import json
import queue
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from foretoken.cli.command import FAILED, OK, CommandError
from foretoken.cli.index_report import show_progress, show_summary
from foretoken.cli.source_file import settings_in, workspace_of
from foretoken.index.events import Event, Finished, Notice, Progress, Role
from foretoken.index.folders import index_folder, prepare_index_folder, remove_index, stored_indexes
from foretoken.index.indexer import Indexer
from foretoken.index.reading import Reader
from foretoken.index.roots import refusal
from foretoken.index.store import Damaged, check, database, open_to_read

EXAMPLES = """examples:
  foretoken index                          # the workspace that this folder lies in
  foretoken index ~/src/linux              # another one
  foretoken index --json | jq .left_out    # what was left out, and how often
  foretoken index --check                  # read all of the index and say whether it is sound
  foretoken index --remove                 # delete it from the disk
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="the folder (default: the workspace around this one)"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true", help="say whether the index is sound; nothing is changed")
    action.add_argument("--remove", action="store_true", help="delete the index of the folder")


def run(args: argparse.Namespace) -> int:
    root = (args.folder or workspace_of(Path.cwd() / "-") or Path()).expanduser().resolve()
    if args.remove:
        return _remove(root)
    if not root.is_dir():
        raise CommandError(f"{root} is not a folder")
    if args.check:
        return _check(root)
    if reason := refusal(root):
        raise CommandError(reason)
    report = _index(root, quiet=args.json)
    if args.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        show_summary(report)
    return OK


def _remove(root: Path) -> int:
    folder = index_folder(root)
    if not folder.is_dir():
        print(f"There is no index of {root}.")
        return OK
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    try:
        if not remove_index(folder):
            raise CommandError(f"the index of {root} is in use: close the editor windows on this workspace first")
    except OSError as error:
        raise CommandError(f"the index cannot be deleted: {error}") from error
    print(f"The index of {root} is deleted: {size / 2**20:.1f} MiB in {folder}.")
    return OK


def _check(root: Path) -> int:
    folder = index_folder(root)
    try:
        connection = open_to_read(folder)
        problem = check(connection) if connection is not None else ""
    except (Damaged, OSError) as error:
        connection, problem = None, str(error)
    if problem:
        print(f"damaged: {problem}")
        print("The next `foretoken index`, or the next editor window, makes it anew. No file of yours is concerned.")
        return FAILED
    if connection is None:
        others = [index.root for index in stored_indexes() if index.root]
        known = f"; there are indexes of {', '.join(others[:5])}" if others else ""
        raise CommandError(f"there is no index of {root}{known}")
    connection.close()
    print(f"The index of {root} is sound: {database(folder)}.")
    return OK


def _index(root: Path, quiet: bool) -> dict[str, Any]:
    """Bring the index up to date; what it then is."""
    settings = settings_in(root)
    try:
        folder = prepare_index_folder(root)
    except OSError as error:
        raise CommandError(f"the index cannot be written: {error}") from error
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    reader = Reader(folder)
    before = reader.summary()
    began = time.monotonic()
    indexer = Indexer(root, folder, events.put, max_files=settings.index.max_files)
    indexer.start()
    finished: Finished | None = None
    writer = True
    notices: list[str] = []
    with show_progress(quiet) as progress:
        try:
            while finished is None and writer:
                match event := events.get():
                    case Role():
                        writer = event.writer
                        if writer:
                            indexer.sync()
                    case Progress():
                        progress(event)
                    case Notice():
                        notices.append(event.text)
                        if event.text.startswith("The workspace is not indexed"):
                            raise CommandError(event.text)
                    case Finished():
                        finished = event
        except KeyboardInterrupt:
            indexer.cancel()
            indexer.stop()
            print("\nWhat is indexed stays; the next run goes on from there.", file=sys.stderr)
            raise
        finally:
            indexer.stop()
    seconds = time.monotonic() - began
    after = reader.summary()
    reader.close()
    for notice in notices:
        print(notice, file=sys.stderr)
    if not writer:
        print("An editor window keeps this index up to date; this is what it has so far.", file=sys.stderr)
    elif finished is not None and finished.cancelled:
        raise CommandError("the index is not complete; what is indexed stays, and the next run goes on from there")
    return {
        "root": str(root),
        **asdict(after),
        "left_out": dict(finished.left_out) if finished else {},
        "examples": {reason: list(paths) for reason, paths in finished.examples.items()} if finished else {},
        "seconds": round(seconds, 3),
        "new_lines": max(0, after.lines - before.lines),
        "kept_by": "this command" if writer else "an editor window",
        "index": str(database(folder)),
        "bytes": sum(path.stat().st_size for path in folder.iterdir() if path.is_file()),
    }
