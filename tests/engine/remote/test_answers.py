"""What two real servers answered, as an engine's answers: llama-server with the shipped model, vLLM with a random one."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from engine.remote.exchanges import RECORDINGS
from engine.remote.following import answer
from engine.remote.requests_asked import COUNTED, HOSTILE, REGEX, REQUESTS, prompt
from foretoken.engine.engine import EngineUnavailable
from foretoken.text.cancel import Cancelled, CancelToken
from foretoken.text.generation import (
    Constraint,
    FinishReason,
    GeneratedToken,
    Grammar,
    ScoreRequest,
)
from foretoken.text.pieces import Special

WAYS = {"llama-server": "/completion", "vllm": "/v1/completions"}
both = pytest.mark.parametrize("name", WAYS)


@both
async def test_a_line_comes_token_by_token(name, replay, connect) -> None:
    server = await replay(name)
    engine = connect(server.url)
    items = [item async for item in engine.generate(REQUESTS["line"], CancelToken())]
    *tokens, finish = items
    assert len(tokens) > 1
    assert all(isinstance(token, GeneratedToken) and token.text and 0 < token.probability < 1 for token in tokens)
    assert finish.timings.predicted_n == len(tokens)
    assert "\n" not in "".join(token.text for token in tokens)


async def test_the_answer_ends_where_the_model_ends_it(replay, connect) -> None:
    server = await replay("llama-server")
    text, finish = await answer(connect(server.url), REQUESTS["line"])
    assert (text, finish.reason) == ("append(self.items)", FinishReason.END)
    assert finish.timings.prompt_n + finish.timings.cache_n == len(server.bodies("/completion")[-1]["prompt"])


async def test_llama_server_generates_the_last_typed_token_anew(replay, connect) -> None:
    """The same prompt, but for its last token, whose text the answer's grammar says; what comes back is beyond it."""
    server = await replay("llama-server")
    engine = connect(server.url)
    as_typed, _ = await answer(engine, REQUESTS["as typed"])
    healed, finish = await answer(engine, REQUESTS["line"])
    before, after = server.bodies("/completion")[-2:]
    assert after["prompt"] == before["prompt"][:-1]
    assert "grammar" in after and "grammar" not in before
    assert healed == "append(self.items)" != as_typed
    assert finish.timings.predicted_n <= REQUESTS["line"].n_predict


async def test_a_typed_line_end_does_not_stop_the_answer(replay, connect) -> None:
    server = await replay("llama-server")
    engine = connect(server.url)
    await answer(engine, REQUESTS["new line"])
    await answer(engine, REQUESTS["line"])
    assert [body["stop"] for body in server.bodies("/completion")[-2:]] == [[], ["\n"]]


async def test_vllm_is_sent_what_was_typed_as_it_is(replay, connect) -> None:
    server = await replay("vllm")
    engine = connect(server.url)
    await answer(engine, REQUESTS["line"])
    await answer(engine, REQUESTS["as typed"])
    first, second = server.bodies("/v1/completions")[-2:]
    assert first == second
    assert any("no token healing" in sentence for sentence in engine.capabilities.how)


async def test_the_length_ends_it(replay, connect) -> None:
    server = await replay("vllm")
    _, finish = await answer(connect(server.url), REQUESTS["line"])
    assert (finish.reason, finish.timings.predicted_n) == (FinishReason.LENGTH, REQUESTS["line"].n_predict)


@both
async def test_a_prompt_is_token_ids_in_the_models_form(name, replay, connect) -> None:
    server = await replay(name)
    engine = connect(server.url)
    await answer(engine, REQUESTS["line"])
    ids = server.bodies(WAYS[name])[-1]["prompt"]
    roles = engine.capabilities.token_ids
    assert all(isinstance(token_id, int) for token_id in ids)
    order = [Special.REPO_NAME, Special.FILE_SEP, Special.FIM_PREFIX, Special.FIM_SUFFIX, Special.FIM_MIDDLE]
    places = [ids.index(roles[role]) for role in order]
    assert places[0] == 0 and all(left < right for left, right in pairwise(places))


