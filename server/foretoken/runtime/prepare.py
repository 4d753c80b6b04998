"""From a request's pieces to token ids: what fits the window, what healing takes back, where states are worth keeping."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from foretoken.runtime.checkpoints import Kind
from foretoken.runtime.control_tokens import Control
from foretoken.runtime.expand import expanded
from foretoken.runtime.healing import Healing, HealingIndex
from foretoken.runtime.overflow import TokenizedPiece, fit
from foretoken.runtime.vocabulary import Vocabulary
from foretoken.text.pieces import Prompt, Special, Text

# The end of the file's prefix is re-tokenized when the next line is appended to it.
PREFIX_MARGIN = 4
# Beside the prompt: a BOS token, and a healing that takes more tokens than it took back.
SPARE_TOKENS = 4
# In the file's prefix, for jumps: at multiples of this, twice as far apart each time.
FILE_STEP = 512
# A repository's context of fewer tokens is not worth a state of its own.
LEAST_CONTEXT = 64


class UnsupportedPrompt(Exception):
    """The model's vocabulary lacks a control token that the prompt needs, or the prompt is empty."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """prompt: the ids to evaluate, int32; healing: what was taken back from its end; marks: where states are kept.

    n_context: tokens of the repository's context at the prompt's start; dropped_n: tokens that were left out.
    """

    prompt: np.ndarray
    healing: Healing | None
    marks: dict[int, Kind]
    dropped_n: int
    n_context: int = 0


class Preparation:
    """For one model and window, and one thread."""

    def __init__(self, vocabulary: Vocabulary, n_ctx: int) -> None:
        self._vocabulary = vocabulary
        self._n_ctx = n_ctx
        self.healing = HealingIndex(vocabulary.pieces)

    def prepare(self, prompt: Prompt, n_predict: int, heal: bool) -> Prepared:
        """Raises PromptTooLong or UnsupportedPrompt."""
        kept, dropped = self._fitted(prompt, n_predict)
        ids: list[int] = [] if self._vocabulary.bos is None else [self._vocabulary.bos]
        marks: dict[int, Kind] = {}
        n_context, last_file, prefix, middle = 0, 0, 0, 0
        for piece in kept:
            if piece.piece is Special.FILE_SEP:
                last_file = len(ids)
            elif piece.piece is Special.FIM_PREFIX:
                n_context, prefix = last_file, len(ids)
            elif piece.piece is Special.FIM_SUFFIX:
                self._mark_prefix(marks, prefix, len(ids) - PREFIX_MARGIN)
            ids.extend(piece.token_ids)
            if piece.piece is Special.FIM_MIDDLE:
                marks[len(ids)] = Kind.MIDDLE
                middle = len(ids)
        if n_context >= LEAST_CONTEXT:
            marks[n_context] = Kind.CONTEXT
        healing = None
        if heal and kept and isinstance(kept[-1].piece, Text):
            healing = self._take_back(ids, kept[-1].token_ids)
        if not ids:
            raise UnsupportedPrompt("The prompt is empty: there is nothing to go on from.")
        if middle:
            self._mark_lines(marks, ids, middle)
        marks = {mark: kind for mark, kind in marks.items() if mark <= len(ids)}
        return Prepared(np.array(ids, np.int32), healing, marks, dropped, n_context)

    def _mark_prefix(self, marks: dict[int, Kind], start: int, end: int) -> None:
        if end <= start:
            return
        at, step = (end - 1) // FILE_STEP * FILE_STEP, FILE_STEP
        while at > start:
            marks[at] = Kind.FILE
            at, step = at - step, step * 2
        marks[end] = Kind.PREFIX

    def _mark_lines(self, marks: dict[int, Kind], ids: Sequence[int], middle: int) -> None:
        """The end of the line before the last one: deleting a line end goes back to it."""
        lines = [at for at in range(middle + 1, len(ids)) if b"\n" in self._vocabulary.pieces[ids[at]]]
        for at in lines[-1:]:
            marks.setdefault(at, Kind.LINE)

    def _fitted(self, prompt: Prompt, n_predict: int) -> tuple[list[TokenizedPiece], int]:
        """The pieces that fit, neighbouring texts as one, and the number of tokens dropped."""
        pieces = [self._tokenized(piece) for piece in expanded(prompt, self._vocabulary)]
        most = room = self._n_ctx - SPARE_TOKENS
        while True:
            kept, dropped = fit(pieces, n_predict, room)
            joined = self._joined(kept)
            over = sum(len(piece.token_ids) for piece in joined) + n_predict - most
            if over <= 0:
                return joined, dropped
            room -= over  # rare: a joined text may have a few tokens more than its parts

    def _joined(self, pieces: Sequence[TokenizedPiece]) -> list[TokenizedPiece]:
        """The same text with no border between texts that stand together: a model was trained on text without
        any, and blank lines or a word on both sides of one make other tokens."""
        joined: list[TokenizedPiece] = []
        for is_text, group in groupby(pieces, lambda piece: isinstance(piece.piece, Text)):
            some = list(group)
            if is_text and len(some) > 1:
                some = [self._tokenized(Text("".join(piece.piece.text for piece in some)))]
            joined += some
        return joined

    def _take_back(self, prompt: list[int], last: Sequence[int]) -> Healing | None:
        count = min(self.healing.removable(last), len(prompt) - 1)
        if count <= 0:
            return None
        removed = prompt[-count:]
        del prompt[-count:]
        return self.healing.start(removed)

    def _tokenized(self, piece: Special | Text | Control) -> TokenizedPiece:
        if isinstance(piece, Text):
            return TokenizedPiece(piece, self._vocabulary.tokenize(piece.text))
        if isinstance(piece, Control):
            return TokenizedPiece(piece, (piece.token_id,))
        token_id = self._vocabulary.specials.get(piece)
        if token_id is None:
            raise UnsupportedPrompt(f"This model's vocabulary has no {piece.value} token.")
        return TokenizedPiece(piece, (token_id,))
