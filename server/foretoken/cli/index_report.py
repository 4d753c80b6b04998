"""How ``foretoken index`` shows what it does and what came of it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from foretoken.cli.check import size_text
from foretoken.cli.wording import counted
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
    print(
        f"  {counted(report['files'], 'file')}, {counted(report['lines'], 'line')}, "
        f"{counted(report['symbols'], 'definition')}"
    )
    _show_languages(list(report["languages"].items()))
    took = f"  {report['seconds']:.1f} s"
    if report["new_lines"]:
        took += f", {report['new_lines'] / max(report['seconds'], 0.001):,.0f} new lines a second"
    print(took)
    if report["left_out"]:
        print("  left out:")
        counts = sorted(report["left_out"].items(), key=lambda item: -item[1])
        width = len(f"{counts[0][1]:,}")
        for reason, count in counts:
            examples = report["examples"].get(reason, [])
            shown = ", ".join(examples) + (", ..." if count > len(examples) else "")
            print(f"    {count:>{width},} x {reason}{f': {shown}' if examples else ''}")
    if report["incomplete"]:
        words = "its words alone are" if report["incomplete"] == 1 else "their words alone are"
        print(f"  {counted(report['incomplete'], 'file')} could not be parsed in time: {words} known")
    print(f"  {size_text(report['bytes'])} in {report['index']}")


def _show_languages(languages: list[tuple[str, tuple[int, int]]]) -> None:
    rows = [(language_name(language), files, lines) for language, (files, lines) in languages[:_LANGUAGES]]
    if more := languages[_LANGUAGES:]:
        rows.append((f"{len(more)} more", sum(files for _, (files, _) in more), sum(lines for _, (_, lines) in more)))
    # As narrow as they can be: a terminal may have 40 columns.
    name, file, line = (max((len(f"{row[at]:,}" if at else row[0]) for row in rows), default=0) for at in range(3))
    for language, files, lines in rows:
        noun = "file " if files == 1 else "files"
        print(f"    {language:<{name}}  {files:>{file},} {noun}  {lines:>{line},} line{'' if lines == 1 else 's'}")
