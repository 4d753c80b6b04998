"""Thinking and answer are told apart by what the template writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretoken.gateway.chat_template import ChatTemplate
from foretoken.gateway.conversation import Chatting
from foretoken.gateway.thinking import Split, Tags, find_tags
from gateway.gateway_models import template

BEGUN = Tags("<think>", "</think>", True)
OPENED = Tags("<think>", "</think>", False)


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("qwen3.5", BEGUN),
        ("qwen3", OPENED),
        ("deepseek3.1", BEGUN),
        ("qwen2.5", None),
        ("phi3.5", None),
        ("mistral-nemo", None),
        ("headers", None),
    ],
)
def test_tags_of_templates(name: str, tags: Tags | None):
    assert Chatting(ChatTemplate(template(name), "<s>", "</s>")).tags == tags


def test_a_closing_tag_that_no_answer_shows_is_none():
    source = ChatTemplate(template("qwen3.5"), "", "")
    assert Chatting(source, lambda text: text == "</think>").tags is None


@pytest.mark.parametrize(
    ("on", "off", "source", "tags"),
    [
        ("A\n<t>\n", "A\n<t>\n", "... '</t>' in content", Tags("<t>", "</t>", True, always=True)),
        ("A\n<t>\n", "A\n<t>\n", "nothing closes", None),
        ("<|a|><t>", "<|a|></t>", "", Tags("<t>", "</t>", True)),
        ("<|a|>\n", "<|a|>\n<t></t>", "", Tags("<t>", "</t>", False)),
        ("[A][T]", "[A][T][/T]", "", Tags("[T]", "[/T]", True)),
        ("A", "B", "", None),
        ("", "", "", None),
    ],
)
def test_find_tags(on: str, off: str, source: str, tags: Tags | None):
    assert find_tags(on, off, source) == tags


def split(tags: Tags | None, parts: list[str]) -> tuple[str, str]:
    whole = Split(tags)
    pairs = [whole.feed(part) for part in parts] + [whole.rest()]
    return "".join(pair[0] for pair in pairs), "".join(pair[1] for pair in pairs)


@pytest.mark.parametrize(
    ("tags", "text", "both"),
    [
        (BEGUN, "\nI see. \n</think>\n\nYes\n", ("I see.", "Yes\n")),
        (BEGUN, "never ending </thin", ("never ending </thin", "")),
        (BEGUN, "</think>Yes", ("", "Yes")),
        (BEGUN, "a < b\n\n c</think>d</think>", ("a < b\n\n c", "d</think>")),
        (OPENED, "\n<think>\nhm\n</think>\nYes", ("hm", "Yes")),
        (OPENED, "  Yes <think>", ("", "  Yes <think>")),
        (OPENED, "<thi", ("", "<thi")),
        (None, "<think>a</think>", ("", "<think>a</think>")),
    ],
)
def test_split_in_any_parts(tags: Tags | None, text: str, both: tuple[str, str]):
    assert split(tags, [text]) == both
    assert split(tags, list(text)) == both


@given(st.lists(st.text("<>/think \n", max_size=5), max_size=12), st.sampled_from([BEGUN, OPENED]))
def test_parts_make_no_difference(parts: list[str], tags: Tags):
    assert split(tags, parts) == split(tags, ["".join(parts)])
