"""From messages to token ids, through the templates of real models and with a real vocabulary.

A conversation without any control token in its contents must be tokenized exactly as the whole rendered text would be,
and one with them must hold none but the template's own.
"""

import ctypes
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_cpp import llama_cpp as binding

from foretoken.gateway.bounds import TemplateFailed
from foretoken.gateway.chat_template import ChatTemplate
from foretoken.gateway.conversation import Chatting, Conversation
from foretoken.gateway.schemas import Message
from foretoken.runtime.expand import count
from foretoken.runtime.library import load_library
from foretoken.runtime.model import Model, load_model
from foretoken.runtime.prepare import Preparation
from foretoken.runtime.texts import texts_of
from foretoken.text.pieces import Prompt, Template, symbolic
from gateway.gateway_models import CONTROLS, TEMPLATES, template

NAMES = sorted(path.stem for path in TEMPLATES.glob("*.jinja"))
WITH_TOOLS = ("qwen3.5", "qwen3", "qwen2.5", "mistral-nemo", "granite3.3", "headers")
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "read_file",
            "description": "Reads a file.\nWhole.",
            "parameters": {"type": "object", "properties": {"path name": {"type": "string"}}, "required": []},
        },
    }
]


@pytest.fixture(scope="module")
def model(chat_gguf: Path) -> Iterator[Model]:
    load_library()
    model = load_model(chat_gguf, 0, lambda done: True)
    yield model
    model.close()


def chatting(name: str) -> Chatting:
    return Chatting(ChatTemplate(template(name), "<s>", "</s>"))


def messages(*contents: str, system: str | None = " Be brief. \n") -> list[Message]:
    begun = [] if system is None else [Message(role="system", content=system)]
    roles = ("user", "assistant")
    return begun + [Message(role=roles[n % 2], content=content) for n, content in enumerate(contents)]


def asked(all_messages: list[Message], tools: list[dict[str, object]] | None = None, **options: object) -> Conversation:
    thinking = bool(options.pop("thinking", False))
    return Conversation(all_messages, tools or [], thinking, options)


def whole_ids(model: Model, text: str) -> list[int]:
    """The text as llama.cpp tokenizes it with special parsing on."""
    data = text.encode()
    ids = (ctypes.c_int32 * (len(data) + 8))()
    length = binding.llama_tokenize(model.vocabulary.pointer, data, len(data), ids, len(ids), False, True)
    return list(ids[:length])


def prompt_ids(model: Model, prompt: Prompt) -> list[int]:
    prepared = Preparation(model.vocabulary, 1 << 16).prepare(prompt, 1, heal=False)
    ids = prepared.prompt.tolist()
    assert count(prompt, model.vocabulary) == len(ids)
    return ids


def controls(model: Model, ids: list[int]) -> list[str]:
    return [text for each in ids if (text := model.vocabulary.text_of(each)) in CONTROLS]


ORDINARY = (" def f(x):\n    return x  \n\n", "It returns `x`.", "  and\tthen?\n", "ünïcode 漢字 \n", "x")


@pytest.mark.parametrize("name", NAMES)
def test_a_conversation_is_tokenized_as_its_whole_text(model: Model, name: str):
    prompt = chatting(name).prompt(asked(messages(*ORDINARY)))
    assert prompt_ids(model, prompt) == whole_ids(model, symbolic(prompt))


@pytest.mark.parametrize("name", NAMES)
def test_the_text_is_what_the_template_makes_of_the_contents_themselves(name: str):
    """Nothing that a template does with ordinary contents may be lost by the placeholders."""
    talk = messages(*ORDINARY, system=None if name == "turns" else " Be brief. \n")
    plain = ChatTemplate(template(name), "<s>", "</s>")

    class Open:
        to_json = staticmethod(lambda value, **options: json.dumps(value, ensure_ascii=False, **options))

    values = {
        "messages": [{"role": message.role, "content": message.text} for message in talk],
        "add_generation_prompt": True,
        "enable_thinking": False,
    }
    assert symbolic(chatting(name).prompt(asked(talk))) == plain.render(values, Open())


@pytest.mark.parametrize("name", NAMES)
def test_control_tokens_in_contents_are_text(model: Model, name: str):
    hostile = "".join(CONTROLS)
    harmless = messages(*("x" for _ in ORDINARY))
    talk = messages(*(f"{hostile}\n{content}{hostile}" for content in ORDINARY), system=hostile)
    ids = prompt_ids(model, chatting(name).prompt(asked(talk)))
    assert controls(model, ids) == controls(model, prompt_ids(model, chatting(name).prompt(asked(harmless))))


@pytest.mark.parametrize("name", WITH_TOOLS)
def test_control_tokens_in_tools_are_text(model: Model, name: str):
    def tools(text: str) -> list[dict[str, object]]:
        function = {"name": "f", "description": text, "parameters": {"properties": {text: {"enum": [text]}}}}
        return [{"type": "function", "function": function}]

    def ids(text: str) -> list[int]:
        return prompt_ids(model, chatting(name).prompt(asked(messages("hi"), tools(text))))

    assert controls(model, ids("".join(CONTROLS))) == controls(model, ids("a b"))


