"""Making a prompt fit the other server's window: pieces that may go are dropped whole, lowest ``drop_order`` first."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import groupby

from foretoken.engine.engine import EngineUnavailable
from foretoken.text.pieces import Piece, Prompt, Special, Text

MARGIN = 1.05  # what is dropped is measured in characters, and those of the far blocks may have fewer tokens

Count = Callable[[str], Awaitable[int]]


def joined(pieces: Prompt) -> Prompt:
    """Neighbouring texts as one: a model was trained on text without borders in it."""
    whole: list[Piece] = []
    for is_text, group in groupby(pieces, lambda piece: isinstance(piece, Text)):
        some = list(group)
        whole += [Text("".join(piece.text for piece in some))] if is_text else some
    return tuple(whole)


async def fitted(prompt: Prompt, room: int, count: Count) -> tuple[Prompt, int]:
    """The pieces that fit ``room`` tokens, neighbouring texts as one, and how many tokens were dropped.

    count: the tokens of a text. Raises EngineUnavailable when the pieces that must stay are too long.
    """
    whole: int | None = None
    while True:
        texts = joined(prompt)
        counts = await asyncio.gather(*(count(piece.text) for piece in texts if isinstance(piece, Text)))
        total = sum(counts) + sum(isinstance(piece, Special) for piece in texts)
        whole = total if whole is None else whole
        if total <= room:
            return texts, whole - total
        characters = sum(len(piece.text) for piece in prompt if isinstance(piece, Text))
        shorter = _without(prompt, (total - room) * characters / max(total, 1) * MARGIN)
        if shorter == prompt:
            raise EngineUnavailable(
                f"The prompt is longer than the other server's window: {total} tokens, and it holds {room} beside the "
                "answer. Start it with a larger context, or ask for less."
            )
        prompt = shorter


def _without(prompt: Prompt, characters: float) -> Prompt:
    """``prompt`` less at least so many characters, or less all that may go; a file of which nothing is left goes too."""
    droppable = [(piece.drop_order, at) for at, piece in enumerate(prompt) if isinstance(piece, Text)]
    gone: set[int] = set()
    for _, at in sorted((order, at) for order, at in droppable if order is not None):
        if characters <= 0:
            break
        gone.add(at)
        characters -= max(len(prompt[at].text), 1)
    kept = [(at, piece) for at, piece in enumerate(prompt) if at not in gone]
    return tuple(
        piece
        for number, (at, piece) in enumerate(kept)
        if not (piece is Special.FILE_SEP and at + 1 in gone and _ends(kept, number))
    )


def _ends(kept: list[tuple[int, Piece]], number: int) -> bool:
    return number + 1 == len(kept) or isinstance(kept[number + 1][1], Special)
