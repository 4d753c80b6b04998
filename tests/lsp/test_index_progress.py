"""When a progress bar shows what is indexed, and that each one ends."""

import pytest

from foretoken.index.events import Changed, Finished, Progress
from foretoken.index.status import IndexState
from foretoken.lsp import index_progress, workspace_index
from lsp.index_harness import PROGRESS, Indexing


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace_index, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(index_progress, "SHOWN_AFTER", 0.0)


async def test_progress_from_begin_to_end_and_its_cancel() -> None:
    harness = Indexing()
    await harness.begin(PROGRESS)
    harness.client.files = 0
    harness.say(Progress(0, 0, "looking"))
    request = await harness.sent_request("window/workDoneProgress/create")
    token = request["params"]["token"]
    harness.say(Progress(100, 100_000, "indexing"))
    harness.accept(request)
    begin = (await harness.sent_request("$/progress"))["params"]
    assert begin == {
        "token": token,
        "value": {
            "kind": "begin", "title": "Indexing w", "cancellable": True, "message": "100 of 100,000 files",
            "percentage": 0,
        },
    }  # fmt: skip
    harness.say(Progress(12_300, 100_000, "indexing"))
    harness.notify("window/workDoneProgress/cancel", {"token": "another"})
    assert harness.client.of("stop_indexing") == []
    harness.notify("window/workDoneProgress/cancel", {"token": token})
    assert harness.client.of("stop_indexing") == [("/w",)]
    harness.say(Finished(12_300, 1, 1, seconds=2.0, cancelled=True))
    values = [sent["value"] for sent in harness.messages("$/progress")][1:]
    assert values == [
        {"kind": "report", "message": "12,300 of 100,000 files", "percentage": 12},
        {"kind": "end", "message": "stopped; 12,300 files are indexed"},
    ]
    harness.say(Finished(12_300, 1, 1, seconds=2.0))
    assert len(harness.messages("$/progress")) == 3


async def test_what_is_over_soon_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_progress, "SHOWN_AFTER", 3600.0)
    harness = Indexing()
    await harness.begin(PROGRESS)
    harness.client.files = 0
    harness.say(Progress(0, 5, "indexing"))
    harness.say(Finished(5, 1, 1, seconds=0.1))
    harness.say(Changed(("/w/a.py",)))
    await harness.settle()
    assert harness.messages("window/workDoneProgress/create") == []


async def test_an_editor_without_progress_gets_none() -> None:
    harness = Indexing()
    await harness.begin()
    harness.client.files = 0
    harness.say(Progress(0, 5, "indexing"))
    harness.say(Progress(1, 5, "indexing"))
    await harness.settle()
    harness.say(Finished(5, 1, 1))
    assert harness.messages("window/workDoneProgress/create") == [] and harness.messages("$/progress") == []


async def test_looking_whether_all_is_as_it_was_shows_nothing() -> None:
    harness = Indexing()
    await harness.begin(PROGRESS)
    harness.say(Progress(0, 0, "looking"))
    harness.say(Progress(3, workspace_index.SHOWN_FILES, "indexing"))
    await harness.settle()
    harness.say(Finished(12, 1, 1, seconds=5.0))
    assert harness.messages("window/workDoneProgress/create") == []
    harness.say(Progress(3, workspace_index.SHOWN_FILES + 1, "indexing"))  # a checkout
    await harness.sent_request("window/workDoneProgress/create")


async def test_what_was_asked_for_is_shown_once() -> None:
    harness = Indexing()
    await harness.begin(PROGRESS)
    await harness.request("workspace/executeCommand", {"command": "foretoken.index"})
    harness.say(Progress(0, 0, "looking"))
    await harness.sent_request("window/workDoneProgress/create")
    harness.say(Finished(12, 1, 1))
    harness.say(Progress(0, 0, "looking"))
    await harness.settle()
    assert len(harness.messages("window/workDoneProgress/create")) == 1


async def test_a_bar_that_the_editor_makes_after_the_end_is_ended() -> None:
    harness = Indexing()
    await harness.begin(PROGRESS)
    harness.client.files = 0
    harness.say(Progress(0, 5, "indexing"))
    request = await harness.sent_request("window/workDoneProgress/create")
    harness.say(Finished(5, 1, 1, seconds=2.0))
    harness.accept(request)
    await harness.message(
        lambda sent: (
            sent.get("method") == "$/progress"
            and sent["params"]["value"] == {"kind": "end", "message": "5 files in 2 s"}
        )
    )
    assert [sent["value"]["kind"] for sent in harness.messages("$/progress")] == ["begin", "end"]


async def test_a_worker_that_ends_ends_the_progress() -> None:
    harness = Indexing()
    await harness.begin(PROGRESS)
    harness.client.files = 0
    harness.say(Progress(0, 5, "indexing"))
    harness.accept(await harness.sent_request("window/workDoneProgress/create"))
    await harness.sent_request("$/progress")
    harness.client.state = IndexState.RESTARTING
    harness.say(None, "")
    assert harness.messages("$/progress")[-1]["value"]["kind"] == "end"
