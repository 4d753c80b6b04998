"""Which part of the current file goes into a prompt."""

from dataclasses import dataclass

BLOCK_LINES = 32


@dataclass(frozen=True, slots=True)
class Block:
    """A run of whole lines. distance: 0 next to the cursor, growing away from it."""

    text: str
    distance: int


def prefix_blocks(text: str, budget: int) -> list[Block]:
    """The end of ``text`` in at most ``budget`` characters, oldest block first.

    Blocks begin at multiples of BLOCK_LINES lines from the start of the file, so the window's head stays where it
    is while lines are added at its end, and the state behind the prompt's beginning stays valid.
    """
    position = _window_start(text, budget)
    blocks: list[str] = []
    while position < len(text):
        end = _after_lines(text, position, BLOCK_LINES)
        blocks.append(text[position:end])
        position = end
    return [Block(block, len(blocks) - 1 - number) for number, block in enumerate(blocks)]


def _window_start(text: str, budget: int) -> int:
    """The first start of a block in the last ``budget`` characters; of a line, where no block starts there."""
    if len(text) <= budget:
        return 0
    first_line = text.find("\n", len(text) - budget - 1) + 1 if budget > 0 else 0
    if first_line == 0:
        return len(text)
    into_block = text.count("\n", 0, first_line) % BLOCK_LINES
    aligned = _after_lines(text, first_line, BLOCK_LINES - into_block) if into_block else first_line
    return aligned if aligned < len(text) else first_line


def suffix_blocks(text: str, budget: int) -> list[Block]:
    """The beginning of ``text`` in at most about ``budget`` characters, nearest block first."""
    kept: list[Block] = []
    position = 0
    while position < len(text):
        end = _after_lines(text, position, BLOCK_LINES)
        if kept and end - position > budget:
            break
        budget -= end - position
        kept.append(Block(text[position:end], len(kept)))
        position = end
    return kept


def _after_lines(text: str, position: int, count: int) -> int:
    for _ in range(count):
        newline = text.find("\n", position)
        if newline < 0:
            return len(text)
        position = newline + 1
    return position

