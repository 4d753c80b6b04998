"""The process: what comes in on its pipe, and when it leaves."""

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from raw_client import RawClient, file_uri

URI = file_uri()
CODE = "def f(x):\n    return \n"
MALFORMED = 1000


@pytest.fixture
async def start() -> AsyncIterator[Any]:
    """Starts clients; kills what is left of their servers at the end."""
    clients: list[RawClient] = []

    async def start(*arguments: str) -> RawClient:
        clients.append(await RawClient.start(*arguments))
        return clients[-1]

    yield start
    for client in clients:
        await client.stop()


def inline_params(**changes: Any) -> dict[str, Any]:
    params = {"textDocument": {"uri": URI}, "position": {"line": 1, "character": 11}, "context": {"triggerKind": 2}}
    return {**params, **changes}


def open_document(client: RawClient, text: str = CODE) -> None:
    item = {"uri": URI, "languageId": "python", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": item})


async def assert_works(client: RawClient) -> None:
    open_document(client)
    answer = await client.request("textDocument/inlineCompletion", inline_params())
    assert [item["insertText"] for item in answer["result"]["items"]] == ["reply()"]


def malformed(rng: random.Random, number: int) -> tuple[bytes, str | None]:
    """A message, framed, that no proper client sends; and its id when it must be answered by it."""
    msg_id = f"bad-{number}"
    request = {"jsonrpc": "2.0", "id": msg_id, "method": "textDocument/inlineCompletion", "params": inline_params()}
    junk = rng.choice([None, True, -1, 2**70, 1.5, "text", "\ud800", [], [1], {}, {"uri": 5}])
    kind = rng.randrange(16)
    if kind == 0:
        request["params"] = junk
    elif kind == 1:
        request["params"][rng.choice(["textDocument", "position", "context"])] = junk
    elif kind == 2:
        del request["params"][rng.choice(["textDocument", "position", "context"])]
    elif kind == 3:
        request["method"] = rng.choice(["no/such", "$/no", "", "initialize", "textDocument/didOpen", "exit", "\x00"])
    elif kind == 4:
        request["jsonrpc"] = junk
    elif kind == 5:
        del request[rng.choice(["jsonrpc", "method"])]
    elif kind == 6:
        request["method"] = junk
    elif kind == 7:
        request = [request, junk]
    elif kind == 8:
        request["params"]["position"] = {"line": rng.randint(-5, 2**33), "character": rng.randint(-5, 2**33)}
    elif kind == 9:
        request["params"]["jsonrpc"] = "2.0"
    elif kind == 10:
        request |= {"method": "workspace/executeCommand", "params": {"command": junk, "arguments": junk}}
    elif kind == 11:
        request["params"]["context"] = {"triggerKind": 1, "selectedCompletionInfo": junk}
    elif kind == 12:
        method = rng.choice(
            ["didOpen", "didChange", "didClose", "didSave", "../notebookDocument/didChange", "didNothing"]
        )
        params = rng.choice([junk, {"textDocument": junk}, {"textDocument": {"uri": "file:///other.py"}, "x": junk}])
        return framed(
            json.dumps({"jsonrpc": "2.0", "method": f"textDocument/{method}", "params": params}).encode()
        ), None
    elif kind == 13:
        answer = rng.choice(
            [{"id": junk, "result": junk}, {"id": msg_id, "error": junk}, {"result": junk}, {"error": {}}]
        )
        return framed(json.dumps({"jsonrpc": "2.0", **answer}).encode()), None
    elif kind == 14:
        bodies = [
            b"",
            b"{",
            b"null",
            b"[]",
            b"nul",
            b'"x"',
            b"\xff\xfe",
            b"[" * 5000,
            b'{"id":' + b"1" * 9000 + b"}",
            b"{}{}",
        ]
        return framed(rng.choice(bodies)), None
    else:
        body = json.dumps(request).encode()
        broken = [
            b"hello\r\n", b"\r\n\r\n", b"Content-Length: x\r\n\r\n", b"Content-Length: -1\r\n\r\n",
            b"Content-Type: a\r\n\r\n", b"Content-Length: 99999999999999999999\r\n\r\n", b'{"jsonrpc":"2.0"}',
            b"Content-Length: 2\r\n\r\n{}{}", bytes(range(128, 256)) + b"\n",
        ]  # fmt: skip
        return rng.choice(broken) + framed(body), msg_id
    return framed(json.dumps(request).encode()), msg_id


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


async def test_malformed_messages(start: Any) -> None:
    """Every request among them is answered exactly once, and afterwards the server works as before."""
    client = await start()
    await client.initialize()
    open_document(client)
    rng = random.Random("malformed")
    expected = set()
    for number in range(MALFORMED):
        data, msg_id = malformed(rng, number)
        client.send_bytes(data)
        if msg_id is not None:
            expected.add(msg_id)
    await assert_works(client)
    assert len(expected) > MALFORMED / 2
    for msg_id in expected:
        await client.answer(msg_id)
    answers = [message["id"] for message in client.received if str(message.get("id")).startswith("bad-")]
    assert len(answers) == len(set(answers)) and set(answers) == expected
    assert all(("result" in message) != ("error" in message) for message in client.received if "method" not in message)
    assert not [message for message in client.received if "Traceback" in json.dumps(message)]
    assert await client.shut_down() == 0


async def test_a_message_in_pieces_and_messages_in_one_piece(start: Any) -> None:
    client = await start()
    await client.initialize()
    requests = [{"jsonrpc": "2.0", "id": f"p{n}", "method": "foretoken/status", "params": {}} for n in range(3)]
    data = b"".join(framed(json.dumps(request).encode()) for request in requests)
    for start_, end in ((0, 5), (5, 40), (40, 41), (41, len(data))):
        client.send_bytes(data[start_:end])
        await client.process.stdin.drain()
    for number in range(3):
        assert "result" in await client.answer(f"p{number}")


async def test_what_is_printed_does_not_reach_the_editor(start: Any) -> None:
    """RawClient fails on anything that is no frame."""
    client = await start("--noise")
    await client.initialize()
    await assert_works(client)
    assert await client.shut_down() == 0


@pytest.mark.parametrize("engine", ["--gated", "--stubborn"])
async def test_superseded_and_cancelled_requests_of_a_busy_model(start: Any, engine: str) -> None:
    client = await start(engine)
    await client.initialize()
    open_document(client)
    asked = [client.start_request("textDocument/inlineCompletion", inline_params()) for _ in range(4)]
    for older in asked[:-1]:
        assert (await client.answer(older))["result"] == {"items": []}
    client.notify("$/cancelRequest", {"id": asked[-1]})
    assert (await client.answer(asked[-1]))["error"]["code"] == -32800
    status = (await client.request("foretoken/status", None))["result"]
    assert (status["inFlight"], status["refusals"]["SUPERSEDED"]) == (0, 3)
    assert await client.shut_down() == 0


async def test_an_unexpected_error_keeps_the_server_up(start: Any, tmp_path: Path) -> None:
    client = await start("--break", "--log", str(tmp_path / "the.log"))
    await client.initialize()
    open_document(client)
    error = (await client.request("textDocument/inlineCompletion", inline_params()))["error"]
    assert error["code"] == -32603 and "the.log" in error["message"] and "Traceback" not in error["message"]
    assert "result" in await client.request("foretoken/status", None)


async def test_end_of_input_ends_the_server(start: Any) -> None:
    client = await start("--stubborn")
    await client.initialize()
    open_document(client)
    client.start_request("textDocument/inlineCompletion", inline_params())
    client.close_input()
    assert await client.exit_code() == 1


async def test_end_of_input_after_shutdown_is_a_clean_end(start: Any) -> None:
    client = await start()
    await client.initialize()
    assert (await client.request("shutdown", None))["result"] is None
    client.close_input()
    assert await client.exit_code() == 0


async def test_exit_without_shutdown(start: Any) -> None:
    client = await start()
    await client.initialize()
    client.notify("exit", None)
    assert await client.exit_code() == 1


async def test_exit_before_initialize(start: Any) -> None:
    client = await start()
    client.notify("exit", None)
    assert await client.exit_code() == 1


@pytest.mark.parametrize("told", ["initialize", "argument"])
async def test_the_end_of_the_editors_process_ends_the_server(start: Any, told: str) -> None:
    """The pipe stays open: the test holds it, and another process plays the editor."""
    editor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import sys; sys.stdin.read()", stdin=asyncio.subprocess.PIPE
    )
    client = await start(*([f"--clientProcessId={editor.pid}"] if told == "argument" else []))
    await client.initialize(processId=editor.pid if told == "initialize" else None)
    await assert_works(client)
    editor.kill()
    await editor.wait()
    assert await client.exit_code() == 1


async def test_a_process_that_cannot_be_seen_is_not_waited_for(start: Any) -> None:
    """An editor outside a container gives a number that means nothing inside."""
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()
    client = await start()
    await client.initialize(processId=gone.pid)
    await assert_works(client)
    assert await client.shut_down() == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
async def test_a_polite_signal_ends_the_server(start: Any) -> None:
    client = await start()
    await client.initialize()
    client.process.send_signal(signal.SIGTERM)
    assert await client.exit_code() == 1


async def test_an_editor_that_stops_reading_ends_the_server(start: Any) -> None:
    client = await start()
    await client.initialize()
    reading = client.process._transport.get_pipe_transport(1)
    pipe = reading.get_extra_info("pipe")
    reading.close()
    while not pipe.closed:  # the descriptor is closed by the loop; an answer that comes before would not fail
        await asyncio.sleep(0)
    for _ in range(3):
        client.start_request("foretoken/status", None)
    assert await client.exit_code() == 1
