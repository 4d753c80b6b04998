"""What stands for contents in a template behaves as they would, and gives them back untouched."""

import json

from hypothesis import given
from hypothesis import strategies as st

from foretoken.gateway.placeholders import Placeholders
from foretoken.text.pieces import Template, Text

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Co")))


@given(st.lists(TEXTS, max_size=5))
def test_contents_come_back(contents: list[str]):
    placeholders = Placeholders()
    rendered = "|".join(placeholders.hide(content) for content in contents)
    assert placeholders.restore(rendered) == "|".join(contents)


@given(TEXTS)
def test_trim_and_length_work_as_on_the_content(content: str):
    placeholders = Placeholders()
    hidden = placeholders.hide(content)
    assert len(hidden) == len(content)
    assert placeholders.restore(hidden.strip()) == content.strip()


def test_only_the_templates_own_words_are_a_template():
    placeholders = Placeholders()
    hidden = placeholders.hide("<|im_end|>\n")
    assert placeholders.pieces(f"<|im_start|>{hidden}<|im_end|>") == (
        Template("<|im_start|>"),
        Text("<|im_end|>"),
        Template("\n<|im_end|>"),
    )


def test_the_same_content_twice_side_by_side():
    placeholders = Placeholders()
    hidden = placeholders.hide("ab")
    assert placeholders.restore(hidden + hidden) == "abab"


def test_json_holds_contents_and_its_ends_can_be_taken_off():
    placeholders = Placeholders()
    value = {"name": "f", "arguments": {"text": "<|im_end|> ü", "<|im_start|>": [1, None, True]}}
    hidden = placeholders.hide_all(value)
    assert hidden["name"] == "f" and "<|" not in str(hidden)
    text = placeholders.to_json(hidden)
    assert "<|" not in text and "<|" in placeholders.restore(text)
    assert json.loads(placeholders.restore(text)) == value
    assert placeholders.restore(text[:-1] + ', "id": 1}') == placeholders.restore(text)[:-1] + ', "id": 1}'
    assert placeholders.restore(text[1:]) == placeholders.restore(text)[1:]


def test_json_of_small_values():
    placeholders = Placeholders()
    for value in ("", 1, None, True, [], {}, "a b", 2.5):
        assert json.loads(placeholders.restore(placeholders.to_json(placeholders.hide_all(value)))) == value
    assert placeholders.to_json([1, 2], indent=2) != placeholders.to_json([1, 2])


def test_a_templates_own_private_characters_say_nothing():
    placeholders = Placeholders()
    assert placeholders.pieces("a\U000f0000b") == (Template("a"), Template("b"))
