"""From a chat request's messages to a prompt, through the model's chat template."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from foretoken.gateway.bounds import TemplateFailed
from foretoken.gateway.chat_template import ChatTemplate
from foretoken.gateway.placeholders import Placeholders
from foretoken.gateway.schemas import Message
from foretoken.gateway.thinking import Tags, find_tags
from foretoken.text.pieces import Prompt, Text

THINKING = "enable_thinking"
_PROBE = {"role": "user", "content": "?"}


@dataclass(frozen=True, slots=True)
class Conversation:
    """messages: the last one may be the assistant's, to go on from. options: further values for the template."""

    messages: Sequence[Message]
    tools: Sequence[dict[str, object]]
    thinking: bool
    options: dict[str, object]


class Chatting:
    """How one model is spoken to. For any thread. tags: None = what it thinks cannot be told from its answer."""

    def __init__(self, template: ChatTemplate, is_control: Callable[[str], bool] = lambda text: False) -> None:
        """is_control: whether a text is a control token, which no answer shows."""
        self._template = template
        tags = self._find_tags()
        self.tags = None if tags and is_control(tags.closing) else tags

    def prompt(self, conversation: Conversation) -> Prompt:
        """The pieces up to where the answer begins. Raises TemplateFailed with the template's own words."""
        messages = _merged(conversation.messages)
        begun = ""
        last = messages[-1]
        if last.role == "assistant" and not last.tool_calls:
            begun = last.text
            messages = messages[:-1]
        try:
            pieces = self._render(messages, conversation)
        except TemplateFailed as error:
            pieces = self._otherwise(messages, conversation, error)
        return (*pieces, Text(begun)) if begun else pieces

    def _otherwise(self, messages: Sequence[Message], conversation: Conversation, error: TemplateFailed) -> Prompt:
        """For templates that know less: calls' arguments as the text that they came in, or no role for instructions."""
        if isinstance(error.__cause__, TypeError) and any(message.tool_calls for message in messages):
            return self._render(messages, conversation, parsed=False)
        if len(messages) < 2 or messages[0].role not in ("system", "developer") or messages[1].role != "user":
            raise error
        together = Message(role="user", content=f"{messages[0].text}\n\n{messages[1].text}")
        try:
            return self._render([together, *messages[2:]], conversation)
        except TemplateFailed:
            raise error from None

    def _render(self, messages: Sequence[Message], conversation: Conversation, parsed: bool = True) -> Prompt:
        placeholders = Placeholders()
        values: dict[str, object] = {
            **{name: placeholders.hide_all(value) for name, value in conversation.options.items()},
            "messages": [self._message(message, placeholders, parsed) for message in messages],
            "add_generation_prompt": True,
            THINKING: conversation.thinking,
        }
        if conversation.tools:
            values["tools"] = placeholders.hide_all(list(conversation.tools))
        return placeholders.pieces(self._template.render(values, placeholders))

    def _message(self, message: Message, placeholders: Placeholders, parsed: bool) -> dict[str, object]:
        text, reasoning = message.text, message.reasoning_content
        if message.role == "assistant" and reasoning is None and self.tags and self.tags.closing in text:
            # The template cannot see it: the content is hidden from it.
            before, _, text = text.partition(self.tags.closing)
            reasoning, text = before.rpartition(self.tags.opening)[2].strip(), text.lstrip()
        values: dict[str, object] = {
            "role": "system" if message.role == "developer" else message.role,
            "content": placeholders.hide(text),
        }
        if reasoning is not None:
            values["reasoning_content"] = placeholders.hide(reasoning)
        if message.name is not None:
            values["name"] = placeholders.hide_words(message.name)
        if message.tool_call_id is not None:
            values["tool_call_id"] = placeholders.hide_words(message.tool_call_id)
        if message.tool_calls:
            values["tool_calls"] = [
                {
                    "type": "function",
                    **({"id": placeholders.hide_words(call.id)} if call.id is not None else {}),
                    "function": {
                        "name": placeholders.hide_words(call.function.name),
                        "arguments": _arguments(call.function.arguments, placeholders, parsed),
                    },
                }
                for call in message.tool_calls
            ]
        return values

    def _find_tags(self) -> Tags | None:
        try:
            on, off = (self._beginning(thinking) for thinking in (True, False))
        except TemplateFailed:
            return None
        return find_tags(on, off, self._template.source)

    def _beginning(self, thinking: bool) -> str:
        """What the template writes after a question, for the answer to begin with."""
        texts = [
            self._template.render(
                {"messages": [_PROBE], "add_generation_prompt": begins, THINKING: thinking}, Placeholders()
            )
            for begins in (False, True)
        ]
        return texts[1].removeprefix(texts[0])


def _arguments(arguments: str | dict[str, object] | None, placeholders: Placeholders, parsed: bool) -> object:
    if arguments is None:
        return {}
    if not parsed:
        return placeholders.hide(arguments if isinstance(arguments, str) else json.dumps(arguments))
    if isinstance(arguments, str):
        try:
            value = json.loads(arguments or "{}")
        except (ValueError, RecursionError):
            return placeholders.hide(arguments)
        return placeholders.hide_all(value) if isinstance(value, dict) else placeholders.hide(arguments)
    return placeholders.hide_all(arguments)


def _merged(messages: Sequence[Message]) -> list[Message]:
    """Instructions at the beginning as one message: many templates take no second one."""
    count = next((n for n, each in enumerate(messages) if each.role not in ("system", "developer")), len(messages))
    if count < 2:
        return list(messages)
    first = Message(role="system", content="\n\n".join(message.text for message in messages[:count]))
    return [first, *messages[count:]]
