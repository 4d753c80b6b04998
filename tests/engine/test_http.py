"""The runtime's HTTP surface, against a real process."""

import asyncio
import contextlib
import re
import stat
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from engine.wire_cases import long_request, request
from foretoken.engine.client import RuntimeClient, RuntimeGone, RuntimeRefused
from foretoken.engine.launch import DISCOVERY, RuntimeProcess, start_runtime
from foretoken.engine.options import RuntimeOptions
from foretoken.runtime.submitting import MAX_AT_ONCE
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, FinishReason, GeneratedToken, GenerateRequest
from foretoken.text.pieces import Special, Text
from foretoken.text.wire import RemoteError, request_to_wire

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def port_of(process: RuntimeProcess) -> int:
    while (port := process.port()) is None:
        assert process.popen.poll() is None, process.last_words()
        await asyncio.sleep(0.01)
    return port


async def until_ready(client: RuntimeClient) -> dict:
    serial = -1
    while True:
        health = await client.health(serial)
        if health["status"] in ("ready", "failed"):
            return health
        serial = health["serial"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process(tmp_path_factory) -> AsyncIterator[RuntimeProcess]:
    process = start_runtime(tmp_path_factory.mktemp("logs"))
    yield process
    process.popen.stdin.close()
    assert process.popen.wait(10) == 0
    assert not process.folder.exists()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(process: RuntimeProcess, hybrid_gguf: Path) -> AsyncIterator[RuntimeClient]:
    async with RuntimeClient(await port_of(process), process.token) as client:
        assert (await client.health())["status"] == "waiting"
        with pytest.raises(RuntimeRefused, match="not loaded"):
            await client.count_tokens(["a"])
        await client.load(RuntimeOptions(hybrid_gguf, 2048, 1, 0).to_wire())
        assert (await until_ready(client))["info"]["architecture"] == "qwen35"
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def raw(process: RuntimeProcess, client: RuntimeClient) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that sends what it likes."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{process.port()}") as session:
        yield session


def bearer(process: RuntimeProcess) -> dict[str, str]:
    return {"Authorization": f"Bearer {process.token}"}


async def collect(client: RuntimeClient, asked: GenerateRequest) -> tuple[str, Finish]:
    text = ""
    async for item in client.generate(asked, CancelToken()):
        if isinstance(item, Finish):
            return text, item
        text += item.text
    raise AssertionError("no finish")


async def test_the_discovery_file_is_for_its_owner_alone(process: RuntimeProcess, client: RuntimeClient):
    path = process.folder / DISCOVERY
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert f'"pid": {process.popen.pid}' in path.read_text("utf-8")
    assert process.token not in path.read_text("utf-8")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the arguments of a process are read from /proc")
async def test_the_secret_is_not_among_the_arguments(process: RuntimeProcess, client: RuntimeClient):
    assert process.token.encode() not in Path(f"/proc/{process.popen.pid}/cmdline").read_bytes()


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic Og=="}])
@pytest.mark.parametrize("path", ["/health", "/metrics", "/generate", "/nothing"])
async def test_without_the_token_nothing_is_answered(raw, header, path):
    async with raw.get(path, headers=header) as response:
        assert response.status == 401
        assert "token" in (await response.json())["error"]


async def test_a_foreign_host_is_refused(raw, process):
    async with raw.get("/health", headers={**bearer(process), "Host": "evil.example"}) as response:
        assert response.status == 403


