"""What the user hears of the engine."""

from door_harness import Harness
from fakes import FakeEngine

from foretoken.engine.engine import EngineState, EngineStatus

PROGRESS = {"window": {"workDoneProgress": True}}


def status(harness: Harness, state: EngineState, message: str = "", progress: float | None = None) -> None:
    harness.engine.set_status(EngineStatus(state, message, progress))


async def progress_token(harness: Harness, accept: bool = True) -> str:
    request = await harness.message(lambda sent: sent.get("method") == "window/workDoneProgress/create")
    body = {"result": None} if accept else {"error": {"code": -32603, "message": "no"}}
    harness.receive({"jsonrpc": "2.0", "id": request["id"], **body})
    return request["params"]["token"]


async def test_loading_is_shown_from_begin_to_end() -> None:
    harness = Harness(FakeEngine())
    status(harness, EngineState.LOADING, "loading", 0.1)  # before the editor is there
    await harness.initialize(PROGRESS)
    token = await progress_token(harness)

    async def value(kind: str, percentage: int | None = None) -> dict:
        sent = await harness.message(
            lambda sent: sent.get("method") == "$/progress"
            and sent["params"]["value"]["kind"] == kind
            and (percentage is None or sent["params"]["value"].get("percentage") == percentage)
        )
        assert sent["params"]["token"] == token
        return sent["params"]["value"]

    assert (await value("begin"))["message"] == "loading"
    status(harness, EngineState.LOADING, "loading", 0.5)
    await value("report", 50)
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
    assert [message["message"] for message in harness.messages("window/showMessage")] == ["Foretoken: the file is not there"]
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
