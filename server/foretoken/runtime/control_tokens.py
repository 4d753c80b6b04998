"""Finding the control tokens that a text writes out, as llama.cpp does when special parsing is on.

The method is llama.cpp's (src/llama-vocab.cpp, tokenizer_st_partition): every control token in turn, the longest first,
cuts the stretches of text that are still whole; a token may take the white space beside it along.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# What C's isspace takes: token attributes strip these.
_SPACE = " \t\n\v\f\r"


@dataclass(frozen=True, slots=True)
class Control:
    """A control token, by its id. strips_left, strips_right: white space beside it goes with it."""

    token_id: int
    strips_left: bool = False
    strips_right: bool = False


@dataclass(frozen=True, slots=True)
class ControlToken:
    """text: as it is written out."""

    text: str
    control: Control


class ControlTokens:
    """One vocabulary's. Values only: for any thread."""

    def __init__(self, tokens: Iterable[ControlToken]) -> None:
        self._tokens = sorted((token for token in tokens if token.text), key=lambda token: -len(token.text))
        self._beginnings = frozenset(token.text[:2] for token in self._tokens)

    def split(self, text: str) -> list[str | Control]:
        """``text`` cut at the control tokens in it; no empty text is among the parts."""
        parts: list[str | Control] = [text] if text else []
        present = {beginning for beginning in self._beginnings if beginning in text}
        for token in self._tokens:
            if token.text[:2] in present and token.text in text:
                parts = [cut for part in parts for cut in ([part] if isinstance(part, Control) else _cut(part, token))]
        return parts


def without_stripped(parts: Sequence[str | Control]) -> list[str | Control]:
    """The parts without the white space that a neighbouring control token takes along."""
    kept: list[str | Control] = []
    for part in parts:
        before = kept[-1] if kept else None
        if isinstance(part, str) and isinstance(before, Control) and before.strips_right:
            part = part.lstrip(_SPACE)
        elif isinstance(part, Control) and part.strips_left and isinstance(before, str):
            kept[-1:] = [stripped] if (stripped := before.rstrip(_SPACE)) else []
        if part != "":
            kept.append(part)
    return kept


def _cut(text: str, token: ControlToken) -> list[str | Control]:
    parts: list[str | Control] = []
    for number, part in enumerate(text.split(token.text)):
        if number > 0:
            parts.append(token.control)
        if part:
            parts.append(part)
    return parts
