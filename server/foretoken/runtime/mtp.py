"""Drafts by the model's own multi-token prediction block.

The block reads a token and the hidden state that the model had one position before, and predicts the token after it
(DeepSeek-V3's report, section 2.2; the call sequence is llama.cpp's: common/speculative.cpp, draft-mtp). Its context has
an attention cache of its own, which follows the live sequence late: rows are collected, and evaluated together with the
first row of the next draft.
"""

import ctypes
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foretoken.runtime.context import CacheFull, Context, DecodeError

log = logging.getLogger(__name__)

# Rows of the end of a prefill that are kept where a draft may never come: evaluated only when one does.
TAIL_ROWS = 32
MOST_FAILURES = 4


@dataclass(frozen=True, slots=True)
class MtpMark:
    """What MTP needs to go on from a state: rows that its cache lacks, and the last hidden state.

    begin: position of the first of them; token_ids (count,), hidden (count, n_embd): the hidden state before each
    token; last (n_embd,): the hidden state of the state's last token.
    """

    begin: int
    token_ids: np.ndarray
    hidden: np.ndarray
    last: np.ndarray


class MtpCache:
    """The draft context, with a cache for each of the target's sequences."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.known: dict[int, int] = {}  # sequence -> positions evaluated, the first ones of a hole included
        self.failures = 0

    @property
    def broken(self) -> bool:
        """It failed so often that asking it is a waste."""
        return self.failures >= MOST_FAILURES

    def copy(self, source: int, target: int) -> None:
        self.context.copy(source, target)
        self.known[target] = self.known.get(source, 0)

    def drop(self, sequence: int) -> None:
        self.context.cut(sequence, 0)
        self.known.pop(sequence, None)

    def clear(self) -> None:
        self.context.clear()
        self.known.clear()

    def adapt(self, adapters: Sequence[tuple[ctypes.c_void_p, float]]) -> bool:
        return self.context.adapt(adapters)

    def close(self) -> None:
        self.context.close()


class Mtp:
    """Follows one live state of the target, and drafts for it. ``sit`` first."""

    def __init__(self, cache: MtpCache) -> None:
        context = cache.context
        self.cache = cache
        self._context = context
        self._live = -1
        self._capacity = context.n_ubatch - 1
        self._tail_rows = min(TAIL_ROWS, self._capacity // 2)
        self._token_ids = np.zeros(self._capacity, np.int32)
        self._hidden = np.zeros((self._capacity, context.n_embd), np.float32)
        self._last = np.zeros(context.n_embd, np.float32)
        self._exponentials: np.ndarray | None = None
        self._begin = 0
        self._count = 0
        self.eager = True

    @property
    def broken(self) -> bool:
        """Asking it is a waste."""
        return self.cache.broken

    def sit(self, sequence: int | None) -> None:
        """Follow another sequence, of which nothing is known yet; None = none for now."""
        if self._live >= 0:
            self.cache.drop(self._live)
        self._live = -1 if sequence is None else sequence
        if sequence is not None:
            self.cache.drop(sequence)
        self._begin = self._count = 0

    @property
    def n_tokens(self) -> int:
        """How many positions are evaluated or wait to be."""
        return self._begin + self._count

    def observe(self, position: int, token_ids: Sequence[int] | np.ndarray, hidden: np.ndarray) -> None:
        """The target evaluated ``token_ids`` at ``position`` and following; ``hidden`` are their rows' states."""
        skip = max(0, self.n_tokens - position)
        before = np.empty_like(hidden)
        before[0] = self._last
        before[1:] = hidden[:-1]
        self._last[:] = hidden[-1]
        self._append(np.asarray(token_ids, np.int32)[skip:], before[skip:])

    def draft(self, token_id: int, limit: int, least: float) -> list[int]:
        """Guesses of what follows ``token_id``, which the target has chosen but not evaluated.

        least: the guess ends before a token of lower probability (0 = never). Empty when the cache has no room.
        """
        context, live = self._context, self._live
        self._append(np.array([token_id], np.int32), self._last[None])
        position, rows = self.n_tokens, self._count
        guesses: list[int] = []
        try:
            self._flush(output=True)
            while True:
                logits = context.logits()[0]
                guess = int(logits.argmax())
                if least and self._probability(logits, guess) < least:
                    break
                guesses.append(guess)
                if len(guesses) == limit:
                    break
                context.batch.embeddings[0] = context.hidden(rows)[-1]
                context.decode((guess,), position + len(guesses) - 1, 1, live)
                rows = 1
        except (CacheFull, DecodeError) as error:
            self._lose(position, error)
            return []
        # Rows from here on came from the block's own hidden states; the target's will replace them.
        context.cut(live, position)
        return guesses

    def cut(self, n_tokens: int) -> None:
        """The target's live sequence was cut to ``n_tokens``."""
        if n_tokens >= self.n_tokens:
            return
        if n_tokens >= self._begin:
            self._last[:] = self._hidden[n_tokens - self._begin]
            self._count = n_tokens - self._begin
        else:  # the hidden state before it is gone
            self._start_at(n_tokens)
            self._last[:] = 0

    def make_room(self, count: int) -> None:
        """So many rows can be observed, and cut again, from here on."""
        if self._count + count > self._capacity:
            self._empty()

    def mark(self) -> MtpMark:
        """What has to be kept with a state that is saved now."""
        if self._count > self._tail_rows:
            self._empty()
        rows = slice(0, self._count)
        return MtpMark(self._begin, self._token_ids[rows].copy(), self._hidden[rows].copy(), self._last.copy())

    def go_back(self, source: int, n_tokens: int, mark: MtpMark | None) -> None:
        """The target's live sequence now holds the first ``n_tokens`` of ``source``, restored from a saved state."""
        if mark is None:
            self._start_at(n_tokens)
            self._last[:] = 0
            return
        if source != self._live:
            self.cache.copy(source, self._live)
        evaluated = self.cache.known.get(self._live, 0)
        if evaluated < mark.begin:  # the cache never saw what lies between; it starts anew, which is right but duller
            self._context.cut(self._live, 0)
        elif evaluated > mark.begin:
            self._context.cut(self._live, mark.begin)
        self.cache.known[self._live] = mark.begin
        self._begin, self._count = mark.begin, len(mark.token_ids)
        self._token_ids[: self._count] = mark.token_ids
        self._hidden[: self._count] = mark.hidden
        self._last[:] = mark.last

    def forget(self) -> None:
        """The state that it follows holds nothing any more."""
        if self._live >= 0:
            self._start_at(0)
        self._begin = self._count = 0
        self._last[:] = 0

    def _start_at(self, position: int) -> None:
        """Go on at ``position`` with an empty cache: right, but without what was before."""
        self._context.cut(self._live, 0)
        self._begin, self._count = position, 0
        self.cache.known[self._live] = position

    def _lose(self, position: int, error: Exception) -> None:
        """A call failed: drafts are duller for a while, and no answer is touched."""
        if isinstance(error, DecodeError):
            self.cache.failures += 1
            log.warning(
                "the draft context failed, and %s: %s",
                "is not used any more" if self.cache.broken else "starts anew",
                error,
            )
            self.cache.clear()
        self._start_at(position)

    def _empty(self) -> None:
        """No row waits any longer, but for the last ones where a draft may never come."""
        if not self.eager:
            self._drop_oldest(max(0, self._count - self._tail_rows))
            return
        try:
            self._flush(output=False)
        except (CacheFull, DecodeError) as error:
            self._lose(self.n_tokens, error)

    def _append(self, token_ids: np.ndarray, before: np.ndarray) -> None:
        while len(token_ids):
            if self._count == self._capacity:
                self._empty()
            count = min(self._capacity - self._count, len(token_ids))
            rows = slice(self._count, self._count + count)
            self._token_ids[rows], self._hidden[rows] = token_ids[:count], before[:count]
            self._count += count
            token_ids, before = token_ids[count:], before[count:]

    def _drop_oldest(self, count: int) -> None:
        kept = slice(count, self._count)
        self._token_ids[: self._count - count] = self._token_ids[kept]
        self._hidden[: self._count - count] = self._hidden[kept]
        self._begin, self._count = self._begin + count, self._count - count
        self._context.cut(self._live, 0)
        self.cache.known[self._live] = self._begin

    def _flush(self, output: bool) -> None:
        """Evaluate the rows that wait; with logits for the last one if ``output``."""
        self._context.batch.embeddings[: self._count] = self._hidden[: self._count]
        self._context.decode(self._token_ids[: self._count], self._begin, int(output), self._live)
        self._begin, self._count = self._begin + self._count, 0
        self.cache.known[self._live] = self._begin

    def _probability(self, logits: np.ndarray, token_id: int) -> float:
        if self._exponentials is None:
            self._exponentials = np.empty_like(logits)
        np.subtract(logits, logits[token_id], out=self._exponentials)
        np.exp(self._exponentials, out=self._exponentials)
        return 1.0 / float(self._exponentials.sum())
