"""What is typed of a line goes behind the token for the middle, however a tool asks for it."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from foretoken.gateway.anchoring import filling, raw_prompt
from foretoken.runtime.texts import ModelTexts
from foretoken.text.pieces import Template, symbolic
from gateway.gateway_models import Served, serving
from gateway.test_http import ask, refused

TEXTS = ModelTexts(None, "", "", ("<P>", "<S>", "<M>"), True, True, lambda text: False, len, 1)


def test_with_a_suffix():
    assert symbolic(filling("one\n  tw", "\nend")) == "⟨FIM_PREFIX⟩one\n⟨FIM_SUFFIX⟩\nend⟨FIM_MIDDLE⟩  tw"


def test_a_raw_prompt():
    text = "<file>a.py\n<P>one\n  tw<S>\nend<M>"
    assert symbolic(raw_prompt(text, TEXTS)) == "<file>a.py\n⟨FIM_PREFIX⟩one\n⟨FIM_SUFFIX⟩\nend⟨FIM_MIDDLE⟩  tw"


@pytest.mark.parametrize(
    "text",
    ["plain", "<P>a<S>b<M>typed", "<S>b<P>a<M>", "<P>a<S>b<M><M>", "<P>a<P>b<S>c<M>", "<S>b<M>", "<M><P>a<S>", "<M>"],
)
def test_other_raw_prompts_stay_as_they_are(text: str):
    assert raw_prompt(text, TEXTS) == (Template(text),)


@pytest.fixture(scope="module")
def shipped_server() -> Iterator[Served]:
    with serving(Path(str(files("foretoken"))) / "models" / "shipped" / "foretoken-starter.gguf") as served:
        yield served


@pytest.mark.model
@pytest.mark.parametrize(
    ("prefix", "suffix", "expected"),
    [
        ("for item in items:\n    print(", "\n", "item)"),
        (
            "class A:\n    def __init__(self, name, value):\n        self.name = name\n        self.val",
            "\n",
            "ue = value",
        ),
    ],
)
def test_the_shipped_model_goes_on_with_the_line(shipped_server: Served, prefix: str, suffix: str, expected: str):
    raw = f"<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>"
    lines, _, typed = prefix.rpartition("\n")
    answers = [
        ask(shipped_server, "/v1/completions", prompt=prefix, suffix=suffix, max_tokens=16)["choices"][0]["text"],
        ask(shipped_server, "/v1/completions", prompt=raw, max_tokens=16)["choices"][0]["text"],
        ask(shipped_server, "/infill", input_prefix=prefix, input_suffix=suffix, n_predict=16)["content"],
        ask(shipped_server, "/infill", input_prefix=f"{lines}\n", input_suffix=suffix, prompt=typed, n_predict=16)[
            "content"
        ],
    ]
    assert answers == [expected] * 4


@pytest.mark.model
def test_the_shipped_model_does_not_chat_and_says_so(shipped_server: Served):
    error = refused(shipped_server, 501, "/v1/chat/completions", messages=[{"role": "user", "content": "hi"}])
    assert "has no chat template" in error["message"]
