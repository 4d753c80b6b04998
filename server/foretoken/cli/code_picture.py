"""Code with a cursor and ghost text, drawn for a terminal."""

from pygments.token import Comment, Keyword, Name, Number, String
from rich.console import Group
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


def code_picture(text: str, cursor: int, ghost: TextEdit | None, language: str, height: int) -> Group:
    """``height`` lines around the cursor (an offset in code points), each cut at the width it is printed in."""
    cursor_line = text.count("\n", 0, cursor)
    column = cursor - (text.rfind("\n", 0, cursor) + 1)
    top = max(0, cursor_line - height * 2 // 3)
    first = max(0, top - _CONTEXT_LINES)
    source = text.split("\n")[first : top + height]
    highlighter = Syntax("", language, theme=_THEME)
    lines = list(highlighter.highlight("\n".join(source)).split("\n", allow_blank=True))[: len(source)]
    drawn: list[Text] = []
    for number, line in enumerate(lines[top - first :], top + 1):
        here = number == cursor_line + 1
        gutter = Text().append(f"{number:>4} ", "bold" if here else "bright_black")  # no base style: code follows
        if here:
            drawn += _cursor_line(gutter, line, column, _ghost_lines(text, cursor, ghost))
        else:
            drawn.append(gutter + line)
    picture = Text("\n").join(drawn[:height])
    picture.no_wrap, picture.overflow = True, "ellipsis"
    return Group(picture)  # a bare Text would lose no_wrap when it is printed


def _cursor_line(gutter: Text, line: Text, column: int, ghost: list[Text]) -> list[Text]:
    """The cursor's line, and the lines that the ghost text adds below it."""
    if not ghost:
        rest = line[column:]
        mark = Text(rest.plain[0], style="reverse") + rest[1:] if rest.plain else Text(" ", style="reverse")
        return [gutter + line[:column] + mark]
    ghost[0].stylize("reverse", 0, 1)
    if not ghost[0].plain:  # the suggestion begins with a new line
        ghost[0] = Text(" ", style="reverse")
    drawn = [gutter + line[:column] + ghost[0]] + [Text("     ") + extra for extra in ghost[1:]]
    drawn[-1] += line[column:]
    return drawn


def _ghost_lines(text: str, cursor: int, ghost: TextEdit | None) -> list[Text]:
    """What of the suggestion stands behind the cursor, line by line; a suggestion may begin before the cursor."""
    if ghost is None:
        return []
    behind = ghost.new_text.removeprefix(text[ghost.start : cursor])
    return [Text(part, style=GHOST) for part in behind.split("\n")] if behind else []
