"""One generation: pieces to ids, reuse, prefill, and the greedy loop."""

import codecs
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from foretoken.runtime.checkpoints import Kind
from foretoken.runtime.context import Context, DecodeError
from foretoken.runtime.counters import Counters
from foretoken.runtime.healing import Healing, HealingIndex
from foretoken.runtime.model import Model
from foretoken.runtime.overflow import TokenizedPiece, fit
from foretoken.runtime.sequence_state import SequenceState
from foretoken.text.cancel import Cancelled, CancelToken
from foretoken.text.generation import Finish, FinishReason, GeneratedToken, GenerateRequest, ModelInfo, Timings
from foretoken.text.pieces import Special, Text
from foretoken.text.stop import stop_at

CHECKPOINT_BYTES = 1 << 30
# The end of the file's prefix is re-tokenized when the next line is appended to it.
PREFIX_MARGIN = 4
# Beside the prompt: a BOS token, and a healing that takes more tokens than it took back.
SPARE = 4


class UnsupportedPrompt(Exception):
    """The model's vocabulary lacks a control token that the prompt needs, or the prompt is empty."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """prompt: the ids to evaluate; healing: what was taken back from its end; marks: where checkpoints are kept."""

    prompt: list[int]
    healing: Healing | None
    marks: dict[int, Kind]
    dropped_n: int


class Generator:
    """Answers requests with one model, one after the other. For one thread."""

    def __init__(
        self,
        model: Model,
        context: Context,
        counters: Counters,
        checkpoint_bytes: int = CHECKPOINT_BYTES,
    ) -> None:
        self._vocabulary = model.vocabulary
        self._context = context
        self._counters = counters
        self._healing = HealingIndex(model.vocabulary.pieces)
        self.state = SequenceState(context, model.hybrid, checkpoint_bytes, counters)
        self._weights = np.empty(model.vocabulary.n_tokens, np.float32)
        self.info = ModelInfo(
            name=model.name,
            architecture=model.architecture,
            n_ctx=context.n_ctx,
            n_params=model.n_params,
            size_bytes=model.size_bytes,
            hybrid=model.hybrid,
            fim=model.vocabulary.fim,
            n_layer_nextn=model.n_layer_nextn,
            languages=model.languages,
            n_prompt=model.n_prompt,
        )

    def generate(self, request: GenerateRequest, cancel: CancelToken) -> Iterator[GeneratedToken | Finish]:
        """Tokens, then one Finish. Raises PromptTooLong, UnsupportedPrompt or DecodeError.

        After any of them, and after a cancel at any point, the next answer is right again.
        """
        started = time.perf_counter()
        prepared = self._prepare(request)
        timings = Timings(dropped_n=prepared.dropped_n)
        try:
            restored = self.state.rewind(prepared.prompt)
            cached = len(self.state.token_ids)
            timings = replace(timings, cache_n=cached, restored=restored)
            self._counters.tokens_reused += cached
            self.state.evaluate(prepared.prompt, prepared.marks, cancel)
        except Cancelled:
            yield Finish(FinishReason.CANCELLED, self._prompt_timings(timings, started))
            return
        timings = self._prompt_timings(timings, started)
        started = time.perf_counter()
        predicted = 0
        reason = FinishReason.LENGTH
        for item in self._predict(request, prepared.healing, cancel):
            if isinstance(item, FinishReason):
                reason = item
                break
            predicted += 1
            yield item
        self._counters.tokens_predicted += predicted
        milliseconds = (time.perf_counter() - started) * 1000
        yield Finish(reason, replace(timings, predicted_n=predicted, predicted_ms=milliseconds))

    def _prompt_timings(self, timings: Timings, started: float) -> Timings:
        return replace(
            timings,
            prompt_n=len(self.state.token_ids) - timings.cache_n,
            prompt_ms=(time.perf_counter() - started) * 1000,
        )

    def _predict(
        self, request: GenerateRequest, healing: Healing | None, cancel: CancelToken
    ) -> Iterator[GeneratedToken | FinishReason]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        generated, judged, together, carried, predicted = "", False, 1.0, 1.0, 0
        while predicted < request.n_predict:
            if cancel.cancelled:
                yield FinishReason.CANCELLED
                return
            token_id, probability, data = self._next(healing)
            if token_id in self._vocabulary.ends:
                yield FinishReason.END
                return
            together *= probability
            if healing and not data:
                # Wholly typed already: its probability counts with the first token that is news.
                carried *= probability
                self._counters.tokens_healed += 1
            else:
                text = decoder.decode(data)
                generated += text
                predicted += 1
                yield GeneratedToken(text, carried * probability)
                carried = 1.0
                # The rule judges new lines, and a line once its first character that is not blank is there.
                if ("\n" in text or not judged) and stop_at(generated, request.stop) is not None:
                    yield FinishReason.STOP
                    return
                judged = bool(generated[generated.rfind("\n") + 1 :].strip())
                if together < request.min_probability:
                    yield FinishReason.UNLIKELY
                    return
                if predicted == request.n_predict:
                    return
            if healing and not healing.remaining:
                healing = None
            self.state.append(token_id)

    def _next(self, healing: Healing | None) -> tuple[int, float, bytes]:
        """The most probable token: id, probability (softmax of the raw logits), the bytes that are news."""
        logits = self._context.logits()
        if healing is None:
            token_id = int(logits.argmax())
            np.subtract(logits, logits[token_id], out=self._weights)
            weights = self._weights
        else:
            allowed = self._healing.allowed(healing)
            chosen = logits[allowed]
            best = int(chosen.argmax())
            token_id = int(allowed[best])
            weights = chosen - chosen[best]
        np.exp(weights, out=weights)
        probability = 1.0 / float(weights.sum())
        if not probability > 0:
            self.state.forget()  # a state that gave these gives no right answer to the next prompt either
            raise DecodeError("the model's logits are not numbers")
        if healing is None:
            return token_id, probability, self._vocabulary.pieces[token_id]
        return token_id, probability, self._healing.advance(healing, token_id)

    def _prepare(self, request: GenerateRequest) -> Prepared:
        kept, dropped = self._fitted(request)
        prompt: list[int] = [] if self._vocabulary.bos is None else [self._vocabulary.bos]
        marks: dict[int, Kind] = {}
        for piece in kept:
            if piece.piece is Special.FIM_SUFFIX and len(prompt) > PREFIX_MARGIN:
                marks[len(prompt) - PREFIX_MARGIN] = Kind.PREFIX
            prompt.extend(piece.token_ids)
            if piece.piece is Special.FIM_MIDDLE:
                marks[len(prompt)] = Kind.MIDDLE
        healing = None
        if request.heal and kept and isinstance(kept[-1].piece, Text):
            healing = self._take_back(prompt, kept[-1].token_ids)
        if not prompt:
            raise UnsupportedPrompt("The prompt is empty: there is nothing to go on from.")
        if len(prompt) > 1:
            marks.setdefault(len(prompt) - 1, Kind.TAIL)
        return Prepared(prompt, healing, marks, dropped)

    def _fitted(self, request: GenerateRequest) -> tuple[list[TokenizedPiece], int]:
        """The pieces that fit, neighbouring texts as one, and the number of tokens dropped."""
        pieces = [self._tokenized(piece) for piece in request.prompt]
        most = room = self._context.n_ctx - SPARE
        while True:
            kept, dropped = fit(pieces, request.n_predict, room)
            joined = self._joined(kept)
            over = sum(len(piece.token_ids) for piece in joined) + request.n_predict - most
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
        count = min(self._healing.removable(last), len(prompt) - 1)
        if count <= 0:
            return None
        removed = prompt[-count:]
        del prompt[-count:]
        return self._healing.start(removed)

    def _tokenized(self, piece: Special | Text) -> TokenizedPiece:
        if isinstance(piece, Text):
            return TokenizedPiece(piece, self._vocabulary.tokenize(piece.text))
        token_id = self._vocabulary.specials.get(piece)
        if token_id is None:
            raise UnsupportedPrompt(f"This model's vocabulary has no {piece.value} token.")
        return TokenizedPiece(piece, (token_id,))
