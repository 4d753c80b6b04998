"""Which part of the current file goes into a prompt."""

from dataclasses import dataclass

MOST_LINES = 32
LEAST_LINES = 4


@dataclass(frozen=True, slots=True)
class Block:
    """A run of whole lines. distance: 0 next to the cursor, growing away from it."""

    text: str
    distance: int


def block_lines(room: int) -> int:
    """How many lines a block has when a prompt has room for ``room`` characters: about an eighth of it."""
    return min(max(room // 320, LEAST_LINES), MOST_LINES)


def prefix_blocks(text: str, budget: int, lines: int) -> list[Block]:
    """The end of ``text`` in at most ``budget`` characters, oldest block first, ``lines`` lines a block.

    Blocks begin at multiples of ``lines`` lines from the start of the file, so the window's head stays where it
    is while lines are added at its end, and the state behind the prompt's beginning stays valid.
    """
    position = _window_start(text, budget, lines)
    blocks: list[str] = []
    while position < len(text):
        end = _after_lines(text, position, lines)
        blocks.append(text[position:end])
        position = end
    return [Block(block, len(blocks) - 1 - number) for number, block in enumerate(blocks)]


def _window_start(text: str, budget: int, lines: int) -> int:
    """The first start of a block in the last ``budget`` characters; of a line, where that would leave less than half."""
    if len(text) <= budget:
        return 0
    first_line = text.find("\n", len(text) - budget - 1) + 1 if budget > 0 else 0
    if first_line == 0:
        return len(text)
    into_block = text.count("\n", 0, first_line) % lines
    aligned = _after_lines(text, first_line, lines - into_block) if into_block else first_line
    return aligned if len(text) - aligned >= budget // 2 else first_line


def suffix_blocks(text: str, budget: int, lines: int) -> list[Block]:
    """The beginning of ``text`` in at most ``budget`` characters, nearest block first, ``lines`` lines a block.

    A block that does not fit is cut at a line's end; a line that does not fit, where the budget ends.
    """
    kept: list[Block] = []
    position = 0
    while position < len(text) and budget > 0:
        end = _after_lines(text, position, lines)
        if end - position > budget:
            end = text.rfind("\n", position, position + budget) + 1
            if not end and kept:
                break
            end = end or position + budget
        kept.append(Block(text[position:end], len(kept)))
        budget -= end - position
        position = end
    return kept


def _after_lines(text: str, position: int, count: int) -> int:
    for _ in range(count):
        newline = text.find("\n", position)
        if newline < 0:
            return len(text)
        position = newline + 1
    return position
