"""Look at the model processes of this user, end them, or run one in the foreground for other tools.

Editor windows that want the same model share one process; it is started with the first and leaves after the last.
"""

import argparse

from foretoken.cli import engine_run, engine_status, engine_stop
from foretoken.cli.command import WRONG_USAGE, CommandError

EXAMPLES = """examples:
  foretoken engine status                  # what runs, and for whom
  foretoken engine status --json | jq '.processes[].rss'
  foretoken engine stop                    # free the memory; the next suggestion loads the model again
  foretoken engine stop 4711               # that process only
  foretoken engine run                     # for llama.vim, Zed and others, until Ctrl-C
  foretoken engine run --port 8080 --model ~/models/qwen.gguf
"""

ACTIONS = {"status": engine_status, "stop": engine_stop, "run": engine_run}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", help="one of these:")
    for name, module in ACTIONS.items():
        action = actions.add_parser(
            name,
            help=module.HELP,
            description=module.__doc__,
            epilog=module.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(action)


def run(args: argparse.Namespace) -> int:
    if args.action is None:
        raise CommandError("say what: status, stop or run; --help gives examples", WRONG_USAGE)
    exit_code: int = ACTIONS[args.action].run(args)
    return exit_code
