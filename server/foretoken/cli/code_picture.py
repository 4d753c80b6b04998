"""Code with a cursor and ghost text, drawn for a terminal."""

from collections.abc import Iterator
from dataclasses import dataclass

from pygments.token import Comment, Keyword, Name, Number, String
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.text import Text

from foretoken.text.edit import TextEdit

GHOST = "italic bright_black"
# The terminal's own colours, so that it is readable on dark and on light; nothing else is as grey as the ghost text.
_THEME = ANSISyntaxTheme(
    {
        Comment: Style(color="cyan", dim=True),
        Keyword: Style(color="blue"),
        Keyword.Constant: Style(color="magenta"),
        Name.Builtin: Style(color="cyan"),
        Name.Class: Style(bold=True),
        Name.Decorator: Style(color="yellow"),
        Name.Function: Style(bold=True),
        Number: Style(color="magenta"),
        String: Style(color="green"),
    }
)
# Highlighting starts this many lines above the picture: enough for most strings and docstrings, cheap in long files.
_CONTEXT_LINES = 60
_GUTTER = 5
_TAB_SIZE = 4
_MORE = "…"


@dataclass(frozen=True, slots=True)
class CodePicture:
    """``height`` lines around the cursor (an offset in code points), as wide as there is room.

    What does not fit is cut, but never the cursor and the ghost text: their line is scrolled, a suggestion that is
    wider than the picture is folded, and one that is higher pushes the lines above it out.
    """

    text: str
    cursor: int
    ghost: TextEdit | None
    language: str
    height: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        room = max(options.max_width - _GUTTER, 4)
        cursor_line = self.text.count("\n", 0, self.cursor)
        line_start = self.text.rfind("\n", 0, self.cursor) + 1
        # The highlighter writes tabs as spaces, so that is where the cursor's column is.
        column = len(self.text[line_start : self.cursor].expandtabs(_TAB_SIZE))
        top = max(0, cursor_line - self.height * 2 // 3)
        first = max(0, top - _CONTEXT_LINES)
        source = self.text.split("\n")[first : top + self.height]
        highlighter = Syntax("", self.language, theme=_THEME, tab_size=_TAB_SIZE)
        lines = list(highlighter.highlight("\n".join(source)).split("\n", allow_blank=True))[: len(source)]
        drawn: list[Text] = []
        hidden = 0
        for number, line in enumerate(lines[top - first :], top + 1):
            if number != cursor_line + 1:
                drawn.append(_gutter(number, "bright_black") + _cut(line, room))
                continue
            rows = _cursor_rows(line, column, _ghost_lines(self.text, self.cursor, self.ghost), room)
            hidden = min(len(drawn), max(0, len(drawn) + len(rows) - self.height))
            drawn += [_gutter(number, "bold") + rows[0]] + [Text(" " * _GUTTER) + row for row in rows[1:]]
        for row in drawn[hidden : hidden + self.height]:
            row.no_wrap = True
            yield row


def _gutter(number: int, style: str) -> Text:
    return Text().append(f"{number:>{_GUTTER - 1}} ", style)  # no base style: code follows


def _cursor_rows(line: Text, column: int, ghost: list[Text], room: int) -> list[Text]:
    """The cursor's line, scrolled so far that the cursor and the ghost text are seen, and the ghost text's others."""
    before, after = line[:column], line[column:]
    seen = room - 1 if after else room  # where the rest of the line is cut, a sign of it takes a cell
    if not ghost:
        mark = Text(after.plain[:1] or " ", style="reverse")
        return [_cut(_scrolled(before, seen - mark.cell_len) + mark + after[1:], room)]
    rows = _folded(ghost[0], seen - 1) if ghost[0].plain else [Text(" ")]  # it may begin with a new line
    rows[0].stylize("reverse", 0, 1)
    rows[0] = _scrolled(before, seen - rows[0].cell_len) + rows[0]
    for extra in ghost[1:]:
        rows += _folded(extra, seen)
    rows[-1] = _cut(rows[-1] + after, room)
    return rows


def _scrolled(before: Text, room: int) -> Text:
    """What of the text before the cursor has room; its end counts."""
    if before.cell_len <= room:
        return before
    start = 0
    while start < len(before) and before[start:].cell_len > room - len(_MORE):
        start += 1
    return Text().append(_MORE, "bright_black").append_text(before[start:])


def _cut(line: Text, room: int) -> Text:
    line.truncate(room, overflow="ellipsis")
    return line


def _folded(line: Text, room: int) -> list[Text]:
    """The line in pieces of at most ``room`` cells."""
    pieces, start, width = [], 0, 0
    for index, character in enumerate(line.plain):
        cells = cell_len(character)
        if width + cells > room and index > start:
            pieces.append(line[start:index])
            start, width = index, 0
        width += cells
    return [*pieces, line[start:]]


def _ghost_lines(text: str, cursor: int, ghost: TextEdit | None) -> list[Text]:
    """What of the suggestion stands behind the cursor, line by line; a suggestion may begin before the cursor."""
    if ghost is None:
        return []
    behind = ghost.new_text.removeprefix(text[ghost.start : cursor])
    return [Text().append(part.expandtabs(_TAB_SIZE), GHOST) for part in behind.split("\n")] if behind else []
