"""Making a prompt fit the window: pieces that may go are dropped whole, lowest ``drop_order`` first."""

from collections.abc import Sequence
from dataclasses import dataclass

from foretoken.runtime.control_tokens import Control
from foretoken.text.pieces import Special, Text


class PromptTooLong(Exception):
    """The pieces that must stay are longer than the window. The message has the numbers."""


@dataclass(frozen=True, slots=True)
class TokenizedPiece:
    piece: Text | Special | Control
    token_ids: tuple[int, ...]


def fit(pieces: Sequence[TokenizedPiece], n_predict: int, n_ctx: int) -> tuple[list[TokenizedPiece], int]:
    """The pieces that fit beside ``n_predict`` generated tokens, and the number of tokens dropped.

    A file separator whose text is gone goes with it. Raises PromptTooLong.
    """
    room = n_ctx - n_predict
    total = sum(len(piece.token_ids) for piece in pieces)
    kept = list(pieces)
    length = total
    droppable = sorted(
        (p for p in pieces if isinstance(p.piece, Text) and p.piece.drop_order is not None),
        key=lambda p: p.piece.drop_order,
    )
    for victim in droppable:
        if length <= room:
            break
        at = next(number for number, piece in enumerate(kept) if piece is victim)
        del kept[at]
        if _is_empty_file(kept, at):
            del kept[at - 1]
        length = sum(len(piece.token_ids) for piece in kept)
    if length > room:
        raise PromptTooLong(
            f"The prompt is longer than the window: {length} tokens and {n_predict} to generate, "
            f"but the window holds {n_ctx}. Raise the setting model.n_ctx, or ask for less."
        )
    return kept, total - length


def _is_empty_file(kept: Sequence[TokenizedPiece], at: int) -> bool:
    """Whether the piece before ``at`` opens a file of which nothing is left."""
    if at == 0 or kept[at - 1].piece is not Special.FILE_SEP:
        return False
    return at == len(kept) or not isinstance(kept[at].piece, Text)
