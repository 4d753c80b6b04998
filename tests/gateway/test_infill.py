"""POST /infill: what llama.cpp's server answers editor plugins with."""

import json

import httpx2 as httpx
import pytest

from foretoken.gateway.errors import ApiError
from foretoken.gateway.infill import infill_prompt
from foretoken.gateway.readiness import Ready
from foretoken.gateway.schemas import Infill
from foretoken.runtime.texts import ModelTexts
from foretoken.text.generation import GenerateRequest, ModelInfo, Priority
from foretoken.text.pieces import Prompt, Special, Text, symbolic
from gateway.gateway_models import SECONDS, Served
from gateway.test_http import AFTER_A, ask, post, refused, streamed

PATH = "/infill"


def counted(prompt: Prompt) -> int:
    """A vocabulary of characters."""
    return sum(len(piece.text) if isinstance(piece, Text) else 1 for piece in prompt)


def model(n_ctx: int = 4096, files: bool = True) -> Ready:
    info = ModelInfo("m", "qwen35", n_ctx, 1, 1, True, True, 0)
    texts = ModelTexts(None, "", "", None, files, files, lambda text: False, counted, 1)
    return Ready(info, texts)


def written(ready: Ready, prefix: str, suffix: str, typed: str = "", **extras: str) -> tuple[str, bool]:
    files = [{"filename": name, "text": text} for name, text in extras.items()]
    body = {"input_prefix": prefix, "input_suffix": suffix, "prompt": typed, "input_extra": files}
    prompt, truncated = infill_prompt(Infill.model_validate(body), ready, 100)
    assert counted(prompt) <= ready.info.n_ctx - 100
    return symbolic(prompt), truncated


def test_the_prompt():
    assert written(model(), "before\n", "\nafter", "typed") == (
        "⟨FIM_PREFIX⟩before\n⟨FIM_SUFFIX⟩\nafter⟨FIM_MIDDLE⟩typed",
        False,
    )


def test_other_files_stand_before_it():
    assert written(model(), "b\n", "a", **{"x": "one\n", "y": "two\n"}) == (
        "⟨REPO_NAME⟩myproject\n⟨FILE_SEP⟩x\none\n⟨FILE_SEP⟩y\ntwo\n⟨FILE_SEP⟩filename\n"
        "⟨FIM_PREFIX⟩b\n⟨FIM_SUFFIX⟩a⟨FIM_MIDDLE⟩",
        False,
    )


def test_where_the_model_knows_no_files_they_are_snippets():
    text, _ = written(model(files=False), "b\n", "a", x="one\n")
    assert text == "\n\n--- snippet ---\n\none\n⟨FIM_PREFIX⟩b\n⟨FIM_SUFFIX⟩a⟨FIM_MIDDLE⟩"


def test_who_does_not_say_what_is_typed_gives_it_with_the_prefix():
    assert written(model(), "one\n  tw", "a")[0] == "⟨FIM_PREFIX⟩one\n⟨FIM_SUFFIX⟩a⟨FIM_MIDDLE⟩  tw"


def test_typing_only_appends():
    one, _ = written(model(), "b", "a", "x", f="one")
    two, _ = written(model(), "b", "a", "xy", f="one")
    assert two == one + "y"


def test_a_full_window_keeps_what_is_near_in_the_ratio_of_3_to_1():
    lines = "".join(f"line {number:04}\n" for number in range(1000))
    text, truncated = written(model(), lines, lines, "typed")
    prefix, suffix = text.removeprefix("⟨FIM_PREFIX⟩").split("⟨FIM_MIDDLE⟩")[0].split("⟨FIM_SUFFIX⟩")
    assert truncated and prefix.endswith("line 0999\n") and suffix.startswith("line 0000\n")
    assert prefix.startswith("line ") and suffix.endswith("\n") and 2.9 < len(prefix) / len(suffix) < 3.1


def test_a_side_that_needs_less_leaves_the_rest_to_the_other():
    lines = "line\n" * 1000
    text, _ = written(model(), lines, "short")
    assert len(text) > 3900 and "⟨FIM_SUFFIX⟩short⟨FIM_MIDDLE⟩" in text


