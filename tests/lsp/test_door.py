"""The door: every request is answered exactly once, and nothing that comes in takes the server down."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from door_harness import URI, Harness, inline_params
from fakes import FakeEngine, GatedEngine

CODE = "def f(x):\n    return \n"


async def started(engine: FakeEngine | None = None, **kwargs: Any) -> Harness:
    harness = Harness(engine or FakeEngine("x + 1\n"), **kwargs)
    await harness.initialize()
    harness.open(CODE)
    return harness


async def test_a_suggestion_comes_with_its_range() -> None:
    harness = await started()
    answer = await harness.answer(harness.ask(1, 11))
    here = {"line": 1, "character": 11}
    assert answer["result"] == {"items": [{"insertText": "x + 1", "range": {"start": here, "end": here}}]}
    assert harness.server.session.counters.shown == 1


async def test_a_refusal_is_an_empty_list_and_counted() -> None:
    harness = await started(FakeEngine("x + 1\n", 0.01))
    answer = await harness.answer(harness.ask(1, 11))
    assert answer["result"] == {"items": []}
    assert harness.server.session.counters.refusals == {"UNLIKELY": 1}
    last = (await harness.request("foretoken/status", None))["result"]["last"]
    assert last["reason"] == "UNLIKELY" and last["detail"] and last["timings"]["predicted_n"] > 0


async def test_the_snapshot_is_of_the_moment_of_the_request() -> None:
    """A change that arrives right behind the request must not be seen by it."""
    engine = GatedEngine("x + 1\n")
    harness = await started(engine)
    asked = harness.ask(1, 11)
    harness.change(2, (0, 0, 1, 0, ""))
    engine.release()
    answer = await harness.answer(asked)
    assert answer["result"]["items"][0]["range"]["start"] == {"line": 1, "character": 11}


@pytest.mark.parametrize("stubborn", [False, True])
async def test_a_newer_request_replaces_the_older(stubborn: bool) -> None:
    engine = GatedEngine("x + 1\n", stubborn=stubborn)
    harness = await started(engine)
    first = harness.ask(1, 11)
    await engine.arrived()
    second = harness.ask(1, 11)
    assert (await harness.answer(first))["result"] == {"items": []}
    assert engine.cancels[0].reason == "superseded"
    await engine.arrived(2)
    engine.release()
    assert len((await harness.answer(second))["result"]["items"]) == 1
    assert harness.server.session.counters.refusals == {"SUPERSEDED": 1}


async def test_of_requests_that_come_at_once_only_the_last_reaches_the_model() -> None:
    harness = await started()
    asked = [harness.ask(1, 11) for _ in range(5)]
    assert len((await harness.answer(asked[-1]))["result"]["items"]) == 1
    assert [(await harness.answer(older))["result"] for older in asked[:-1]] == [{"items": []}] * 4
    assert len(harness.engine.requests) == 1


async def test_requests_for_other_documents_stay() -> None:
    engine = GatedEngine("x + 1\n")
    harness = await started(engine)
    harness.open(CODE, "file:///w/b.py")
    asked = [harness.ask(1, 11), harness.ask(1, 11, "file:///w/b.py")]
    await engine.arrived(2)
    engine.release()
    for each in asked:
        assert len((await harness.answer(each))["result"]["items"]) == 1


@pytest.mark.parametrize("stubborn", [False, True])
async def test_a_cancelled_request_is_answered_at_once_and_once(stubborn: bool) -> None:
    engine = GatedEngine("x + 1\n", stubborn=stubborn)
    harness = await started(engine)
    asked = harness.ask(1, 11)
    await engine.arrived()
    harness.notify("$/cancelRequest", {"id": asked})
    assert harness.answers(asked)[0]["error"]["code"] == -32800
    assert engine.cancels[0].reason == "client"
    engine.release()
    await harness.answer(harness.ask(1, 11))
    assert len(harness.answers(asked)) == 1
    assert harness.server.session.in_flight == 0


async def test_a_request_cancelled_before_it_began_leaves_nothing_behind() -> None:
    harness = await started()
    asked = harness.ask(1, 11)
    harness.notify("$/cancelRequest", {"id": asked})  # no await in between
    assert harness.server.session.in_flight == 0
    assert len((await harness.answer(harness.ask(1, 11)))["result"]["items"]) == 1
    assert [answer["error"]["code"] for answer in harness.answers(asked)] == [-32800]


async def test_a_cancelled_id_may_be_used_again() -> None:
    engine = GatedEngine("x + 1\n", stubborn=True)
    harness = await started(engine)
    message = {
        "jsonrpc": "2.0",
        "id": "same",
        "method": "textDocument/inlineCompletion",
        "params": inline_params(1, 11),
    }
    harness.receive(message)
    await engine.arrived()
    harness.notify("$/cancelRequest", {"id": "same"})
    harness.receive(message)
    await engine.arrived(2)
    engine.release()
    answer = await harness.message(lambda sent: sent.get("id") == "same" and "result" in sent)
    assert len(answer["result"]["items"]) == 1
    assert len(harness.answers("same")) == 2


async def test_selected_completion() -> None:
    """A suggestion is shown beside the editor's list only when it begins with what is selected there."""
    harness = Harness(FakeEngine("th.join(a)\n"))
    await harness.initialize()
    harness.open("import os\nos.pa\n")
    span = {"start": {"line": 1, "character": 3}, "end": {"line": 1, "character": 5}}
    fits = await harness.answer(harness.ask(1, 5, selectedCompletionInfo={"range": span, "text": "path"}))
    assert fits["result"]["items"] == [
        {"insertText": "path.join(a)", "range": {"start": span["start"], "end": span["end"]}}
    ]
    other = await harness.answer(harness.ask(1, 5, selectedCompletionInfo={"range": span, "text": "pardir"}))
    assert other["result"] == {"items": []}
    assert harness.server.session.counters.refusals == {"OTHER_SELECTION": 1}


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (None, "expected an object, found null"),
        ([], "expected an object, found an array"),
        ({}, "required field missing at params.textDocument"),
        ({**inline_params(1, 1), "context": {"triggerKind": 0}}, "0 is not a valid InlineCompletionTriggerKind"),
        (inline_params(-1, 0), "Position.line should be in range"),
        (inline_params(0, "3"), "found a string at params.position.character"),  # type: ignore[arg-type]
        (inline_params(True, 0), "found a boolean at params.position.line"),
        (inline_params(0, 2**40), "Position.character should be in range"),
        (inline_params(0, 0, None), "found null at params.textDocument.uri"),  # type: ignore[arg-type]
        (inline_params(0, 0, "file:///not/open.py"), "is not open"),
    ],
)
async def test_invalid_parameters_are_answered_and_explained(params: Any, said: str) -> None:
    harness = await started()
    error = (await harness.request("textDocument/inlineCompletion", params))["error"]
    assert error["code"] == -32602
    assert said in error["message"]
    assert "Traceback" not in json.dumps(error)


