"""The three ways of asking over real HTTP, with a real model behind them."""

import json
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from foretoken.gateway.app import Limits
from foretoken.gateway.guard import Access
from gateway.conftest import CHAIN
from gateway.gateway_models import SECONDS, Served, serving

AFTER_A = "</think>OYSx.z"  # what the chain says after "a"
QUESTION = [{"role": "user", "content": "q"}]


def post(served: Served, path: str, **body: object) -> httpx.Response:
    return httpx.post(served.url + path, json=body, headers=served.headers, timeout=SECONDS)


def ask(served: Served, path: str, **body: object) -> dict[str, Any]:
    answer = post(served, path, **body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def streamed(served: Served, path: str, **body: object) -> list[dict[str, Any]]:
    """The stream's values; OpenAI's streams must end with [DONE]."""
    answer = post(served, path, stream=True, **body)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line.startswith("data: ")]
    if path.startswith("/v1/"):
        assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def refused(served: Served, status: int, path: str, **body: object) -> dict[str, Any]:
    answer = post(served, path, **body)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"} and error["message"]
    return error


class TestCompletions:
    PATH = "/v1/completions"

    def test_goes_on_to_the_end(self, chain_server: Served):
        answer = ask(chain_server, self.PATH, prompt="a")
        assert answer["object"] == "text_completion" and answer["model"] == "tiny" and answer["id"]
        assert answer["choices"] == [{"index": 0, "text": AFTER_A, "logprobs": None, "finish_reason": "stop"}]
        usage, timings = answer["usage"], answer["timings"]
        assert usage["prompt_tokens"] == 1 and usage["completion_tokens"] == len(AFTER_A)
        assert usage["total_tokens"] == 1 + len(AFTER_A)
        assert timings["predicted_n"] == len(AFTER_A) and timings["prompt_n"] + timings["cache_n"] == 1

    def test_max_tokens_cut_it(self, chain_server: Served):
        choice = ask(chain_server, self.PATH, prompt="a", max_tokens=3)["choices"][0]
        assert (choice["text"], choice["finish_reason"]) == (AFTER_A[:3], "length")

    def test_a_stop_cuts_it_and_is_not_sent(self, chain_server: Served):
        choice = ask(chain_server, self.PATH, prompt="a", stop=["nothing", "OYS"])["choices"][0]
        assert (choice["text"], choice["finish_reason"]) == ("</think>", "stop")

    @pytest.mark.parametrize("stop", [None, "OYS"])
    def test_a_stream_says_the_same(self, chain_server: Served, stop: str | None):
        chunks = streamed(chain_server, self.PATH, prompt="a", stop=stop, stream_options={"include_usage": True})
        whole = ask(chain_server, self.PATH, prompt="a", stop=stop)
        choices = [choice for chunk in chunks for choice in chunk["choices"]]
        assert "".join(choice["text"] for choice in choices) == whole["choices"][0]["text"]
        assert [choice["finish_reason"] for choice in choices][-1] == "stop"
        assert chunks[-1]["choices"] == []
        assert chunks[-1]["usage"]["completion_tokens"] == whole["usage"]["completion_tokens"]
        assert len({chunk["id"] for chunk in chunks}) == 1 and "timings" in chunks[-2]

    def test_usage_is_streamed_only_when_it_is_asked_for(self, chain_server: Served):
        assert all("usage" not in chunk for chunk in streamed(chain_server, self.PATH, prompt="a"))

    def test_several_prompts_and_answers(self, chain_server: Served):
        answer = ask(chain_server, self.PATH, prompt=["a", "S"], n=2, echo=True)
        assert [choice["text"] for choice in answer["choices"]] == ["a" + AFTER_A] * 2 + ["Sx.z"] * 2
        assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2, 3]
        assert answer["usage"]["prompt_tokens"] == 2
        assert answer["usage"]["completion_tokens"] == 2 * len(AFTER_A) + 6

    def test_several_answers_in_one_stream(self, chain_server: Served):
        texts = {0: "", 1: ""}
        for chunk in streamed(chain_server, self.PATH, prompt=["a", "S"], echo=True):
            for choice in chunk["choices"]:
                texts[choice["index"]] += choice["text"]
        assert texts == {0: "a" + AFTER_A, 1: "Sx.z"}

    def test_logprobs_of_the_chosen_tokens(self, chain_server: Served):
        choice = ask(chain_server, self.PATH, prompt="a", logprobs=1, echo=True, max_tokens=3)["choices"][0]
        logprobs = choice["logprobs"]
        assert logprobs["tokens"] == list(AFTER_A[:3]) and logprobs["text_offset"] == [1, 2, 3]
        assert len(logprobs["token_logprobs"]) == 3 and all(value <= 0 for value in logprobs["token_logprobs"])

    @pytest.mark.parametrize(("stop", "text"), [("OYS", "</think>"), ("think>", "</"), ("nk>OYS?", AFTER_A)])
    def test_logprobs_tell_nothing_of_a_stop(self, chain_server: Served, stop: str, text: str):
        """Neither of what is held back for it nor of what it cuts off."""
        body = {"prompt": "a", "stop": stop, "logprobs": 1}
        choice = ask(chain_server, self.PATH, **body)["choices"][0]
        assert (choice["text"], "".join(choice["logprobs"]["tokens"])) == (text, text)
        sent = tokens = ""
        for chunk in streamed(chain_server, self.PATH, **body):
            for each in chunk["choices"]:
                sent, tokens = sent + each["text"], tokens + "".join(each["logprobs"]["tokens"])
            assert sent == tokens
        assert sent == text

    @pytest.mark.parametrize("stop", ["", [""], ["", "OYS"]])
    def test_an_empty_stop_is_none(self, chain_server: Served, stop: object):
        text = ask(chain_server, self.PATH, prompt="a", stop=stop)["choices"][0]["text"]
        assert text == ("</think>" if "OYS" in stop else AFTER_A)

    @pytest.mark.parametrize("seed", [(1 << 40) + 5, (1 << 63) - 1, -(1 << 63) + 5])
    def test_a_large_seed_is_folded(self, chat_server: Served, seed: int):
        body = {"prompt": "self", "temperature": 1.5, "max_tokens": 8}
        texts = [
            ask(chat_server, self.PATH, seed=each, **body)["choices"][0]["text"] for each in (seed, seed % (1 << 32))
        ]
        assert texts[0] == texts[1]

    def test_a_prompt_that_cannot_fit_is_refused_without_counting(
        self, chat_server: Served, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("foretoken.runtime.vocabulary.Vocabulary.count", None)
        error = refused(chat_server, 400, self.PATH, prompt="x = 1\n" * 200_000)
        assert error["code"] == "context_length_exceeded" and "more than" in error["message"]
        messages = [{"role": "user", "content": "x = 1\n" * 200_000}]
        assert refused(chat_server, 400, TestChat.PATH, messages=messages)["code"] == "context_length_exceeded"

    def test_a_seed_makes_it_repeatable(self, chat_server: Served):
        def texts(**more: object) -> list[str]:
            body = {"prompt": "self", "temperature": 1.5, "max_tokens": 8, "n": 2, **more}
            return [choice["text"] for choice in ask(chat_server, self.PATH, **body)["choices"]]

        first = texts(seed=1)
        assert first == texts(seed=1) and first[0] != first[1] and first != texts(seed=2)

    def test_control_tokens_in_a_prompt_are_meant(self, chat_server: Served):
        text = "<|fim_prefix|>def f(<|fim_suffix|>)<|fim_middle|>"
        raw = ask(chat_server, self.PATH, prompt=text, max_tokens=4)
        meant = ask(chat_server, self.PATH, prompt="def f(", suffix=")", max_tokens=4)
        assert raw["choices"][0]["text"] == meant["choices"][0]["text"]
        assert raw["usage"]["prompt_tokens"] == meant["usage"]["prompt_tokens"]

    def test_control_tokens_beside_a_suffix_are_text(self, chat_server: Served):
        one = ask(chat_server, self.PATH, prompt="<|fim_middle|>", suffix="", max_tokens=1)
        assert one["usage"]["prompt_tokens"] > 3 + len("<||>")

    @pytest.mark.parametrize("max_tokens", [None, -1, 1_000_000])
    def test_the_window_ends_what_nothing_else_does(self, chat_server: Served, max_tokens: int | None):
        """At this temperature it says nothing over and over."""
        answer = ask(chat_server, self.PATH, prompt="x" * 1900, max_tokens=max_tokens, temperature=2, top_k=5, seed=3)
        assert answer["choices"][0]["finish_reason"] == "length"
        assert 2000 < answer["usage"]["total_tokens"] <= 2048

    def test_a_prompt_longer_than_the_window(self, chat_server: Served):
        error = refused(chat_server, 400, self.PATH, prompt="\n x" * 1000)
        assert error["code"] == "context_length_exceeded" and "2048" in error["message"]

    def test_an_empty_prompt(self, chat_server: Served):
        assert refused(chat_server, 400, self.PATH, prompt="")["param"] == "prompt"

    def test_too_many_answers(self, chain_server: Served):
        assert refused(chain_server, 400, self.PATH, prompt=["a"] * 16, n=8)["param"] == "n"

    def test_nothing_to_generate(self, chain_server: Served):
        answer = ask(chain_server, self.PATH, prompt="a", max_tokens=0, echo=True)
        assert answer["choices"][0]["text"] == "a" and answer["choices"][0]["finish_reason"] == "length"


class TestChat:
    PATH = "/v1/chat/completions"

    def test_answers_without_thinking(self, chain_server: Served):
        answer = ask(chain_server, self.PATH, messages=QUESTION, temperature=0)
        assert answer["object"] == "chat.completion"
        assert answer["choices"] == [
            {
                "index": 0,
                "message": {"role": "assistant", "content": CHAIN[1:].decode()},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ]

    @pytest.mark.parametrize(
        "switch", [{"chat_template_kwargs": {"enable_thinking": True}}, {"reasoning_effort": "medium"}]
    )
    def test_thoughts_stand_apart_when_they_are_asked_for(self, chain_server: Served, switch: dict[str, object]):
        message = ask(chain_server, self.PATH, messages=QUESTION, temperature=0, **switch)["choices"][0]["message"]
        assert message == {"role": "assistant", "content": "OYSx.z", "reasoning_content": "Idea"}
        chunks = streamed(chain_server, self.PATH, messages=QUESTION, temperature=0, **switch)
        deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
        assert deltas[0] == {"role": "assistant", "content": ""}
        assert "".join(delta.get("reasoning_content", "") for delta in deltas) == "Idea"
        assert "".join(delta.get("content", "") for delta in deltas) == "OYSx.z"
        assert chunks[-1]["choices"][0]["finish_reason"] == "stop" and chunks[0]["object"] == "chat.completion.chunk"

    def test_effort_none_is_no_thinking(self, chain_server: Served):
        message = ask(chain_server, self.PATH, messages=QUESTION, temperature=0, reasoning_effort="none")
        assert "reasoning_content" not in message["choices"][0]["message"]

    def test_it_goes_on_from_a_begun_answer(self, chain_server: Served):
        begun = [*QUESTION, {"role": "assistant", "content": "OYS"}]
        message = ask(chain_server, self.PATH, messages=begun, temperature=0)["choices"][0]["message"]
        assert message["content"] == "x.z"

    def test_a_begun_answer_has_no_thinking_before_it(self, chain_server: Served):
        begun = [*QUESTION, {"role": "assistant", "content": "O"}]
        error = refused(chain_server, 400, self.PATH, messages=begun, reasoning_effort="high")
        assert "thinking" in error["message"]

    @pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
    def test_both_names_of_the_limit(self, chain_server: Served, name: str):
        choice = ask(chain_server, self.PATH, messages=QUESTION, temperature=0, **{name: 2})["choices"][0]
        assert (choice["message"]["content"], choice["finish_reason"]) == ("Id", "length")

    def test_an_answer_in_the_form_of_a_schema(self, chat_server: Served):
        schema = {
            "type": "object",
            "properties": {"n": {"enum": ["a", "b"]}},
            "required": ["n"],
            "additionalProperties": False,
        }
        wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": True}}
        message = ask(chat_server, self.PATH, messages=QUESTION, response_format=wanted)["choices"][0]["message"]
        assert json.loads(message["content"])["n"] in ("a", "b")

    def test_a_schema_that_cannot_be(self, chat_server: Served):
        wanted = {"type": "json_schema", "json_schema": {"schema": {"type": "nonsense"}}}
        error = refused(chat_server, 400, self.PATH, messages=QUESTION, response_format=wanted)
        assert error["code"] == "invalid_schema" and error["param"] == "response_format"
        assert error["message"].startswith("The answer cannot be made to match response_format: ")
        assert "nonsense" in error["message"] and "lark" not in error["message"].lower()

    def test_tools_are_in_the_prompt_unless_none_may_be_called(self, chat_server: Served):
        tools = [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {}}}]

        def length(**more: object) -> int:
            answer = ask(chat_server, self.PATH, messages=QUESTION, max_tokens=1, **more)
            return answer["usage"]["prompt_tokens"]

        assert length(tools=tools) > length() == length(tools=tools, tool_choice="none")

    def test_the_templates_refusal(self, chat_server: Served):
        late = [*QUESTION, {"role": "system", "content": "x"}, *QUESTION]
        error = refused(chat_server, 400, self.PATH, messages=late)
        assert error["message"] == "System message must be at the beginning." and error["code"] == "chat_template"

    def test_logprobs(self, chain_server: Served):
        choice = ask(chain_server, self.PATH, messages=QUESTION, temperature=0, logprobs=True, max_tokens=2)["choices"][
            0
        ]
        assert [entry["token"] for entry in choice["logprobs"]["content"]] == ["I", "d"]
        assert choice["logprobs"]["content"][0]["bytes"] == [73]

    def test_logprobs_tell_nothing_of_a_stop(self, chain_server: Served):
        body = {"messages": QUESTION, "temperature": 0, "logprobs": True, "stop": "ea<"}
        choice = ask(chain_server, self.PATH, **body)["choices"][0]
        assert choice["message"]["content"] == "Id"
        assert [entry["token"] for entry in choice["logprobs"]["content"]] == ["I", "d"]
        chunks = streamed(chain_server, self.PATH, **body)
        entries = [each["logprobs"] for chunk in chunks for each in chunk["choices"] if each["logprobs"]]
        assert "".join(token["token"] for entry in entries for token in entry["content"]) == "Id"

    def test_an_empty_schema_is_any_json(self, chat_server: Served):
        wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}
        ask(chat_server, self.PATH, messages=QUESTION, response_format=wanted, max_tokens=4)

    def test_the_conversation_goes_on_from_what_is_evaluated(self, chat_server: Served):
        first = ask(chat_server, self.PATH, messages=[{"role": "user", "content": "import os\n" * 20}], max_tokens=1)
        again = ask(chat_server, self.PATH, messages=[{"role": "user", "content": "import os\n" * 20}], max_tokens=1)
        assert again["usage"]["prompt_tokens"] == first["usage"]["prompt_tokens"]
        assert again["usage"]["prompt_tokens_details"]["cached_tokens"] > 20

    def test_a_model_without_a_template_says_so(self, plain_server: Served):
        error = refused(plain_server, 501, self.PATH, messages=QUESTION)
        assert "no chat template" in error["message"] and error["code"] == "not_supported"