def test_one_endless_line_is_cut_where_it_is_farthest():
    text, truncated = written(model(512), "a" * 5000 + "!", "?" + "b" * 5000, "typed")
    assert truncated and "!⟨FIM_SUFFIX⟩?" in text


def test_the_first_of_the_other_files_go():
    text, truncated = written(model(), "b", "a", **{f"f{number}": "x" * 900 for number in range(6)})
    assert truncated and "⟨FILE_SEP⟩f5\n" in text and "⟨FILE_SEP⟩f0\n" not in text
    assert text.index("f4\n") < text.index("f5\n")


def test_the_cursors_own_file_goes_before_the_others():
    lines = "line\n" * 400
    text, truncated = written(model(), lines, "", f="x" * 2500)
    assert truncated and lines in text and "xxx" not in text


def test_an_answer(chain_server: Served):
    answer = ask(chain_server, PATH, input_prefix="x", input_suffix="y", prompt="a", n_predict=64)
    assert answer["content"] == AFTER_A and answer["stop"] is True and answer["stop_type"] == "eos"
    assert answer["tokens_predicted"] == len(AFTER_A) and answer["truncated"] is False
    assert answer["tokens_evaluated"] == 6 and answer["tokens_cached"] == 6 + len(AFTER_A)
    assert answer["timings"]["predicted_per_second"] > 0 and answer["model"] == "tiny"
    assert answer["generation_settings"]["n_predict"] == 64


@pytest.mark.parametrize(
    ("more", "content", "stop_type", "word"),
    [
        ({"n_predict": 3}, AFTER_A[:3], "limit", ""),
        ({"max_tokens": 3}, AFTER_A[:3], "limit", ""),
        ({"stop": ["S", "O"]}, "</think>", "word", "O"),
    ],
)
def test_ends(chain_server: Served, more: dict[str, object], content: str, stop_type: str, word: str):
    answer = ask(chain_server, PATH, input_prefix="", input_suffix="", prompt="a", **more)
    assert (answer["content"], answer["stop_type"], answer["stopping_word"]) == (content, stop_type, word)


def test_a_stream_is_llama_cpps(chain_server: Served):
    chunks = streamed(chain_server, PATH, input_prefix="", input_suffix="", prompt="a")
    assert "".join(chunk["content"] for chunk in chunks) == AFTER_A
    assert [chunk["stop"] for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1]["timings"]["predicted_n"] == len(AFTER_A)
    raw = post(chain_server, PATH, stream=True, input_prefix="", input_suffix="", prompt="a")
    assert "[DONE]" not in raw.text


def test_several_answers_are_a_list(chain_server: Served):
    answers = ask(chain_server, PATH, input_prefix="", input_suffix="", prompt="a", n_cmpl=3)
    assert [answer["index"] for answer in answers] == [0, 1, 2]
    assert {answer["content"] for answer in answers} == {AFTER_A}


def test_only_the_fields_that_are_asked_for(chain_server: Served):
    fields = ["content", "timings/prompt_n", "truncated", "nothing", "timings/nothing", "content/x"]
    answer = ask(chain_server, PATH, input_prefix="", input_suffix="", prompt="a", response_fields=fields)
    assert set(answer) == {"content", "timings/prompt_n", "truncated"}
    assert ask(chain_server, PATH, input_prefix="", input_suffix="", prompt="a", response_fields=[""]) == {}


def test_nothing_to_predict_gets_ready_for_the_next_request(chat_server: Served):
    """As llama.vim does it with the files it has gathered; the request that follows finds them evaluated."""
    extras = [{"filename": "a.py", "text": "import os\n" * 30}]
    warm = ask(chat_server, PATH, input_prefix="", input_suffix="", prompt="", input_extra=extras, n_predict=0)
    assert warm["content"] == "" and warm["tokens_predicted"] == 0
    then = ask(chat_server, PATH, input_prefix="def f(", input_suffix=")", prompt="", input_extra=extras, n_predict=1)
    assert then["timings"]["cache_n"] > 60


