"""What an engine over another server says of it: while it is looked for, when it is lost, when it answers wrongly."""

import asyncio
from pathlib import Path

import pytest

from engine.remote.exchanges import Replay
from engine.remote.following import answer, until
from engine.remote.requests_asked import REQUESTS
from foretoken.engine.engine import EngineState, EngineUnavailable
from foretoken.engine.remote.engine import RemoteEngine
from foretoken.engine.remote.options import RemoteOptions
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import FinishReason


def http(status: str, body: str = "{}", *headers: str, kind: str = "application/json") -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers, "", body]
    return "\r\n".join(head).encode()


async def test_ready_names_the_model_and_the_host(replay, connect) -> None:
    server = await replay("llama-server")
    engine = connect(server.url)
    info = await engine.ready()
    assert (info.name, info.n_ctx, info.fim) == ("starter", 2048, True)
    assert engine.status.message == f"starter at 127.0.0.1:{server.port} is ready."
    assert any("llama-server" in sentence for sentence in engine.capabilities.how)


async def test_a_host_elsewhere_is_named_as_one_that_code_is_sent_to() -> None:
    assert RemoteOptions("https://models.example.org/v1").leaves_machine
    assert RemoteOptions("http://127.0.0.1.example.org").leaves_machine
    assert not RemoteOptions("http://localhost:8080").leaves_machine
    assert not RemoteOptions("http://[::1]:8080").leaves_machine


async def test_nobody_waits_for_a_server_that_is_away(connect) -> None:
    async with Replay("llama-server") as gone:
        port = gone.port
    engine = connect(f"http://127.0.0.1:{port}")
    await until(engine, EngineState.RESTARTING, attempt=3)
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        await asyncio.wait_for(engine.ready(), 1.0)
    await engine.close()


async def test_a_server_that_comes_later_is_found(connect) -> None:
    async with Replay("llama-server") as gone:
        port = gone.port
    engine = connect(f"http://127.0.0.1:{port}")
    status = await until(engine, EngineState.RESTARTING, attempt=3)
    assert f"127.0.0.1:{port} cannot be reached" in status.message and "engine.url" in status.message
    late = Replay("llama-server")
    late.port = port
    async with late:
        await until(engine, EngineState.READY)
        await engine.close()


@pytest.mark.parametrize(
    ("path", "given", "says"),
    [
        ("/v1/models", http("401 Unauthorized"), "wants a key.*engine.api_key_file"),
        ("/props", http("401 Unauthorized"), "wants a key"),
        ("/v1/models", http("404 Not Found"), "Look at engine.url"),
        ("/v1/models", http("302 Found", "", "Location: http://elsewhere/"), "redirects to http://elsewhere/"),
        ("/v1/models", http("200 OK", "<html>", kind="text/html"), "no list of models"),
        ("/v1/models", http("200 OK", '{"data": []}'), "serves no model"),
        ("/v1/models", http("200 OK", "{" * 9), "no JSON"),
        ("/completion", http("501 Not Implemented"), "no way to fill in the middle"),
        ("/tokenize", http("200 OK", '{"tokens": [1, 2]}'), "no way to fill in the middle"),
    ],
)
async def test_a_wrong_answer_says_what_to_do(path, given, says, replay, connect) -> None:
    server = await replay("llama-server")
    server.override |= {"/health": http("404 Not Found"), "/infill": http("501 Not Implemented"), path: given}
    engine = connect(server.url)
    with pytest.raises(EngineUnavailable, match=says):
        await engine.ready()
    assert engine.status.state is EngineState.FAILED
    assert f"The server at 127.0.0.1:{server.port} cannot be used" in engine.status.message


async def test_what_is_put_right_is_noticed(replay, connect, monkeypatch) -> None:
    monkeypatch.setattr("foretoken.engine.remote.engine.WRONG_SECONDS", 0.01)
    server = await replay("llama-server")
    server.override["/v1/models"] = http("404 Not Found")
    engine = connect(server.url)
    await until(engine, EngineState.FAILED)
    server.override.clear()
    await until(engine, EngineState.READY)


async def test_a_server_that_loads_its_model_is_waited_for(replay, connect) -> None:
    server = await replay("llama-server")
    server.override["/v1/models"] = http("503 Service Unavailable", '{"error": {"message": "Loading model"}}')
    engine = connect(server.url)
    status = await until(engine, EngineState.LOADING)
    assert "Loading model" in status.message
    server.override.clear()
    await until(engine, EngineState.READY)


async def test_what_does_not_speak_http_is_tried_again(connect) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-server\r\n\r\n")
        writer.close()

    listening = await asyncio.start_server(babble, "127.0.0.1", 0)
    engine = connect(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    assert "cannot be reached" in (await until(engine, EngineState.RESTARTING)).message
    listening.close()


async def test_a_model_it_does_not_have_is_named(replay, connect) -> None:
    engine = connect((await replay("llama-server")).url, model="other")
    with pytest.raises(EngineUnavailable, match="has no model other; it has starter. Correct engine.model"):
        await engine.ready()


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://host/", "http://", "http://u:p@host/", "http://[::1"])
async def test_an_address_that_is_none_fails_without_a_connection(url, connect) -> None:
    engine = connect(url)
    with pytest.raises(EngineUnavailable, match="engine.url"):
        await engine.ready()
    assert engine.status.state is EngineState.FAILED
    assert "p@" not in engine.status.message


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
async def test_the_address_may_end_as_other_tools_want_it(ending, replay, connect) -> None:
    server = await replay("llama-server")
    await connect(server.url + ending).ready()
    assert server.asked[0][1] == "/v1/models"


async def test_a_stream_that_breaks_off_is_no_answer_and_the_server_is_asked_again(replay, connect) -> None:
    server = await replay("llama-server")
    engine = connect(server.url)
    await engine.ready()
    states = []
    engine.subscribe(lambda status: states.append(status.state))
    server.override["/completion"] = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        b'data: {"content": "self", "stop": false}\n\n'
    )
    with pytest.raises(EngineUnavailable, match="lost while it was answering"):
        await answer(engine, REQUESTS["as typed"])
    assert states[0] is EngineState.RESTARTING
    server.override.clear()
    await until(engine, EngineState.READY)
    assert (await answer(engine, REQUESTS["line"]))[0] == "append(self.items)"


