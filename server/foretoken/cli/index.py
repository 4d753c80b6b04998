"""Index a workspace: its definitions, references and imports; or look at, check or delete what is indexed.

An editor window does this by itself, in the background, for each folder that it has open as a workspace. Only what
changed since the last time is read again. No source text is stored, and nothing leaves this machine.

Without FOLDER it is the workspace around the present folder: the nearest folder above with a .foretoken.toml, else with
a .git, and so on. FOLDER is indexed as it is named; where it is a part of a workspace, that makes an index of its own, for
editor windows that open just this part.

Exit code 1 when the index cannot be made, is damaged or is missing; 130 after Ctrl-C: what is indexed stays, and the next
run goes on from there.
"""

import argparse
import json
import os
import queue
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from foretoken.cli.command import OK, CommandError
from foretoken.cli.index_report import show_progress, show_summary
from foretoken.cli.index_upkeep import check_stored, no_folder, remove
from foretoken.cli.source_file import settings_in, workspace_of
from foretoken.index.events import Event, Finished, Notice, Progress, Refused, Role
from foretoken.index.folders import index_folder, prepare_index_folder
from foretoken.index.indexer import Indexer
from foretoken.index.reading import Reader
from foretoken.index.roots import refusal
from foretoken.index.store import database

EXAMPLES = """examples:
  foretoken index                          # the workspace that this folder lies in
  foretoken index ~/src/linux              # another one
  foretoken index packages/app             # a part of it, for windows that open just this part
  foretoken index --json | jq .left_out    # what was left out, and how often
  foretoken index --check                  # read all of the index and say whether it is sound
  foretoken index --remove                 # delete it from the disk
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="the folder (default: the workspace around this one)"
    )
    parser.add_argument("--json", action="store_true", help="print what came of it as one JSON object")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true", help="say whether the index is sound; nothing is changed")
    action.add_argument("--remove", action="store_true", help="delete the index of the folder")


def run(args: argparse.Namespace) -> int:
    root = _present_workspace() if args.folder is None else Path(os.path.realpath(os.path.expanduser(args.folder)))
    if args.remove:
        return remove(root, args.json)
    if not root.is_dir():
        raise no_folder(root)
    if args.check:
        return check_stored(root, args.json)
    if reason := refusal(root):
        raise CommandError(reason)
    _say_when_part(root)
    report = _index(root, quiet=args.json)
    if args.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        show_summary(report)
    return OK


def _present_workspace() -> Path:
    try:
        present = Path.cwd()
    except OSError as error:
        raise CommandError(f"the present folder cannot be read: {error.strerror}") from error
    return (workspace_of(present / "-") or present).resolve()


def _say_when_part(root: Path) -> None:
    """A part of a workspace has an index of its own, which is seldom what somebody wants who does not say so twice."""
    workspace = workspace_of(root / "-")
    if workspace not in (None, root) and not refusal(workspace) and not database(index_folder(root)).exists():
        print(
            f"{root.name} is a part of the workspace {workspace}; this makes an index of its own, "
            "for editor windows that open just this part.\n"
            f"The whole workspace: foretoken index {workspace}",
            file=sys.stderr,
        )


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
    try:
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
                        case Refused():
                            raise CommandError(event.text)
                        case Notice():
                            notices.append(event.text)
                        case Finished():
                            finished = event
            finally:
                indexer.stop()
    except KeyboardInterrupt:
        # Where the bar was, on a line of its own below the terminal's ^C.
        print("\nWhat is indexed stays; the next run goes on from there.", file=sys.stderr)
        raise
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
