"""Which part of the current file goes into a prompt."""

from dataclasses import dataclass

BLOCK_LINES = 32


@dataclass(frozen=True, slots=True)
class Block:
    """A run of whole lines. distance: 0 next to the cursor, growing away from it."""

    text: str
    distance: int


def prefix_blocks(text: str, budget: int) -> list[Block]:
    """The end of ``text`` in at most about ``budget`` characters, oldest block first.

    Blocks begin at multiples of BLOCK_LINES lines from the start of the file, so the window's head stays where it
    is while lines are added at its end, and the state behind the prompt's beginning stays valid.
    """
    blocks: list[str] = []
    position = 0
    while position < len(text):
        end = _after_lines(text, position, BLOCK_LINES)
        blocks.append(text[position:end])
        position = end
    kept: list[Block] = []
    for distance, block in enumerate(reversed(blocks)):
        if distance and len(block) > budget:
            break
        budget -= len(block)
        kept.append(Block(block, distance))
    kept.reverse()
    return kept


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