@pytest.mark.parametrize(
    "events",
    [
        b'data: {"error": {"message": "out of memory"}}\n\n',
        b'error: {"message": "out of memory"}\n\n',
        b"data: what\n\n",
        b'data: {"content": 5, "completion_probabilities": [{}]}\n\n',
        b"data: " + b"x" * (5 << 20),
    ],
)
async def test_an_error_in_the_middle_of_a_stream(events, replay, connect) -> None:
    server = await replay("llama-server")
    engine = connect(server.url)
    await engine.ready()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    server.override["/completion"] = head + b'data: {"content": "self", "stop": false}\n\n' + events
    with pytest.raises(EngineUnavailable, match="refused the request"):
        await answer(engine, REQUESTS["as typed"])


async def test_another_model_at_the_same_address_is_not_believed(replay, connect) -> None:
    server = await replay("llama-server")
    engine = connect(server.url)
    await engine.ready()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    server.override["/completion"] = head + b'data: {"content": "", "stop": true, "model": "new"}\n\n'
    with pytest.raises(EngineUnavailable, match="it serves new now"):
        await answer(engine, REQUESTS["as typed"])
    assert engine.status.state is not EngineState.READY


@pytest.mark.parametrize("parts", [0, 1, 3])
async def test_a_cancel_closes_the_connection_at_once(parts, replay, connect) -> None:
    """Before the answer's head has come, and in the middle of the answer."""
    server = await replay("llama-server")
    engine = connect(server.url)
    await engine.ready()
    server.hold = lambda path: parts if path == "/completion" else None
    cancel, items = CancelToken(), []

    async def ask() -> None:
        async for item in engine.generate(REQUESTS["line"], cancel):
            items.append(item)

    asking = asyncio.create_task(ask())
    await asyncio.wait_for(server.held.wait(), 30)
    cancel.cancel("test")
    await asyncio.wait_for(asking, 30)
    await asyncio.wait_for(server.closed.wait(), 30)
    assert [item.reason for item in items if not hasattr(item, "text")] == [FinishReason.CANCELLED]
    assert engine.status.state is EngineState.READY


async def test_who_stops_listening_closes_the_connection(replay, connect) -> None:
    server = await replay("llama-server")
    engine = connect(server.url)
    await engine.ready()
    server.hold = lambda path: 3 if path == "/completion" else None
    items = engine.generate(REQUESTS["as typed"], CancelToken())
    await anext(items)
    await items.aclose()
    await asyncio.wait_for(server.closed.wait(), 30)


async def test_closing_ends_what_waits(replay, connect) -> None:
    server = await replay("llama-server")
    engine = connect(server.url)
    await engine.ready()
    server.hold = lambda path: 0 if path == "/completion" else None
    asking = asyncio.create_task(answer(engine, REQUESTS["line"]))
    await asyncio.wait_for(server.held.wait(), 30)
    await engine.close()
    with pytest.raises(EngineUnavailable):
        await asyncio.wait_for(asking, 30)
    assert engine.status.state is EngineState.STOPPED
    with pytest.raises(EngineUnavailable):
        await engine.ready()


async def test_new_settings_ask_another_server(replay, connect) -> None:
    first, second = await replay("llama-server"), await replay("vllm")
    engine = connect(first.url)
    await engine.ready()
    engine.reload(RemoteOptions(second.url))
    assert engine.info is None
    assert (await engine.ready()).name == "tiny"


async def test_the_key_is_read_and_sent_and_never_shown(replay, connect, tmp_path: Path, monkeypatch) -> None:
    key_file = tmp_path / "key"
    key_file.write_text("sk-from-file\n", encoding="utf-8")
    monkeypatch.setenv("SOME_KEY", "sk-from-variable")
    for more, key in (
        ({"api_key_file": str(key_file)}, "sk-from-file"),
        ({"api_key_variable": "SOME_KEY"}, "sk-from-variable"),
    ):
        server = await replay("llama-server")
        engine = connect(server.url, **more)
        await engine.ready()
        assert {headers.get("authorization") for _, _, headers, _ in server.asked} == {f"Bearer {key}"}
        assert key not in repr(engine.status) + repr(engine.capabilities)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"api_key_file": "no/such/file"}, "engine.api_key_file"),
        ({"api_key_variable": "NO_SUCH_VARIABLE"}, "NO_SUCH_VARIABLE"),
        ({"ca_file": "no/such/file"}, "engine.ca_file"),
    ],
)
async def test_a_key_or_authority_that_is_not_there(more, says, replay, connect) -> None:
    server = await replay("llama-server")
    with pytest.raises(EngineUnavailable, match=says):
        await connect(server.url, **more).ready()
    assert not server.asked


async def test_nothing_is_sent_before_the_start(replay) -> None:
    server = await replay("llama-server")
    engine = RemoteEngine(RemoteOptions(server.url))
    assert engine.status.state is EngineState.STARTING
    await engine.close()
    assert not server.asked