@both
async def test_a_file_cannot_inject_a_control_token(name, replay, connect) -> None:
    server = await replay(name)
    engine = connect(server.url)
    await answer(engine, REQUESTS["hostile"])
    ids = server.bodies(WAYS[name])[-1]["prompt"]
    assert all(ids.count(token_id) == 1 for token_id in engine.capabilities.token_ids.values())


async def test_both_servers_are_sent_the_same_ids(replay, connect) -> None:
    """They have the same vocabulary; what vLLM would parse is cut apart, and the text stays the same."""
    prompts = []
    for name, path in WAYS.items():
        server = await replay(name)
        engine = connect(server.url)
        await answer(engine, REQUESTS["as typed"])
        prompts.append(server.bodies(path)[-1]["prompt"])
    assert prompts[0] == prompts[1]


@both
async def test_tokens_are_counted_as_plain_text(name, replay, connect) -> None:
    engine = connect((await replay(name)).url)
    nothing, word, hostile = await engine.count_tokens(COUNTED)
    assert nothing == 0 < word < len(COUNTED[1])
    assert hostile > HOSTILE.count("<") * 3


@both
async def test_warming_evaluates_and_sends_nothing(name, replay, connect) -> None:
    server = await replay(name)
    text, finish = await answer(connect(server.url), REQUESTS["warm"])
    assert (text, finish.reason, finish.timings.predicted_n) == ("", FinishReason.LENGTH, 0)
    body = server.bodies(WAYS[name])[-1]
    assert body.get("n_predict", 1) == 0 if name == "llama-server" else body["max_tokens"] == 1


@both
async def test_what_does_not_fit_is_dropped_from_afar(name, replay, connect) -> None:
    server = await replay(name)
    engine = connect(server.url)
    _, finish = await answer(engine, REQUESTS["long"])
    sent = server.bodies(WAYS[name])[-1]["prompt"]
    room = engine.info.n_ctx - REQUESTS["long"].n_predict
    assert finish.timings.dropped_n > 1000
    assert room * 0.8 < len(sent) <= room
    texts = [body.get("content", body.get("prompt")) for body in server.bodies("/tokenize")]
    cut_or_whole = [text for text in texts if "class Cart" in text]
    whole, cut = cut_or_whole[0], cut_or_whole[-1]
    assert whole.endswith(cut) and 0 < len(cut) < len(whole)


@both
async def test_an_improbable_answer_is_left(name, replay, connect) -> None:
    text, finish = await answer(connect((await replay(name)).url), REQUESTS["unlikely"])
    assert finish.reason is FinishReason.UNLIKELY and text


@both
async def test_the_stop_rule_ends_a_block(name, replay, connect) -> None:
    """The recorded answer to more lines, judged by a stricter rule: the same bytes come, fewer are passed on."""
    server = await replay(name)
    engine = connect(server.url)
    text, _ = await answer(engine, REQUESTS["plain"])
    rest = replace(REQUESTS["plain"].stop, min_indent=80)
    shorter, finish = await answer(engine, replace(REQUESTS["plain"], stop=rest))
    if "\n" in text:
        assert finish.reason is FinishReason.STOP and len(shorter) < len(text)
    else:
        assert shorter == text


@both
async def test_a_json_schema_holds_the_answer(name, replay, connect) -> None:
    server = await replay(name)
    text, finish = await answer(connect(server.url), REQUESTS["schema"])
    assert text.startswith("{")
    if name == "llama-server":
        assert json.loads(text)["n"] in (1, 2)
        assert finish.reason is FinishReason.END


async def test_a_regular_expression_holds_vllms_answer(replay, connect) -> None:
    text, finish = await answer(connect((await replay("vllm")).url), REGEX)
    assert len(text) == 3 and set(text) <= set("abc")
    assert finish.reason is FinishReason.END


