"""How ``foretoken index`` shows what it does and what came of it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from foretoken.cli.check import size_text
from foretoken.index.events import Progress
from foretoken.syntax.languages import language_name

_LANGUAGES = 8


@contextmanager
def show_progress(quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """A bar on standard error, where that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda event: None
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("files"), TimeElapsedColumn(),
    )  # fmt: skip
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("looking", total=None)
        yield lambda event: bar.update(
            task, description=event.phase, completed=event.done, total=event.total or None, refresh=False
        )


def show_summary(report: dict[str, Any]) -> None:
    """For a person; plain lines, so that a pipe gets the same."""
    print(report["root"])
    print(f"  {report['files']:,} files, {report['lines']:,} lines, {report['symbols']:,} definitions")
    for language, (files, lines) in list(report["languages"].items())[:_LANGUAGES]:
        print(f"    {language_name(language):<24} {files:>9,} files {lines:>12,} lines")
    more = list(report["languages"].items())[_LANGUAGES:]
    if more:
        files, lines = sum(files for _, (files, _) in more), sum(lines for _, (_, lines) in more)
        print(f"    {f'{len(more)} more':<24} {files:>9,} files {lines:>12,} lines")
    took = f"  {report['seconds']:.1f} s"
    if report["new_lines"]:
        took += f", {report['new_lines'] / max(report['seconds'], 0.001):,.0f} new lines a second"
    print(took)
    if report["left_out"]:
        print("  left out:")
        for reason, count in sorted(report["left_out"].items(), key=lambda item: -item[1]):
            examples = report["examples"].get(reason, [])
            shown = ", ".join(examples) + (", ..." if count > len(examples) else "")
            print(f"    {count:>9,} x {reason}{f': {shown}' if examples else ''}")
    if report["incomplete"]:
        print(f"  {report['incomplete']:,} files could not be parsed in time: their words alone are known")
    print(f"  {size_text(report['bytes'])} in {report['index']}")