class TestOthers:
    def test_models(self, chain_server: Served):
        for path in ("/v1/models", "/models"):
            models = httpx.get(chain_server.url + path, headers=chain_server.headers).json()
            assert [model["id"] for model in models["data"]] == ["tiny"]
            assert models["data"][0]["meta"]["n_ctx"] == 2048

    def test_one_model(self, chain_server: Served):
        found = httpx.get(chain_server.url + "/v1/models/tiny", headers=chain_server.headers)
        assert found.status_code == 200 and found.json()["id"] == "tiny"
        other = httpx.get(chain_server.url + "/v1/models/other/one", headers=chain_server.headers)
        assert other.status_code == 404 and other.json()["error"]["code"] == "model_not_found"

    def test_a_wrong_path_is_told_the_right_ones(self, chain_server: Served):
        for path in ("/v1/embeddings", "/v1/completions"):
            answer = httpx.get(chain_server.url + path, headers=chain_server.headers)
            assert "POST /v1/completions" in answer.json()["error"]["message"]

    def test_health_props_metrics(self, chain_server: Served):
        ask(chain_server, "/v1/completions", prompt="a", max_tokens=1)

        def get(path: str) -> httpx.Response:
            return httpx.get(chain_server.url + path, headers=chain_server.headers)

        assert get("/health").json() == {"status": "ok"}
        assert get("/props").json()["default_generation_settings"]["n_ctx"] == 2048
        assert "foretoken_requests_total" in get("/metrics").text

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/nothing", 404),
            ("GET", "/v1/completions", 405),
            ("POST", "/v1/models", 405),
            ("OPTIONS", "/v1/completions", 405),
            ("GET", "/v1/models/", 404),
        ],
    )
    def test_wrong_ways(self, chain_server: Served, method: str, path: str, status: int):
        answer = httpx.request(method, chain_server.url + path, headers=chain_server.headers, json={})
        assert answer.status_code == status and answer.json()["error"]["type"] == "invalid_request_error"

    def test_the_token_is_asked_for(self, chain_server: Served):
        assert httpx.get(chain_server.url + "/health").status_code == 401

    def test_a_body_that_is_too_large(self, chain_server: Served):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("foretoken.gateway.reading.MAX_BODY", 1 << 20)
            assert refused(chain_server, 413, "/v1/completions", prompt="x" * (1 << 20))

    def test_a_model_that_is_not_there_yet_is_waited_for_and_then_not(self):
        with serving(None, limits=Limits(load=0.05)) as served:
            assert refused(served, 503, "/v1/completions", prompt="a")["code"] == "model_loading"
            health = httpx.get(served.url + "/health", headers=served.headers)
            assert health.status_code == 503 and health.json()["error"]["message"] == "Loading model"

    def test_a_request_waits_for_its_model(self, dense_gguf: Path):
        # The model is named before the server listens, and loads meanwhile.
        with Served(dense_gguf, Access(None), None, 512) as served:
            assert ask(served, "/v1/completions", prompt="self", max_tokens=1)["model"] == "tiny"

    def test_a_model_that_cannot_be_loaded(self, tmp_path: Path):
        with serving(tmp_path / "none.gguf") as served:
            error = refused(served, 503, "/infill", input_prefix="a", input_suffix="")
            assert error["code"] == "model_unavailable" and "none.gguf" in error["message"]
