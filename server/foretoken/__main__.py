"""The command line. A command's module is imported only when it is asked for, so that ``serve`` starts fast."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from foretoken import __version__
from foretoken.cli.command import FAILED, INTERRUPTED, OK, WRONG_USAGE, CommandError
from foretoken.cli.streams import give_up_output, output_problem, take_streams

# Each is a module foretoken.cli.<name> with a docstring, EXAMPLES, add_arguments(parser) and run(args) -> exit code.
COMMANDS = {
    "serve": "run the language server; this is what an editor starts",
    "demo": "watch suggestions appear while a real file is typed",
    "complete": "print one suggestion for a place in a file",
    "prompt": "print what the model is asked for a place in a file",
    "symbols": "print what is known of one file: definitions, references, imports",
    "index": "index a workspace, or look at, check or delete its index",
    "settings": "print the settings in force and where each comes from",
    "engine": "see or end the running model, or serve it to other tools",
    "doctor": "check the installation, or write a bug report",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 done, 1 failed, 2 wrong usage, 130 interrupted.

    Standard output that cannot be written is a failure, but for a pipe whose reader has left."""
    args = list(sys.argv[1:] if argv is None else argv)
    program = f"foretoken {args[0]}" if args and args[0] in COMMANDS else "foretoken"
    if closed := take_streams():
        print(f"{program}: standard output cannot be written: {closed}", file=sys.stderr)
        return FAILED
    try:
        try:
            return _main(args)
        finally:
            sys.stdout.flush()  # here, where a failure is expected; at the interpreter's end it is a traceback
    except OSError as error:
        problem = output_problem(error)
        if problem is None:
            raise
        give_up_output()
        if isinstance(problem, BrokenPipeError):  # the reader of a pipe left, such as `| head`
            return OK
        print(f"{program}: standard output cannot be written: {problem.strerror or problem}", file=sys.stderr)
        return FAILED


def _main(args: list[str]) -> int:
    if not args or args[0] not in COMMANDS:
        return _no_command(args)
    name = args[0]
    try:
        return _run(name, args[1:])
    except CommandError as error:
        print(f"foretoken {name}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\rstopped" if sys.stderr.isatty() else "stopped", file=sys.stderr)  # over the terminal's own ^C
        return INTERRUPTED


def _run(name: str, args: list[str]) -> int:
    command = importlib.import_module(f"foretoken.cli.{name}")
    parser = argparse.ArgumentParser(
        prog=f"foretoken {name}",
        description=command.__doc__,
        epilog=command.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(parser)
    # "-:12:5" is a place in standard input; the space keeps argparse from taking it for an option.
    exit_code: int = command.run(parser.parse_args([f" {arg}" if arg.startswith("-:") else arg for arg in args]))
    return exit_code


def _no_command(args: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="foretoken",
        usage="foretoken COMMAND [options]",
        description="A language server that puts a local code model behind any LSP editor.",
        epilog="commands:\n"
        + "\n".join(f"  {name:<10} {help_line}" for name, help_line in COMMANDS.items())
        + "\n\nforetoken COMMAND --help explains a command and gives examples. New here? Try: foretoken demo",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"foretoken {__version__}")
    if args and not args[0].startswith("-"):
        import difflib

        close = difflib.get_close_matches(args[0], COMMANDS, n=1)
        hint = f"; did you mean {close[0]}?" if close else f"; the commands are {', '.join(COMMANDS)}"
        parser.error(f"unknown command '{args[0]}'{hint}")
    parser.parse_args(args)
    parser.print_help()
    return WRONG_USAGE


if __name__ == "__main__":
    sys.exit(main())
