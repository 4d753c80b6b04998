"""Run the language server on standard input and output.

An editor starts this; there is nothing to see in a terminal. The server writes log files, not to the screen:
`foretoken doctor` names their folder.
"""

import argparse
import sys

from foretoken.cli.command import WRONG_USAGE, CommandError

EXAMPLES = """examples:
  foretoken serve --stdio
  Neovim:  vim.lsp.config('foretoken', {cmd = {'foretoken', 'serve', '--stdio'}})
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stdio", action="store_true", help="speak LSP over standard input and output (required)")
    parser.add_argument(
        "--clientProcessId",
        dest="client_process_id",
        type=int,
        metavar="PID",
        help="leave when this process ends, even if it ends without a word",
    )


def run(args: argparse.Namespace) -> int:
    if not args.stdio:
        raise CommandError(
            "say --stdio: standard input and output is the only way it talks. An editor starts this command; "
            "to see suggestions in a terminal, run: foretoken demo",
            WRONG_USAGE,
        )
    if sys.stdin.isatty():
        print("This waits for an editor to speak LSP to it; Ctrl-C ends it.", file=sys.stderr)
    from foretoken import app

    return app.serve(client_process_id=args.client_process_id)
