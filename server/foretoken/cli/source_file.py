"""A place in a file, as ``FILE:LINE:COL`` on the command line, and what a request there sees."""

import sys
from dataclasses import dataclass
from pathlib import Path

from foretoken.cli.command import WRONG_USAGE, CommandError
from foretoken.cli.reading import STDIN, read_named
from foretoken.cli.wording import counted
from foretoken.session.anchor import fix_anchor
from foretoken.session.settings import Settings
from foretoken.session.settings_file import WORKSPACE_FILE_NAME
from foretoken.session.settings_sources import SettingsSources
from foretoken.session.snapshot import Snapshot
from foretoken.syntax.languages import language_for_path
from foretoken.text.document import Document
from foretoken.text.uris import file_uri

ROOT_MARKERS = (WORKSPACE_FILE_NAME, ".git", "pyproject.toml", "setup.py")  # as editor-clients/neovim has them


@dataclass(frozen=True, slots=True)
class Location:
    """file: a path, or ``-`` for standard input. line and column count from 1, the column in characters."""

    file: str
    line: int
    column: int


def parse_location(text: str) -> Location:
    """Raises CommandError. Split from the right: a Windows path has a colon of its own."""
    parts = text.strip().rsplit(":", 2)
    if len(parts) == 3 and parts[0]:
        try:
            line, column = int(parts[1]), int(parts[2])
        except ValueError:
            pass
        else:
            if line >= 1 and column >= 1:
                return Location(parts[0], line, column)
            raise CommandError(f"{text}: lines and columns count from 1", WRONG_USAGE)
    raise CommandError(f"{text} is not FILE:LINE:COL, such as src/app.py:12:5", WRONG_USAGE)


def offset_in(text: str, location: Location) -> int:
    """The location's offset in code points. The column may be one behind the line's last character."""
    lines = text.split("\n")
    if location.line > len(lines):
        raise CommandError(f"{location.file} has {counted(len(lines), 'line')}; there is no line {location.line}")
    line = lines[location.line - 1]
    if location.column > len(line) + 1:
        raise CommandError(
            f"line {location.line} of {location.file} has {counted(len(line), 'character')}; "
            f"the last column is {len(line) + 1}, not {location.column}"
        )
    return sum(len(line) + 1 for line in lines[: location.line - 1]) + location.column - 1


def read_source(file: str | Path) -> str:
    """The text with every line end as ``\\n``. Raises CommandError for what is no readable UTF-8 text."""
    try:
        text = read_named(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8 text (byte {error.start} does not fit)") from error
    if "\0" in text:
        raise CommandError(f"{file} is a binary file")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def workspace_of(path: Path) -> Path | None:
    """The folder that an editor would open: the nearest one above ``path`` that holds the first marker to be found."""
    return next((folder for marker in ROOT_MARKERS for folder in path.parents if (folder / marker).exists()), None)


def settings_for(file: str) -> Settings:
    """The settings in force for a file; what is wrong with them is said on stderr."""
    return settings_in(None if file == STDIN else workspace_of(Path(file).resolve()))


def settings_in(workspace: Path | None) -> Settings:
    """The settings in force in a workspace; what is wrong with them is said on stderr, one line each."""
    settings, problems = SettingsSources().load(workspace, None)
    for problem in problems:
        print(f"settings: {problem}", file=sys.stderr)
    return settings


def snapshot_at(location: Location, text: str, language: str | None, settings: Settings) -> Snapshot:
    """What an explicit request at the location sees. language: an LSP language id; None = by the file's name."""
    path = Path("stdin" if location.file == STDIN else location.file).resolve()
    offset = offset_in(text, location)
    root = workspace_of(path) if location.file != STDIN else None
    return Snapshot(
        document=Document.of(file_uri(path), language or language_for_path(path.name), 0, text),
        offset=offset,
        anchor=fix_anchor(text, offset),
        settings=settings,
        repo_name=root.name if root else "",
        path=path.relative_to(root).as_posix() if root else path.name,
        automatic=False,
    )
