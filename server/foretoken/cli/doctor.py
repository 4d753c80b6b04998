"""Check the installation: what is installed, which model runs, what works, what does not and why.

Starts the model for a moment and asks it something. Exit code 1 when something is broken. With --report, a bug report
is written that leaves out secrets, source text and who you are; nothing is sent anywhere.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from foretoken.cli.bug_report import bug_report, private_places, redact, worst
from foretoken.cli.check import Check, State
from foretoken.cli.check_gateway import check_gateway
from foretoken.cli.check_index import check_index
from foretoken.cli.check_installation import check_installation
from foretoken.cli.check_model import check_model
from foretoken.cli.check_sharing import check_sharing
from foretoken.cli.check_surroundings import check_command, check_editors, check_logs, check_settings
from foretoken.cli.command import FAILED, OK, CommandError
from foretoken.logs import log_folder
from foretoken.session.settings_sources import SettingsSources

EXAMPLES = """examples:
  foretoken doctor                   # what works and what does not
  foretoken doctor --report          # a bug report in this folder
  foretoken doctor --report -        # the same, printed
  foretoken doctor --json | jq '.checks[] | select(.state == "fail")'
"""

_STYLES = {State.OK: "green", State.INFO: "bright_black", State.WARN: "yellow", State.FAIL: "bold red"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--report", nargs="?", const="", metavar="FILE", help="write a bug report (default: a new file here; - prints)"
    )
    parser.add_argument("--json", action="store_true", help="print the checks as JSON")
    parser.add_argument("--workspace", type=Path, default=Path(), metavar="FOLDER", help="whose settings (default: .)")


def run(args: argparse.Namespace) -> int:
    if not args.workspace.is_dir():
        raise CommandError(f"{args.workspace} is not a folder")
    workspace = args.workspace.resolve()
    sources = SettingsSources()
    settings, problems = sources.load(workspace, None)
    checks: list[Check] = []
    printer = _Printer(Console(soft_wrap=False), quiet=args.json or args.report is not None)
    for group in (
        check_installation(),
        check_model(settings),
        check_sharing(),
        check_gateway(settings),
        check_index(settings),
        check_settings(settings, sources, problems),
        check_logs(),
        check_command(),
        check_editors(),
    ):
        for check in group:
            if check.state in (State.OK, State.INFO):
                check = replace(check, advice="")
            checks.append(check)
            printer.show(check)
    if args.json:
        print(json.dumps({"state": worst(checks), "checks": [asdict(check) for check in checks]}, indent=2))
    elif args.report != "-":
        printer.verdict(checks)
    if args.report is not None:
        logs = sorted(log_folder().glob("*.log*"))
        page = bug_report(checks, os.environ, logs)
        _write(redact(page, os.environ, private_places(settings, workspace)), args.report)
    return FAILED if worst(checks) is State.FAIL else OK


def _write(page: str, file: str) -> None:
    if file == "-":
        print(page, end="")
        return
    path = Path(file or f"foretoken-report-{time.strftime('%Y%m%d-%H%M%S')}.md").resolve()
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"the report cannot be written to {path}: {error.strerror}") from error
    print(f"The bug report is in {path}. Read it, add what happened, and send it.", file=sys.stderr)


class _Printer:
    """Prints each check as it is done: a large model takes its time."""

    def __init__(self, console: Console, quiet: bool) -> None:
        self._console = console
        self._quiet = quiet
        self._group = ""

    def show(self, check: Check) -> None:
        if self._quiet:
            return
        if check.group != self._group:
            self._line(f"\n{check.group}" if self._group else check.group, "bold")
            self._group = check.group
        advice = f"-> {check.advice}" if check.advice else ""
        if not self._console.is_terminal:  # a pipe or a file has no width
            self._line(f"  {check.state:<6}{check.name:<18} {check.value}")
            if advice:
                self._line(f"{'':<27}{advice}")
            return
        row = Table.grid(padding=(0, 1))
        row.add_column(width=6)
        row.add_column(width=18, overflow="fold")
        row.add_column(overflow="fold")
        row.add_row(Text(f"  {check.state}", style=_STYLES[check.state]), Text(check.name), Text(check.value))
        if advice:
            row.add_row("", "", Text(advice, style=_STYLES[check.state]))
        self._console.print(row)

    def verdict(self, checks: list[Check]) -> None:
        state = worst(checks)
        count = sum(check.state is state for check in checks)
        sentences = {
            State.OK: "Everything works.",
            State.WARN: f"It works; {'1 thing' if count == 1 else f'{count} things'} to look at, marked warn.",
            State.FAIL: f"{'1 thing is' if count == 1 else f'{count} things are'} broken, marked fail.",
        }
        self._line(sentences[state] if self._quiet else f"\n{sentences[state]}", _STYLES[state])

    def _line(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style), soft_wrap=True)
