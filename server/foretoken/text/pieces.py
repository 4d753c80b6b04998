"""Prompt pieces: plain text and special tokens, never mixed.

A prompt is a tuple of pieces. The runtime maps each ``Special`` to the id that it finds in the model's own
vocabulary, and tokenizes each ``Text`` with special parsing off, so no file can inject a control token. A ``Template``
is the one exception: text of the model's own chat template, whose control tokens are written out.
"""

from dataclasses import dataclass
from enum import StrEnum


class Special(StrEnum):
    """A role that a control token plays. The values are names on the wire, not token texts."""

    FIM_PREFIX = "fim_prefix"
    FIM_SUFFIX = "fim_suffix"
    FIM_MIDDLE = "fim_middle"
    REPO_NAME = "repo_name"
    FILE_SEP = "file_sep"


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text of a prompt.

    ``drop_order``: None keeps the piece; otherwise, when the real token count overflows the window, the runtime
    drops droppable pieces whole, lowest ``drop_order`` first.
    """

    text: str
    drop_order: int | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """Text in which control tokens that are written out are meant: what a chat template says around the contents, or
    a whole prompt that another tool wrote for this model. Never what a file holds."""

    text: str


Piece = Text | Special | Template
Prompt = tuple[Piece, ...]


def symbolic(prompt: Prompt) -> str:
    """The prompt with special tokens rendered as ⟨NAME⟩: for tests, logs and ``foretoken prompt``."""
    return "".join(f"⟨{p.name}⟩" if isinstance(p, Special) else p.text for p in prompt)
