"""A prompt taken apart into what another server is told: its header, what stands before and after, what was typed."""

from collections.abc import Iterable
from dataclasses import dataclass

from foretoken.text.pieces import Piece, Prompt, Special, Text


@dataclass(frozen=True, slots=True)
class Parts:
    """infill: False when the prompt has no place to fill; all of it is in ``prefix`` then."""

    header: tuple[Piece, ...]
    prefix: tuple[Piece, ...]
    suffix: tuple[Piece, ...] = ()
    typed: tuple[Piece, ...] = ()
    infill: bool = True


def take_apart(prompt: Prompt) -> Parts:
    """Pieces of the repository's context belong to the header."""
    try:
        prefix, suffix, middle = (
            prompt.index(role) for role in (Special.FIM_PREFIX, Special.FIM_SUFFIX, Special.FIM_MIDDLE)
        )
    except ValueError:
        return Parts((), prompt, infill=False)
    return Parts(prompt[:prefix], prompt[prefix + 1 : suffix], prompt[suffix + 1 : middle], prompt[middle + 1 :])


def arranged(parts: Parts, layout: tuple[str, ...], known: Iterable[Special]) -> Prompt:
    """The pieces in the order of ``layout``; what a role outside of ``known`` introduces is left out with it."""
    if not parts.infill:
        return parts.prefix
    known = frozenset(known)
    pieces: list[Piece] = []
    for name in layout:
        if name == "header":
            pieces += _without_unknown(parts.header, known)
        elif name in ("prefix", "suffix", "typed"):
            pieces += getattr(parts, name)
        else:
            pieces.append(Special(name))
    return tuple(pieces)


def text_of(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, Text))


def _without_unknown(header: tuple[Piece, ...], known: frozenset[Special]) -> list[Piece]:
    kept: list[Piece] = []
    keep = True
    for piece in header:
        if isinstance(piece, Special):
            keep = piece in known
        if keep:
            kept.append(piece)
    return kept