@pytest.mark.parametrize(
    ("name", "grammar"), [("llama-server", Grammar.REGEX), ("llama-server", Grammar.LARK), ("vllm", Grammar.LARK)]
)
async def test_other_grammars_are_refused_with_a_reason(name, grammar, replay, connect) -> None:
    request = replace(REQUESTS["as typed"], constraint=Constraint(grammar, 'start: "a"'))
    with pytest.raises(EngineUnavailable, match=f"cannot hold an answer to a {grammar.value} grammar"):
        await answer(connect((await replay(name)).url), request)


async def test_a_schema_that_is_no_json_is_refused(replay, connect) -> None:
    request = replace(REQUESTS["as typed"], constraint=Constraint(Grammar.JSON_SCHEMA, "{"))
    with pytest.raises(EngineUnavailable, match="is no JSON"):
        await answer(connect((await replay("llama-server")).url), request)


@both
async def test_sampling_is_passed_on_and_the_servers_own_defaults_are_not_used(name, replay, connect) -> None:
    server = await replay(name)
    engine = connect(server.url)
    await answer(engine, REQUESTS["sampled"])
    body = server.bodies(WAYS[name])[-1]
    assert (body["temperature"], body["top_k"], body["top_p"], body["min_p"], body["seed"]) == (0.7, 20, 0.9, 0.05, 7)
    if name == "llama-server":
        assert body["samplers"] == ["top_k", "top_p", "min_p", "temperature"]
    else:
        assert (body["repetition_penalty"], body["presence_penalty"], body["frequency_penalty"]) == (1.0, 0.0, 0.0)


async def test_vllm_is_told_how_urgent_a_request_is(replay, connect) -> None:
    server = await replay("vllm")
    engine = connect(server.url)
    await answer(engine, REQUESTS["line"])
    await answer(engine, REQUESTS["warm"])
    inline, prefill = (body["priority"] for body in server.bodies("/v1/completions")[-2:])
    assert inline < prefill


async def test_the_prefill_rate_is_llama_servers_own(replay, connect) -> None:
    engine = connect((await replay("llama-server")).url)
    assert engine.prefill_rate == 0.0
    _, finish = await answer(engine, REQUESTS["long"])
    assert engine.prefill_rate == finish.timings.prefill_rate
    assert engine.prefill_rate == pytest.approx(finish.timings.prompt_n / finish.timings.prompt_ms * 1000)


async def test_vllm_does_not_say_how_long_a_prompt_took(replay, connect) -> None:
    engine = connect((await replay("vllm")).url)
    await answer(engine, REQUESTS["long"])
    assert engine.prefill_rate == 0.0


async def test_what_must_stay_and_does_not_fit_is_refused(replay, connect) -> None:
    engine = connect((await replay("llama-server")).url)
    request = replace(REQUESTS["line"], n_predict=2040)
    with pytest.raises(EngineUnavailable, match="longer than the other server's window"):
        await answer(engine, request)


async def test_candidates_are_not_ranked(replay, connect) -> None:
    engine = connect((await replay("llama-server")).url)
    with pytest.raises(EngineUnavailable, match="cannot rank"):
        await engine.score(ScoreRequest(prompt("x"), ("a",), "s"), CancelToken())


async def test_a_cancelled_request_sends_nothing(replay, connect) -> None:
    server = await replay("llama-server")
    engine = connect(server.url)
    await engine.ready()
    before, cancel = len(server.asked), CancelToken()
    cancel.cancel("test")
    items = [item async for item in engine.generate(REQUESTS["line"], cancel)]
    assert [item.reason for item in items] == [FinishReason.CANCELLED]
    assert len(server.asked) == before
    with pytest.raises(Cancelled):
        cancel.check()


@both
def test_a_recording_says_what_it_is_of(name) -> None:
    recording = json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))
    assert recording["server"] and recording["taken_with"]
