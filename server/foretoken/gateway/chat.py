"""POST /v1/chat/completions."""

import json
import time
import uuid
from collections.abc import Iterable

from foretoken.gateway.answering import Delta, Done
from foretoken.gateway.asking import asked, check_fits, choice_sampling, first, room, sampling, stops
from foretoken.gateway.bounds import TemplateFailed
from foretoken.gateway.conversation import THINKING, Chatting, Conversation
from foretoken.gateway.errors import ApiError
from foretoken.gateway.figures import timings_object, usage
from foretoken.gateway.logprobs import chat_logprobs
from foretoken.gateway.placeholders import TooManyContents
from foretoken.gateway.readiness import Ready
from foretoken.gateway.schemas import Chat
from foretoken.gateway.stopping import Rules
from foretoken.gateway.thinking import Split
from foretoken.text.generation import Constraint, GeneratedToken, Grammar, Priority, Sampling
from foretoken.text.wire import MAX_DRAFT_TEXT, MAX_GRAMMAR

# What Qwen recommends for answers without thinking (model card of Qwen3, "Best Practices").
USUAL = Sampling(temperature=0.7, top_p=0.8, top_k=20)


class ChatReply:
    """One request. Raises ApiError when it cannot be answered."""

    sentinel = True

    def __init__(self, body: Chat, ready: Ready, chatting: Chatting) -> None:
        self.stream = bool(body.stream)
        self._usage = bool(body.stream_options and body.stream_options.include_usage)
        self._logprobs = bool(body.logprobs)
        self._head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion.chunk" if self.stream else "chat.completion",
            "created": int(time.time()),
            "model": ready.info.name,
        }
        thinking, options = _thinking(body)
        constraint = _constraint(body)
        begun = body.messages[-1].role == "assistant" and not body.messages[-1].tool_calls
        if thinking and chatting.tags and (begun or constraint):
            what = "a begun answer" if begun else "response_format"
            raise ApiError(400, f"{what} and thinking do not go together: switch the thinking off.", "messages")
        tools = [] if body.tool_choice == "none" else body.tools or []
        check_fits(ready, (message.text for message in body.messages))
        try:
            prompt = chatting.prompt(Conversation(body.messages, tools, thinking, options))
        except TemplateFailed as error:
            raise ApiError(400, str(error), "messages", "chat_template") from error
        except (TooManyContents, RecursionError) as error:
            raise ApiError(400, "The conversation has too many parts, or too deep ones.", "messages") from error
        wanted = first(body.max_completion_tokens, body.max_tokens, body.n_predict)
        self._n_prompt, n_predict = room(ready, prompt, wanted)
        chosen = sampling(body, USUAL)
        n = body.n or 1
        self.asked = [
            asked(
                prompt,
                n_predict,
                Priority.CODE_ACTION if n_predict else Priority.PREFILL,
                choice_sampling(chosen, number),
                Rules(stops(body)),
                heal=begun,
                constraint=constraint,
                original=body.prediction.text[:MAX_DRAFT_TEXT] if body.prediction else "",
                probabilities=self._logprobs,
            )
            for number in range(n)
        ]
        tags = chatting.tags
        splits = tags if tags and not constraint and not begun and (thinking or tags.always) else None
        self._splits = [Split(splits) for _ in range(n)]
        self._answers = [""] * n
        self._thoughts = [""] * n
        self._tokens: list[list[GeneratedToken]] = [[] for _ in range(n)]
        self._done: list[Done | None] = [None] * n
        self._begun = [False] * n

    def take(self, event: Delta | Done) -> Iterable[object]:
        index = event.index
        if not self._begun[index]:
            self._begun[index] = True
            yield self._chunk(index, {"role": "assistant", "content": ""}, None)
        thought, answer = self._splits[index].feed(event.text)
        if isinstance(event, Done):
            more = self._splits[index].rest()
            thought, answer = thought + more[0], answer + more[1]
        self._thoughts[index] += thought
        self._answers[index] += answer
        tokens = list(event.tokens)
        self._tokens[index] += tokens
        delta = {"reasoning_content": thought} if thought else {}
        if answer:
            delta["content"] = answer
        if delta or tokens:
            yield self._chunk(index, delta, None, tokens)
        if isinstance(event, Done):
            self._done[index] = event
            yield self._chunk(index, {}, _reason(event)) | {"timings": timings_object(event.timings)}

    def last(self) -> Iterable[object]:
        if self._usage:
            yield {**self._head, "choices": [], "usage": self._figures()}

    def whole(self) -> object:
        choices = []
        for index, done in enumerate(self._done):
            assert done is not None
            message = {"role": "assistant", "content": self._answers[index]}
            if self._thoughts[index]:
                message["reasoning_content"] = self._thoughts[index]
            choices.append(
                {
                    "index": index,
                    "message": message,
                    "logprobs": chat_logprobs(self._tokens[index]) if self._logprobs else None,
                    "finish_reason": _reason(done),
                }
            )
        timings = next(done.timings for done in self._done if done is not None)
        return {**self._head, "choices": choices, "usage": self._figures(), "timings": timings_object(timings)}

    def _chunk(
        self, index: int, delta: dict[str, str], reason: str | None, tokens: list[GeneratedToken] | None = None
    ) -> dict[str, object]:
        logprobs = chat_logprobs(tokens) if tokens and self._logprobs else None
        choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": reason}
        return {**self._head, "choices": [choice]}

    def _figures(self) -> dict[str, object]:
        done = [each for each in self._done if each is not None]
        return usage(self._n_prompt, [each.timings for each in done[:1]], sum(each.n_tokens for each in done))


def _thinking(body: Chat) -> tuple[bool, dict[str, object]]:
    """Whether the model shall think, and the further values for the template."""
    options = dict(body.chat_template_kwargs or {})
    thinking = options.pop(THINKING, None)
    if thinking is not None and not isinstance(thinking, bool):
        raise ApiError(400, f"{THINKING} must be true or false", f"chat_template_kwargs.{THINKING}")
    for name in ("messages", "tools", "add_generation_prompt", "bos_token", "eos_token"):
        options.pop(name, None)
    if body.reasoning_effort is not None:
        options.setdefault("reasoning_effort", body.reasoning_effort)
        if thinking is None:
            thinking = body.reasoning_effort != "none"
    return bool(thinking), options


def _constraint(body: Chat) -> Constraint | None:
    schema = body.response_format.constraint if body.response_format else None
    if schema is None:
        return None
    text = json.dumps(schema)
    if len(text) > MAX_GRAMMAR:
        raise ApiError(400, f"The schema is longer than {MAX_GRAMMAR} characters.", "response_format")
    return Constraint(Grammar.JSON_SCHEMA, text)


def _reason(done: Done) -> str:
    return "length" if done.length else "stop"