def test_a_key_costs_a_few_tokens(chat_server: Served):
    body = {"input_prefix": "import os\n" * 30, "input_suffix": "\nprint(os)\n" * 10, "n_predict": 2}
    ask(chat_server, PATH, prompt="self", **body)
    assert ask(chat_server, PATH, prompt="self.", **body)["timings"]["prompt_n"] <= 4


def test_hardly_any_temperature_is_none(chain_server: Served):
    answer = ask(chain_server, PATH, input_prefix="", input_suffix="", prompt="a", temperature=1e-300)
    assert answer["content"] == AFTER_A and answer["generation_settings"]["temperature"] == 0


def test_priorities(chain_server: Served, monkeypatch: pytest.MonkeyPatch):
    seen: list[GenerateRequest] = []
    submit = chain_server.worker.submit
    monkeypatch.setattr(
        chain_server.worker, "submit", lambda request, *rest: (seen.append(request), submit(request, *rest))[1]
    )
    question = [{"role": "user", "content": "q"}]
    ask(chain_server, PATH, input_prefix="", input_suffix="", prompt="a")
    ask(chain_server, PATH, input_prefix="", input_suffix="", prompt="a", n_predict=0)
    ask(chain_server, "/v1/completions", prompt="a", suffix="b")
    ask(chain_server, "/v1/completions", prompt="<|fim_prefix|>a<|fim_suffix|><|fim_middle|>a")
    ask(chain_server, "/v1/completions", prompt="a", user="zed")
    ask(chain_server, "/v1/chat/completions", messages=question, user="x" * 999)
    assert [request.priority for request in seen] == [
        Priority.INLINE, Priority.PREFILL, Priority.INLINE, Priority.INLINE, Priority.CODE_ACTION, Priority.CODE_ACTION
    ]  # fmt: skip
    assert {request.owner for request in seen} == {"gateway"}  # no name is a share of its own
    assert [request.sampling.temperature for request in seen] == [0, 0, 0, 0, 0, 0.7]
    assert (seen[5].sampling.top_p, seen[5].sampling.top_k) == (0.8, 20)
    assert Special.FIM_MIDDLE in seen[2].prompt


def test_a_model_that_cannot(plain_server: Served):
    error = refused(plain_server, 501, PATH, input_prefix="a", input_suffix="b")
    assert "fill in the middle" in error["message"]
    assert refused(plain_server, 501, "/v1/completions", prompt="a", suffix="b")["param"] == "suffix"


def test_windows_line_ends_and_odd_texts(chat_server: Served):
    for text in ("\r\n", "\x00\x01", "\u2028\x0c", "🎉" * 50, "<|fim_middle|>"):
        answer = httpx.post(
            chat_server.url + PATH,
            content=json.dumps({"input_prefix": text, "input_suffix": text, "prompt": text, "n_predict": 2}),
            headers={**chat_server.headers, "content-type": "application/json"},
            timeout=SECONDS,
        )
        assert answer.status_code == 200, answer.text


def test_what_is_far_from_the_cursor_is_not_counted():
    counts: list[int] = []

    def noted(prompt: Prompt) -> int:
        counts.append(counted(prompt))
        return counts[-1]

    texts = ModelTexts(None, "", "", None, True, True, lambda text: False, noted, 1)
    ready = Ready(model(1000).info, texts)
    far = "line\n" * 1_000_000
    files = [{"filename": "x", "text": far}]
    body = {"input_prefix": far, "input_suffix": far, "input_extra": files}
    prompt, truncated = infill_prompt(Infill.model_validate(body), ready, 100)
    assert truncated and 800 < counted(prompt) <= 900 and max(counts) < 10_000


def test_a_typed_line_that_cannot_fit_is_refused():
    with pytest.raises(ApiError) as caught:
        infill_prompt(Infill.model_validate({"input_prefix": "x" * 5000, "input_suffix": ""}), model(1000), 100)
    assert caught.value.code == "context_length_exceeded"
