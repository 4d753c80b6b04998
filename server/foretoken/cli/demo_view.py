"""How the demo draws: the code with its ghost text, the figures of each key, the summary."""

from dataclasses import dataclass
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from foretoken.cli.code_picture import CodePicture
from foretoken.cli.demo_figures import Figures, KeyRecord
from foretoken.text.edit import TextEdit

CODE_LINES = 13


@dataclass(frozen=True, slots=True)
class Screen:
    """What is seen at one moment. cursor: an offset in code points. ghost: the suggestion, if one is shown."""

    text: str
    cursor: int
    ghost: TextEdit | None


class View(Protocol):
    def message(self, text: str) -> None: ...
    def note(self, text: str) -> None: ...
    def key(self, number: int, record: KeyRecord, screen: Screen) -> None: ...
    def summary(self, figures: Figures, model: str) -> None: ...


class PlainView:
    """One line a key, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def message(self, text: str) -> None:
        self._print(text)

    def note(self, text: str) -> None:
        self._print(text)

    def key(self, number: int, record: KeyRecord, screen: Screen) -> None:
        counts = f"{_count(record.evaluated)} eval {_count(record.reused):>5} reused"
        outcome = f"+ {record.shown!r}" if record.shown is not None else f"- {record.reason}"
        self._print(f"{number:>4} {record.key:<6} {record.ms:>7.1f} ms {counts}  {outcome}")

    def summary(self, figures: Figures, model: str) -> None:
        self._print("")
        rows = figures.rows()
        width = max(len(what) for what, _ in rows)
        for what, value in rows:
            self._print(f"{what:<{width}}  {value}")
        self._print(model)

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class TerminalView:
    """The code in a frame, redrawn at each key."""

    def __init__(self, console: Console, title: str, language: str) -> None:
        self._console = console
        self._title = title
        self._language = language
        self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.stop()

    def message(self, text: str) -> None:
        self._live.update(Text(text), refresh=True)

    def note(self, text: str) -> None:
        """It stays, above the frame."""
        self._console.print(text, style="yellow", markup=False, highlight=False)

    def key(self, number: int, record: KeyRecord, screen: Screen) -> None:
        picture = CodePicture(screen.text, screen.cursor, screen.ghost, self._language, CODE_LINES)
        code = Panel(picture, title=Text(self._title), title_align="left", border_style="bright_black")
        width = self._console.width
        self._live.update(Group(code, _key_line(number, record, width), _outcome_line(record, width)), refresh=True)

    def summary(self, figures: Figures, model: str) -> None:
        self._live.stop()
        table = Table(title="What it did", title_justify="left", title_style="bold", show_header=False)
        table.add_column(overflow="fold")
        table.add_column(justify="right", no_wrap=True)
        for row in figures.rows():
            table.add_row(*row)
        self._console.print(table)
        self._console.print(model, style="dim", markup=False, highlight=False)


def _key_line(number: int, record: KeyRecord, width: int) -> Text:
    line = Text(f" key {number:<4}")
    line.append(f" {record.key} ", style="reverse green" if record.saved else "reverse")
    line.append(f"  {record.ms:.1f} ms", style="bold")
    if record.evaluated is not None:
        counts = f"   tokens: {record.evaluated} evaluated, {record.generated} generated, {record.reused} reused"
        if line.cell_len + len(counts) > width:
            counts = f"   tokens: {record.evaluated} eval, {record.generated} gen, {record.reused} reused"
        line.append(counts)
    return line


def _outcome_line(record: KeyRecord, width: int) -> Text:
    """The exact reason where it fits, else its kind; what is too long even so wraps."""
    line = Text(" ")
    if record.saved:
        line.append(f"accepted, {record.saved} characters saved; ", style="green")
    if record.shown is not None:
        return line.append("a suggestion is shown", style="green")
    fits = line.cell_len + len(f"silent: {record.detail}") <= width
    return line.append(f"silent: {record.detail if record.detail and fits else record.reason}", style="yellow")


def _count(value: int | None) -> str:
    return f"{'-' if value is None else value:>4}"
