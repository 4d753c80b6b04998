"""Where generated text ends: one pure rule, used while streaming and again on the whole answer."""

from foretoken.text.generation import Stop

_CLOSERS = ")]}"


def indent_columns(line: str, tab: int = 8) -> int:
    """The width of the line's leading white space in columns, tabs to multiples of ``tab``."""
    columns = 0
    for ch in line:
        if ch == " ":
            columns += 1
        elif ch == "\t":
            columns += tab - columns % tab
        else:
            break
    return columns


def stop_at(text: str, stop: Stop) -> int | None:
    """The offset at which ``text`` is complete under ``stop``, or None while it is not.

    A line is judged by its indentation as soon as its first non-blank character is there. One step of dedent is
    allowed to a line that begins with a closing bracket: it ends what the lines above began. White space before
    the end is left out.
    """
    offset = 0
    for number, line in enumerate(text.split("\n")):
        if number >= stop.max_lines or (number > 0 and _leaves_block(line, stop.min_indent)):
            return len(text[:offset].rstrip())
        offset += len(line) + 1
    return None


def _leaves_block(line: str, min_indent: int | None) -> bool:
    content = line.strip()
    if min_indent is None or not content:
        return False
    columns = indent_columns(line)
    return columns < min_indent - (content[0] in _CLOSERS)