BAD_BODIES = [
    (b"", "not JSON"),
    (b"{", "not JSON"),
    (b"\xff\xfe", "not JSON"),
    (b"[" * 100_000, "not JSON"),
    (b"[]", "the body must be a JSON object"),
    (b'{"n_predict": 1, "cancel_id": "a"}', "prompt must be"),
    (b'{"prompt": [], "n_predict": 1, "cancel_id": "a"}', "prompt must be"),
    (b'{"prompt": [{"text": 1}], "n_predict": 1, "cancel_id": "a"}', r"prompt\[0\].text must be a string"),
    (b'{"prompt": [{"special": "eos"}], "n_predict": 1, "cancel_id": "a"}', r"prompt\[0\].special must be one of"),
    (b'{"prompt": [{"special": []}], "n_predict": 1, "cancel_id": "a"}', r"prompt\[0\].special must be one of"),
    (b'{"prompt": [{"text": "a"}], "n_predict": -1, "cancel_id": "a"}', "n_predict must be a whole number"),
    (b'{"prompt": [{"text": "a"}], "n_predict": true, "cancel_id": "a"}', "n_predict must be a whole number"),
    (b'{"prompt": [{"text": "a"}], "n_predict": 1}', "cancel_id must be a string"),
    (b'{"prompt": [{"text": "a"}], "n_predict": 1, "cancel_id": "a", "stop": 3}', "stop must be a JSON object"),
    (b'{"prompt": [{"text": "a"}], "n_predict": 1, "cancel_id": "a", "heal": 1}', "heal must be true or false"),
    (b'{"prompt": [{"text": "a"}], "n_predict": 1, "cancel_id": "a", "min_probability": 2}', "min_probability"),
    (b'{"prompt": [{"text": "a"}], "n_predict": 1, "cancel_id": "a", "priority": 9}', "priority must be"),
]


@pytest.mark.parametrize(("body", "message"), BAD_BODIES)
async def test_a_bad_body_is_answered_with_the_reason(raw, process, body: bytes, message: str):
    async with raw.post("/generate", data=body, headers=bearer(process)) as response:
        assert response.status == 400
        assert re.search(message, (await response.json())["error"])


@pytest.mark.parametrize("body", ["[]", "{}", '{"level": "loud"}', '{"level": ["info"]}', '{"level": 1}'])
async def test_a_log_level_that_is_none_is_refused(raw, process, body: str):
    async with raw.post("/log", data=body, headers=bearer(process)) as response:
        assert response.status == 400
        assert "level must be one of error, warning, info, debug" in (await response.json())["error"]


async def test_a_body_that_is_too_large_is_refused(raw, process):
    async with raw.post("/tokenize", data=b" " * (17 << 20), headers=bearer(process)) as response:
        assert response.status == 413


@pytest.mark.parametrize("path", ["/nothing", "/generate/more", "/../etc/passwd"])
async def test_other_paths_are_not_found(raw, process, path: str):
    async with raw.post(path, json={}, headers=bearer(process)) as response:
        assert response.status in (404, 405)


async def test_a_second_model_is_refused(client: RuntimeClient, dense_gguf: Path):
    with pytest.raises(RuntimeRefused, match="named already"):
        await client.load(RuntimeOptions(dense_gguf, 512, 1, 0).to_wire())


async def test_an_answer_is_streamed_and_the_second_time_it_is_the_same(client: RuntimeClient):
    first, finish = await collect(client, request())
    assert finish.timings.predicted_n == 5
    again, finish = await collect(client, request())
    assert again == first
    assert finish.timings.restored and finish.timings.cache_n > 0


async def test_tokens_are_counted_in_order(client: RuntimeClient):
    one, two, none = await client.count_tokens(["return", "return return x", ""])
    assert 0 < one < two
    assert none == 0


async def test_a_cancel_id_ends_its_request(client: RuntimeClient):
    asked = long_request("by-id")
    seen = 0
    async for item in client.generate(asked, CancelToken()):
        if isinstance(item, GeneratedToken):
            seen += 1
            if seen == 1:
                assert await client.cancel("by-id")
        else:
            assert item.reason is FinishReason.CANCELLED
    assert seen < 1900
    assert not await client.cancel("by-id")


async def test_cancelling_the_token_ends_the_stream_and_the_work(client: RuntimeClient):
    before = await client.metrics()
    cancel = CancelToken()
    items = []
    async for item in client.generate(long_request("by-token"), cancel):
        items.append(item)
        if len(items) == 3:
            cancel.cancel("superseded")
    assert items[-1].reason is FinishReason.CANCELLED
    assert len(items) < 10
    await collect(client, request())  # its turn comes only once the cancelled one has ended
    after = await client.metrics()
    assert after["cancellations"] == before["cancellations"] + 1
    assert after["tokens_predicted"] - before["tokens_predicted"] < 1900