async def test_unknown_methods() -> None:
    harness = await started()
    for method in ("textDocument/hover", "no/such", "$/unknown", "exit"):
        assert (await harness.request(method, {}))["error"]["code"] == -32601, method
    harness.notify("no/such", {})
    harness.notify("$/unknown", {})
    assert (await harness.request("foretoken/status", {}))["result"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"{", -32700),
        (b"\xff\xfe\xfd", -32700),
        (b"", -32700),
        (b"[" * 100_000, -32700),
        (b'{"jsonrpc": "2.0", "id": ' + b"9" * 5000 + b', "method": "shutdown"}', -32700),
        (b"5", -32600),
        (b'"text"', -32600),
        (b"null", -32600),
        (b"[]", -32600),
        (b"[1, 2]", -32600),
        (b"{}", -32600),
        (b'{"jsonrpc": "2.0", "method": 5}', None),
        (b'{"jsonrpc": "2.0"}', -32600),
    ],
)
async def test_messages_without_a_usable_id(message: bytes, code: int | None) -> None:
    """What cannot be answered by its id is answered without one, as JSON-RPC has it; a notification never is."""
    harness = await started()
    before = len(harness.sent)
    harness.receive(message)
    new = harness.sent[before:]
    assert [(answer["id"], answer["error"]["code"]) for answer in new] == ([(None, code)] if code else [])
    assert len((await harness.answer(harness.ask(1, 11)))["result"]["items"]) == 1


@pytest.mark.parametrize(
    ("message", "expect"),
    [
        ({"id": 90, "method": "foretoken/status"}, (90, -32600)),
        ({"jsonrpc": "1.0", "id": 91, "method": "foretoken/status"}, (91, -32600)),
        ({"jsonrpc": "2.0", "id": 92, "method": None}, (92, -32600)),
        ({"jsonrpc": "2.0", "id": 93}, (93, -32600)),
        ({"jsonrpc": "2.0", "id": None, "method": "foretoken/status"}, (None, -32600)),
        ({"jsonrpc": "2.0", "id": True, "method": "foretoken/status"}, (None, -32600)),
        ({"jsonrpc": "2.0", "id": [1], "method": "foretoken/status"}, (None, -32600)),
        ({"jsonrpc": "2.0", "id": float("nan"), "method": "foretoken/status"}, (None, -32600)),
        ({"jsonrpc": "2.0", "id": {"a": 1}, "method": "foretoken/status"}, (None, -32600)),
        ({"jsonrpc": "2.0", "id": 94, "method": "initialize", "params": {"capabilities": {}}}, (94, -32600)),
        ({"jsonrpc": "2.0", "id": 95, "method": "workspace/executeCommand", "params": {"command": "x"}}, (95, -32602)),
    ],
)
async def test_malformed_requests_get_one_answer(message: Any, expect: tuple[Any, int]) -> None:
    harness = await started()
    before = len(harness.sent)
    harness.receive(message)
    assert [(answer["id"], answer["error"]["code"]) for answer in harness.sent[before:]] == [expect]


