"""Print what the model is asked for a place in a file. No model is started.

Special tokens are shown by their role, such as ⟨FIM_PREFIX⟩; what you see between them is plain text.
"""

import argparse

from foretoken.cli.command import OK, WRONG_USAGE, CommandError
from foretoken.cli.source_file import parse_location, read_source, settings_for, snapshot_at
from foretoken.prompt.infill import infill
from foretoken.text.pieces import symbolic

EXAMPLES = """examples:
  foretoken prompt src/app.py:12:5
  foretoken prompt src/app.py:12:5 --tokens 500   # what is left of it in a small window
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("location", metavar="FILE:LINE:COL", help="counted from 1; COL in characters")
    parser.add_argument("--tokens", type=int, metavar="N", help="room for the prompt (default: by the settings)")
    parser.add_argument("--language", metavar="ID", help="LSP language id (default: by the file's name)")


def run(args: argparse.Namespace) -> int:
    location = parse_location(args.location)
    if args.tokens is not None and args.tokens < 1:
        raise CommandError("--tokens must be at least 1", WRONG_USAGE)
    text = read_source(location.file)
    settings = settings_for(location.file)
    snapshot = snapshot_at(location, text, args.language, settings)
    print(symbolic(infill(snapshot, args.tokens or settings.model.n_ctx - settings.inline.max_tokens)))
    return OK
