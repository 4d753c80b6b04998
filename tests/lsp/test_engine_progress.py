"""What the user hears of the engine."""

from dataclasses import replace

import pytest

from door_harness import Harness
from fakes import MODEL, FakeEngine
from foretoken.engine.engine import EngineState, EngineStatus

PROGRESS = {"window": {"workDoneProgress": True}}


def status(harness: Harness, state: EngineState, message: str = "", progress: float | None = None) -> None:
    harness.engine.set_status(EngineStatus(state, message, progress))


def restart(harness: Harness, attempt: int) -> None:
    harness.engine.set_status(EngineStatus(EngineState.RESTARTING, f"It ended (attempt {attempt}).", None, attempt))


def shown(harness: Harness) -> list[str]:
    return [message["message"] for message in harness.messages("window/showMessage")]


async def progress_token(harness: Harness, accept: bool = True) -> str:
    request = await harness.message(lambda sent: sent.get("method") == "window/workDoneProgress/create")
    body = {"result": None} if accept else {"error": {"code": -32603, "message": "no"}}
    harness.receive({"jsonrpc": "2.0", "id": request["id"], **body})
    return request["params"]["token"]


async def test_loading_is_shown_from_begin_to_end() -> None:
    harness = Harness(FakeEngine())
    status(harness, EngineState.LOADING, "Loading a.b.gguf.", 0.1)  # before the editor is there
    await harness.initialize(PROGRESS)
    token = await progress_token(harness)

    async def value(kind: str, percentage: int | None = None) -> dict:
        sent = await harness.message(
            lambda sent: (
                sent.get("method") == "$/progress"
                and sent["params"]["value"]["kind"] == kind
                and (percentage is None or sent["params"]["value"].get("percentage") == percentage)
            )
        )
        assert sent["params"]["token"] == token
        return sent["params"]["value"]

    assert (await value("begin"))["message"] == "Loading a.b.gguf"  # an editor puts the percentage behind it
    status(harness, EngineState.LOADING, "Loading a.b.gguf.", 0.5)
    assert (await value("report", 50))["message"] == "Loading a.b.gguf"
    status(harness, EngineState.READY, "ready")
    await value("end")
    assert harness.messages("window/showMessage") == []
    assert harness.server.work_done_progress.tokens == {}


async def test_no_progress_for_editors_that_do_not_show_it() -> None:
    harness = Harness(FakeEngine())
    await harness.initialize()
    status(harness, EngineState.LOADING, "loading", 0.5)
    status(harness, EngineState.READY)
    await harness.request("foretoken/status", None)
    assert harness.messages("window/workDoneProgress/create") == []


async def test_an_editor_that_refuses_progress_gets_none() -> None:
    harness = Harness(FakeEngine())
    await harness.initialize(PROGRESS)
    status(harness, EngineState.LOADING, "loading", 0.5)
    await progress_token(harness, accept=False)
    await harness.request("foretoken/status", None)
    status(harness, EngineState.READY)
    await harness.request("foretoken/status", None)
    assert harness.messages("$/progress") == []


async def test_a_failure_is_said_once_until_it_worked_again() -> None:
    harness = Harness(FakeEngine())
    status(harness, EngineState.FAILED, "the file is not there")
    await harness.initialize()
    status(harness, EngineState.FAILED, "the file is not there")
    assert [message["message"] for message in harness.messages("window/showMessage")] == [
        "Foretoken: the file is not there"
    ]
    status(harness, EngineState.READY)
    status(harness, EngineState.FAILED, "the file is not there")
    assert len(harness.messages("window/showMessage")) == 2


async def test_an_unavailable_engine_is_a_refusal_with_its_reason() -> None:
    harness = Harness(FakeEngine(error="the model is still loading"))
    await harness.initialize()
    harness.open("a = \n")
    assert (await harness.answer(harness.ask(0, 4)))["result"] == {"items": []}
    last = (await harness.request("foretoken/status", None))["result"]["last"]
    assert (last["reason"], last["detail"]) == ("ENGINE_UNAVAILABLE", "the model is still loading")


async def test_a_model_process_that_keeps_ending_is_told_once_and_so_is_its_recovery() -> None:
    harness = Harness(FakeEngine())
    await harness.initialize()
    for attempt in (1, 2):
        restart(harness, attempt)
        status(harness, EngineState.READY)
    assert shown(harness) == []
    restart(harness, 3)
    status(harness, EngineState.LOADING, "Loading.", 0.5)
    assert shown(harness) == ["Foretoken: It ended (attempt 3)."]
    restart(harness, 4)
    status(harness, EngineState.READY)
    recovery = "Foretoken: the model process works again."
    assert shown(harness) == ["Foretoken: It ended (attempt 3).", recovery]
    restart(harness, 5)
    status(harness, EngineState.READY)
    assert len(shown(harness)) == 2
    for attempt in (1, 2, 3):  # a new row
        restart(harness, attempt)
    status(harness, EngineState.READY)
    assert shown(harness)[2:] == ["Foretoken: It ended (attempt 3).", recovery]
    status(harness, EngineState.RESTARTING, "The model is loaded again with the new settings.")
    status(harness, EngineState.READY)
    assert len(shown(harness)) == 4


async def test_trouble_from_before_the_editor_listened_is_told() -> None:
    harness = Harness(FakeEngine())
    restart(harness, 3)
    restart(harness, 4)
    await harness.initialize()
    assert shown(harness) == ["Foretoken: It ended (attempt 4)."]


async def test_the_log_has_one_line_for_a_load(caplog: pytest.LogCaptureFixture) -> None:
    harness = Harness(FakeEngine())
    with caplog.at_level("INFO", "foretoken.lsp.engine_progress"):
        for percent in range(100):
            status(harness, EngineState.LOADING, "Loading a.gguf.", percent / 100)
        status(harness, EngineState.READY, "a is ready.")
    assert caplog.messages == ["engine loading: Loading a.gguf.", "engine ready: a is ready."]


async def test_a_model_that_runs_otherwise_than_was_asked_is_told_once() -> None:
    notice = "There was room for a window of 4,096 tokens, not 8,192."
    harness = Harness(FakeEngine(info=replace(MODEL, n_ctx=4096, notice=notice)))
    await harness.initialize()
    for _ in range(2):  # it is started again, and as small as before
        status(harness, EngineState.LOADING, "loading")
        status(harness, EngineState.READY, f"fake is ready. {notice}")
    assert shown(harness) == [f"Foretoken: {notice}"]
    report = (await harness.request("foretoken/status", None))["result"]
    assert notice in report["engine"]["message"]
    assert (report["model"]["n_ctx"], report["model"]["notice"]) == (4096, notice)
    harness.engine._info = replace(MODEL, notice="")
    status(harness, EngineState.READY, "fake is ready.")
    harness.engine._info = replace(MODEL, notice=notice)
    status(harness, EngineState.LOADING, "loading")
    status(harness, EngineState.READY, "fake is ready.")
    assert len(shown(harness)) == 2