async def test_each_request_of_a_batch_is_refused() -> None:
    harness = await started()
    harness.receive([{"jsonrpc": "2.0", "id": n, "method": "foretoken/status"} for n in ("a", "b")])
    assert [harness.answers(n)[0]["error"]["code"] for n in ("a", "b")] == [-32600, -32600]


async def test_an_id_in_use_is_refused() -> None:
    engine = GatedEngine("x + 1\n")
    harness = await started(engine)
    asked = harness.ask(1, 11)
    harness.receive({"jsonrpc": "2.0", "id": asked, "method": "foretoken/status"})
    assert harness.answers(asked)[0]["error"]["code"] == -32600
    engine.release()
    await harness.message(lambda sent: sent.get("id") == asked and "result" in sent)


async def test_answers_to_nothing_are_ignored() -> None:
    engine = GatedEngine("x + 1\n")
    harness = await started(engine)
    asked = harness.ask(1, 11)
    await engine.arrived()
    for answer in ({"id": asked, "result": 1}, {"id": None, "error": {}}, {"id": [1], "result": 1}, {"result": 1}):
        harness.receive({"jsonrpc": "2.0", **answer})
    engine.release()
    assert len((await harness.answer(asked))["result"]["items"]) == 1


async def test_an_unexpected_error_names_the_log_and_shows_no_traceback(tmp_path: Path) -> None:
    class Broken(FakeEngine):
        async def ready(self) -> Any:
            raise ZeroDivisionError("secret source text")

    harness = await started(Broken(), log_path=tmp_path / "server.log")
    error = (await harness.answer(harness.ask(1, 11)))["error"]
    assert error["code"] == -32603
    assert str(tmp_path / "server.log") in error["message"] and "ZeroDivisionError" in error["message"]
    assert "secret" not in json.dumps(error) and "Traceback" not in json.dumps(error)
    assert (await harness.request("foretoken/status", None))["result"]


async def test_life_cycle() -> None:
    harness = Harness(FakeEngine("x + 1\n"))
    codes: list[int] = []
    harness.server.on_exit = codes.append
    assert (await harness.request("foretoken/status", None))["error"]["code"] == -32002
    harness.open(CODE)  # too early: dropped
    await harness.initialize()
    assert len(harness.server.session.documents) == 0
    assert (await harness.request("shutdown", None))["result"] is None
    assert (await harness.request("foretoken/status", None))["error"]["code"] == -32600
    harness.notify("exit", None)
    assert codes == [0]


async def test_exit_without_shutdown_is_an_error() -> None:
    harness = await started()
    codes: list[int] = []
    harness.server.on_exit = codes.append
    harness.notify("exit", None)
    assert codes == [1]


@pytest.mark.parametrize("params", [None, 5, {}, {"capabilities": 3}])
async def test_initialize_may_be_tried_again_after_invalid_parameters(params: Any) -> None:
    harness = Harness(FakeEngine())
    assert (await harness.request("initialize", params))["error"]["code"] == -32602
    assert (await harness.initialize())["serverInfo"]["name"] == "foretoken"


async def test_shutdown_answers_what_is_in_flight() -> None:
    engine = GatedEngine("x + 1\n")
    harness = await started(engine)
    asked = harness.ask(1, 11)
    await engine.arrived()
    assert (await harness.request("shutdown", None))["result"] is None
    assert (await harness.answer(asked))["result"] == {"items": []}
    assert engine.cancels[0].reason == "shutdown"
    await harness.server.close()
    assert engine.closed


async def test_set_trace_is_accepted() -> None:
    harness = await started()
    harness.notify("$/setTrace", {"value": "verbose"})
    harness.notify("$/setTrace", {"value": "nonsense"})
    assert harness.server.protocol.trace == "verbose"


async def test_a_result_that_cannot_be_sent_is_answered_as_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = await started()
    monkeypatch.setattr(harness.server, "version", {1, 2})  # a set is no JSON
    assert (await harness.request("foretoken/status", None))["error"]["code"] == -32603


async def test_the_status_command_says_it_in_a_sentence() -> None:
    harness = await started()
    await harness.answer(harness.ask(1, 11))
    answer = await harness.request("workspace/executeCommand", {"command": "foretoken.status"})
    assert answer["result"]["shown"] == 1
    assert "fake is ready" in harness.messages("window/showMessage")[0]["message"]


async def test_a_vanished_editor_is_noticed_when_writing() -> None:
    class Gone:
        def write(self, data: bytes) -> None:
            raise BrokenPipeError

    harness = await started()
    gone = asyncio.Event()
    harness.server.protocol.on_disconnect = gone.set
    harness.server.protocol.set_writer(Gone())  # type: ignore[arg-type]
    harness.ask(1, 11)
    await asyncio.wait_for(gone.wait(), 20)


async def test_pygls_documents_cannot_be_read() -> None:
    harness = await started()
    with pytest.raises(RuntimeError, match="only source of text"):
        harness.server.protocol.workspace  # noqa: B018
    assert URI in harness.server.session.documents
