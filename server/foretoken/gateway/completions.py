"""POST /v1/completions."""

import time
import uuid
from collections.abc import Iterable

from foretoken.gateway.anchoring import filling, raw_prompt
from foretoken.gateway.answering import Delta, Done
from foretoken.gateway.asking import asked, choice_sampling, first, room, sampling, stops
from foretoken.gateway.errors import ApiError
from foretoken.gateway.figures import timings_object, usage
from foretoken.gateway.logprobs import completion_logprobs
from foretoken.gateway.readiness import Ready
from foretoken.gateway.schemas import Completion
from foretoken.gateway.stopping import Rules
from foretoken.text.generation import GeneratedToken, Priority, Sampling, Timings
from foretoken.text.pieces import Prompt

USUAL = Sampling()
MAX_ANSWERS = 32  # half of what one owner may have under way


class CompletionReply:
    """One request. Raises ApiError when it cannot be answered."""

    sentinel = True

    def __init__(self, body: Completion, ready: Ready) -> None:
        self.stream = bool(body.stream)
        self._usage = bool(body.stream_options and body.stream_options.include_usage)
        self._logprobs = body.logprobs is not None
        self._n = body.n or 1
        self._head = {
            "id": f"cmpl-{uuid.uuid4().hex}",
            "object": "text_completion",
            "created": int(time.time()),
            "model": ready.info.name,
        }
        prompts = [body.prompt] if isinstance(body.prompt, str) else body.prompt
        if len(prompts) * self._n > MAX_ANSWERS:
            raise ApiError(400, f"That are {len(prompts) * self._n} answers; at most {MAX_ANSWERS} are given.", "n")
        chosen = sampling(body, USUAL)
        self.asked = []
        self._n_prompt = 0
        for text in prompts:
            prompt = _pieces(text, body.suffix, ready)
            n_prompt, n_predict = room(ready, prompt, first(body.max_tokens, body.n_predict))
            self._n_prompt += n_prompt
            self.asked += [
                asked(
                    prompt,
                    n_predict,
                    _priority(text, body.suffix, ready) if n_predict else Priority.PREFILL,
                    choice_sampling(chosen, number),
                    Rules(stops(body)),
                    probabilities=self._logprobs,
                )
                for number in range(self._n)
            ]
        count = len(self.asked)
        self._echoes = [text if body.echo else "" for text in prompts for _ in range(self._n)]
        self._texts = list(self._echoes)
        self._tokens: list[list[GeneratedToken]] = [[] for _ in range(count)]
        self._done: list[Done | None] = [None] * count
        self._echoed = [False] * count

    def take(self, event: Delta | Done) -> Iterable[object]:
        index = event.index
        self._texts[index] += event.text
        tokens = list(event.tokens)
        self._tokens[index] += tokens
        text = event.text
        if not self._echoed[index]:
            self._echoed[index] = True
            text = self._echoes[index] + text
        if isinstance(event, Done):
            self._done[index] = event
            yield self._chunk(index, text, tokens, _reason(event)) | {"timings": timings_object(event.timings)}
        elif text or tokens:
            yield self._chunk(index, text, tokens, None)

    def last(self) -> Iterable[object]:
        if self._usage:
            yield {**self._head, "choices": [], "usage": self._figures()}

    def whole(self) -> object:
        choices = []
        for index, done in enumerate(self._done):
            assert done is not None
            choices.append(self._choice(index, self._texts[index], self._tokens[index], _reason(done)))
        return {**self._head, "choices": choices, "usage": self._figures(), "timings": timings_object(self._first())}

    def _chunk(self, index: int, text: str, tokens: list[GeneratedToken], reason: str | None) -> dict[str, object]:
        return {**self._head, "choices": [self._choice(index, text, tokens, reason)]}

    def _choice(self, index: int, text: str, tokens: list[GeneratedToken], reason: str | None) -> dict[str, object]:
        before = sum(len(token.text) for token in self._tokens[index][: len(self._tokens[index]) - len(tokens)])
        offset = len(self._echoes[index]) + before
        return {
            "index": index,
            "text": text,
            "logprobs": completion_logprobs(tokens, offset) if self._logprobs else None,
            "finish_reason": reason,
        }

    def _first(self) -> Timings:
        return next(done.timings for done in self._done if done is not None)

    def _figures(self) -> dict[str, object]:
        done = [each for each in self._done if each is not None]
        return usage(self._n_prompt, [each.timings for each in done[:: self._n]], sum(each.n_tokens for each in done))


def _pieces(text: str, suffix: str | None, ready: Ready) -> Prompt:
    if suffix is None:
        if not text:
            raise ApiError(400, "The prompt is empty: there is nothing to go on from.", param="prompt")
        return raw_prompt(text, ready.texts)
    if not ready.info.fim:
        raise ApiError(501, "This model cannot fill in the middle: send no suffix.", "suffix", "not_supported")
    return filling(text, suffix)


def _priority(text: str, suffix: str | None, ready: Ready) -> Priority:
    """Somebody waits at a cursor for what fills a gap, also when the tool writes the tokens out itself."""
    fim = ready.texts.fim
    fills = suffix is not None or bool(fim and fim[2] in text)
    return Priority.INLINE if fills else Priority.CODE_ACTION


def _reason(done: Done) -> str:
    return "length" if done.length else "stop"
