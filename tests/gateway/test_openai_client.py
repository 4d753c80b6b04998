"""OpenAI's own client against the gateway: what it sends is taken, and what it gets fits its types."""

from collections.abc import Iterator

import openai
import pytest
from pydantic import BaseModel

from gateway.conftest import CHAIN
from gateway.gateway_models import SECONDS, TOKEN, Served
from gateway.test_http import AFTER_A

QUESTION = [{"role": "user", "content": "q"}]


@pytest.fixture
def client(chain_server: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{chain_server.url}/v1", api_key=TOKEN, timeout=SECONDS, max_retries=0) as client:
        yield client


def test_completions(client: openai.OpenAI):
    answer = client.completions.create(model="any", prompt="a", max_tokens=64, logprobs=1)
    assert answer.choices[0].text == AFTER_A and answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None and answer.usage.completion_tokens == len(AFTER_A)
    assert answer.choices[0].logprobs is not None and answer.choices[0].logprobs.tokens == list(AFTER_A)


def test_completions_in_a_stream(client: openai.OpenAI):
    stream = client.completions.create(
        model="any", prompt="a", suffix="", stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(choice.text for chunk in chunks for choice in chunk.choices)
    assert chunks[-1].usage is not None and chunks[-1].usage.total_tokens > 0


def test_chat(client: openai.OpenAI):
    answer = client.chat.completions.create(
        model="any", messages=QUESTION, temperature=0, n=2, max_completion_tokens=64, stop=["OYS"], logprobs=True
    )
    assert [choice.message.content for choice in answer.choices] == ["Idea</think>"] * 2
    assert answer.usage is not None and answer.usage.prompt_tokens_details is not None
    assert answer.choices[0].logprobs is not None and answer.choices[0].logprobs.content[0].token == "I"


def test_chat_in_a_stream_with_thinking(client: openai.OpenAI):
    stream = client.chat.completions.create(
        model="any", messages=QUESTION, temperature=0, stream=True, reasoning_effort="low",
        stream_options={"include_usage": True},
    )  # fmt: skip
    thought, answer = "", ""
    chunks = list(stream)
    for chunk in chunks:
        for choice in chunk.choices:
            answer += choice.delta.content or ""
            thought += (choice.delta.model_extra or {}).get("reasoning_content", "")
    assert (thought, answer) == ("Idea", "OYSx.z") and chunks[-1].usage is not None


def test_the_helper_for_streams(client: openai.OpenAI):
    with client.chat.completions.stream(model="any", messages=QUESTION, temperature=0) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.content == CHAIN[1:].decode()


def test_an_answer_as_a_model(chat_server: Served):
    class Choice(BaseModel):
        good: bool

    with openai.OpenAI(base_url=f"{chat_server.url}/v1", api_key=TOKEN, timeout=SECONDS, max_retries=0) as client:
        answer = client.chat.completions.parse(
            model="any", messages=QUESTION, response_format=Choice, max_tokens=200, temperature=0
        )
    assert isinstance(answer.choices[0].message.parsed, Choice)


def test_models(client: openai.OpenAI):
    assert [model.id for model in client.models.list()] == ["tiny"]


def test_errors_are_its_own(client: openai.OpenAI):
    with pytest.raises(openai.BadRequestError) as caught:
        client.completions.create(model="any", prompt="a", temperature=-1)
    assert caught.value.param == "temperature" and caught.value.type == "invalid_request_error"
    with pytest.raises(openai.BadRequestError) as caught:
        client.completions.create(model="any", prompt="\n x" * 3000)
    assert caught.value.code == "context_length_exceeded"
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").models.list()
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="any", input="a")