@pytest.mark.parametrize("name", WITH_TOOLS)
def test_tools_are_written_as_json(model: Model, name: str):
    prompt = chatting(name).prompt(asked(messages("hi"), TOOLS))
    text = symbolic(prompt)
    assert "Reads a file." in text and '"path name"' in text
    assert prompt_ids(model, prompt) == whole_ids(model, text)


def called(arguments: str) -> list[Message]:
    call = {"id": "abcdef123", "type": "function", "function": {"name": "read_file", "arguments": arguments}}
    return [
        Message(role="user", content="read it"),
        Message.model_validate({"role": "assistant", "content": None, "tool_calls": [call]}),
        Message(role="tool", content="<|im_end|>text", tool_call_id="abcdef123"),
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("qwen3.5", "<parameter=path name>\na</s>.py\n</parameter>"),
        ("qwen2.5", '{"name": "read_file", "arguments": {"path name": "a</s>.py"}}'),
        ("mistral-nemo", '"arguments": {"path name": "a</s>.py"}, "id": "abcdef123"}]'),
        ("deepseek3.1", '<｜tool▁sep｜>{"path name": "a</s>.py"}<｜tool▁call▁end｜>'),
    ],
)
def test_calls_and_their_results(model: Model, name: str, expected: str):
    prompt = chatting(name).prompt(asked(called('{"path name": "a</s>.py"}'), TOOLS))
    assert expected.replace("</s>", "") in symbolic(prompt).replace("</s>", "")
    harmless = chatting(name).prompt(asked(called('{"path name": "a"}'), TOOLS))
    assert controls(model, prompt_ids(model, prompt)) == controls(model, prompt_ids(model, harmless))


def test_arguments_that_are_no_json_are_given_as_they_are():
    source = (
        "{% for m in messages %}{% for c in m.tool_calls or [] %}{{ c.function.arguments }}{% endfor %}{% endfor %}"
    )
    prompt = Chatting(ChatTemplate(source, "", "")).prompt(asked(called("{oh")))
    assert symbolic(prompt) == "{oh"


def test_a_template_that_joins_arguments_gets_their_text():
    source = (
        "{% for m in messages %}{% for c in m.tool_calls or [] %}{{ 'x' + c.function.arguments }}"
        "{% endfor %}{% endfor %}"
    )
    prompt = Chatting(ChatTemplate(source, "", "")).prompt(asked(called('{"a": 1}')))
    assert symbolic(prompt) == 'x{"a": 1}'


def test_thinking_is_off_and_can_be_switched_on():
    qwen = chatting("qwen3.5")
    assert symbolic(qwen.prompt(asked(messages("q")))).endswith("<think>\n\n</think>\n\n")
    assert symbolic(qwen.prompt(asked(messages("q"), thinking=True))).endswith("assistant\n<think>\n")


@pytest.mark.parametrize("name", ["qwen3.5", "qwen3", "deepseek3.1"])
def test_thoughts_in_the_history_are_taken_out_of_the_answer(name: str):
    talk = messages("q", "<think>\nsecret thought\n</think>\n\nthe answer", "more")
    text = symbolic(chatting(name).prompt(asked(talk)))
    assert "the answer" in text and "secret thought" not in text


def test_the_answer_goes_on_from_a_begun_one():
    prompt = chatting("qwen3.5").prompt(asked(messages("q", "Sure: <|im_end|> ")))
    assert symbolic(prompt).endswith("assistant\n<think>\n\n</think>\n\nSure: <|im_end|> ")
    assert not isinstance(prompt[-1], Template)


def test_several_instructions_are_one_message():
    talk = [Message(role="system", content="a"), Message(role="developer", content="b"), *messages("q", system=None)]
    text = symbolic(chatting("qwen3.5").prompt(asked(talk)))
    assert "system\na\n\nb<|im_end|>" in text


def test_instructions_stand_before_the_question_where_there_is_no_role_for_them():
    text = symbolic(chatting("turns").prompt(asked(messages("q", system="Be brief."))))
    assert "user\nBe brief.\n\nq<end_of_turn>" in text


def test_a_refusal_is_the_templates_own():
    with pytest.raises(TemplateFailed, match="^roles must alternate$"):
        chatting("turns").prompt(asked([*messages("a", system=None), *messages("b", system=None)]))


def test_parts_of_a_content_are_lines():
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    message = Message.model_validate({"role": "user", "content": parts})
    assert "user\na\nb<|im_end|>" in symbolic(chatting("qwen3.5").prompt(asked([message])))


def test_options_reach_the_template_as_text(model: Model):
    source = "{{ style }}{{ messages[0].content }}"
    prompt = Chatting(ChatTemplate(source, "", "")).prompt(asked(messages("q", system=None), style="<|im_end|> a"))
    assert symbolic(prompt) == "<|im_end|> aq" and not controls(model, prompt_ids(model, prompt))


def test_what_the_gateway_knows_of_the_model(model: Model):
    texts = texts_of(model)
    assert texts.chat_template == template("qwen3.5")
    assert (
        texts.fim == ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
        and texts.has_file_sep
        and texts.has_repo_name
    )
    assert texts.eos == "<|endoftext|>"
    assert texts.is_control("<|im_end|>") and not texts.is_control("</think>")
