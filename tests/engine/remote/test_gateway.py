"""The engine over this project's own door for other tools, which is a server like others."""

from pathlib import Path

import aiohttp
import pytest

from engine.remote.following import answer
from engine.remote.requests_asked import AFTER, BEFORE, asked, long_prompt, prompt
from foretoken.engine.engine import EngineUnavailable
from foretoken.engine.remote.capabilities import Server, Way
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import FinishReason, Stop
from gateway.conftest import chain_gguf, chain_server
from gateway.gateway_models import TOKEN

__all__ = ["chain_gguf", "chain_server"]


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    path = tmp_path / "key"
    path.write_text(f"{TOKEN}\n", encoding="utf-8")
    return str(path)


async def test_a_server_that_counts_no_tokens_is_told_what_stands_before_and_after(
    chain_server, key_file, connect
) -> None:
    engine = connect(chain_server.url, api_key_file=key_file)
    info = await engine.ready()
    capabilities = engine.capabilities
    assert (capabilities.server, capabilities.way) == (Server.OTHER, Way.SUFFIX)  # /infill gives no probabilities
    assert info.n_ctx == chain_server.status.status.info.n_ctx
    items = [item async for item in engine.generate(asked(prompt("O"), 4, stop=Stop(max_lines=9)), CancelToken())]
    *tokens, finish = items
    assert finish.reason is FinishReason.LENGTH and all(0 < token.probability <= 1 for token in tokens)
    body = {"prompt": f"{BEFORE}O", "suffix": AFTER, "max_tokens": 4, "temperature": 0}
    async with (
        aiohttp.ClientSession(headers=chain_server.headers) as session,
        session.post(f"{chain_server.url}/v1/completions", json=body) as response,
    ):
        assert "".join(token.text for token in tokens) == (await response.json())["choices"][0]["text"] != ""
    with pytest.raises(EngineUnavailable, match="does not count tokens"):
        await engine.count_tokens(["a"])


async def test_what_is_too_long_is_cut_by_an_estimate(chain_server, key_file, connect) -> None:
    """One that proves too high is lowered: this model has a token for each character."""
    engine = connect(chain_server.url, api_key_file=key_file)
    refusals = []
    for _ in range(3):
        try:
            _, finish = await answer(engine, asked(long_prompt(), 4))
        except EngineUnavailable as error:
            refusals.append(str(error))
    assert refusals and all("the window holds" in refusal for refusal in refusals)
    assert finish.timings.dropped_n > 1000


async def test_without_its_token_it_says_so(chain_server, connect) -> None:
    with pytest.raises(EngineUnavailable, match="wants a key"):
        await connect(chain_server.url).ready()