async def test_a_cancelled_stream_ends_though_the_runtime_is_busy():
    """A runtime in the middle of a long decode call answers nothing, not even a cancel."""

    async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        line = b'{"text":"a","probability":1}\n'
        writer.write(b"%x\r\n%s\r\n" % (len(line), line))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(busy, "127.0.0.1")
    cancel = CancelToken()
    async with RuntimeClient(server.sockets[0].getsockname()[1], "secret") as client:
        answer = client.generate(request(), cancel)
        assert await anext(answer) == GeneratedToken("a", 1)
        waiting = asyncio.ensure_future(anext(answer))
        await asyncio.sleep(0)
        cancel.cancel("superseded")
        finish = await asyncio.wait_for(waiting, 10)
        assert finish.reason is FinishReason.CANCELLED
    server.close()


async def test_too_many_requests_at_once_are_refused_with_the_reason(client: RuntimeClient, raw, process):
    """The answers are not read before all have been asked."""
    body = request_to_wire(long_request("many"))
    async with contextlib.AsyncExitStack() as stack:
        asked = [raw.post("/generate", json=body, headers=bearer(process)) for _ in range(MAX_AT_ONCE + 1)]
        answers = [await stack.enter_async_context(one) for one in asked]
        assert sorted(answer.status for answer in answers) == [200] * MAX_AT_ONCE + [429]
        refused = next(answer for answer in answers if answer.status == 429)
        assert f"{MAX_AT_ONCE} requests" in (await refused.json())["error"]
        other = replace(request(), owner="somebody else")
        assert (await collect(client, other))[1].timings.predicted_n == 5
        for answer in answers:
            answer.close()
    async with asyncio.timeout(30):
        while (await client.health())["in_flight"]:
            pass


async def test_a_client_that_goes_away_cancels_its_request(client: RuntimeClient, raw, process):
    before = await client.metrics()
    body = request_to_wire(long_request("vanished"))
    async with raw.post("/generate", json=body, headers=bearer(process)) as response:
        await response.content.readline()
        response.close()
    await collect(client, request())
    after = await client.metrics()
    assert after["cancellations"] == before["cancellations"] + 1


async def test_a_request_that_was_cancelled_before_is_not_asked(client: RuntimeClient):
    before = await client.metrics()
    cancel = CancelToken()
    cancel.cancel("superseded")
    items = [item async for item in client.generate(request(), cancel)]
    assert [item.reason for item in items] == [FinishReason.CANCELLED]
    assert (await client.metrics())["requests"] == before["requests"]


async def test_a_prompt_that_is_too_long_is_an_error_in_the_stream(client: RuntimeClient):
    asked = GenerateRequest((Text("self.value = 1\n" * 3000),), 5, "too-long")
    with pytest.raises(RemoteError, match="longer than the window"):
        await collect(client, asked)
    assert (await collect(client, request()))[1].timings.predicted_n == 5


async def test_the_wire_carries_any_text(client: RuntimeClient):
    asked = GenerateRequest((Special.FILE_SEP, Text("a\0\u2028\ud800é\U0001f600\r\n", 3), Text("x")), 2, "ü\n")
    assert (await collect(client, asked))[1].timings.predicted_n == 2


async def test_the_metrics_are_in_prometheus_form(raw, process):
    async with raw.get("/metrics", headers=bearer(process)) as response:
        text = await response.text()
    assert "# TYPE foretoken_tokens_evaluated_total counter\nforetoken_tokens_evaluated_total " in text


async def test_an_unusable_model_is_told_by_health_and_by_every_request(tmp_path: Path):
    process = start_runtime()
    async with RuntimeClient(await port_of(process), process.token) as client:
        await client.load(RuntimeOptions(tmp_path / "none.gguf", 512, 1, 0).to_wire())
        health = await until_ready(client)
        assert health["status"] == "failed" and "none.gguf does not exist" in health["message"]
        with pytest.raises(RemoteError, match="does not exist"):
            await collect(client, request())
        process.popen.stdin.close()
        assert process.popen.wait(10) == 0
        with pytest.raises(RuntimeGone):
            await client.health()
    assert not process.folder.exists()
