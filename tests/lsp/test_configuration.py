"""Settings: pulled, pushed, given at the start; problems named once."""

from pathlib import Path
from typing import Any

import pytest

from door_harness import Harness
from fakes import FakeEngine
from foretoken.lsp import configuration

PULLS = {"workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}}


async def give_configuration(harness: Harness, answer: Any, number: int = 0, error: bool = False) -> None:
    """Answer the server's request number ``number`` for its settings."""

    def asked(message: dict[str, Any]) -> bool:
        asks = [sent["id"] for sent in harness.sent if sent.get("method") == "workspace/configuration"]
        return len(asks) > number and message.get("id") == asks[number]

    request = await harness.message(asked)
    assert request["params"] == {"items": [{"section": "foretoken"}]}
    body = {"error": {"code": -32601, "message": "no"}} if error else {"result": answer}
    harness.receive({"jsonrpc": "2.0", "id": request["id"], **body})


async def settle(harness: Harness) -> None:
    """One more round trip: what came before it has been handled."""
    await harness.request("foretoken/status", None)
    await harness.request("foretoken/status", None)


async def changed(harness: Harness, name: str, value: Any) -> None:
    """Wait until the inline setting has the value."""
    await harness.message(lambda _: getattr(harness.server.session.settings.inline, name) == value)


async def test_initialization_options() -> None:
    for options in ({"inline": {"max_lines": 3}}, {"foretoken": {"inline": {"max_lines": 3}}}):
        harness = Harness(FakeEngine())
        await harness.initialize(initializationOptions=options)
        assert harness.server.session.settings.inline.max_lines == 3


async def test_settings_are_pulled_and_pulled_again() -> None:
    harness = Harness(FakeEngine())
    await harness.initialize(PULLS, initializationOptions={"inline": {"max_lines": 3}})
    await give_configuration(harness, [{"inline": {"max_lines": 5}}])
    await changed(harness, "max_lines", 5)
    registered = await harness.message(lambda sent: sent.get("method") == "client/registerCapability")
    assert registered["params"]["registrations"][0]["method"] == "workspace/didChangeConfiguration"
    harness.receive({"jsonrpc": "2.0", "id": registered["id"], "result": None})
    harness.notify("workspace/didChangeConfiguration", {"settings": None})
    await give_configuration(harness, [{"inline": {"max_lines": 7}}], number=1)
    await changed(harness, "max_lines", 7)


async def test_settings_are_pushed_where_they_cannot_be_pulled() -> None:
    harness = Harness(FakeEngine())
    await harness.initialize()
    harness.notify("workspace/didChangeConfiguration", {"settings": {"foretoken": {"inline": {"enabled": False}}}})
    assert harness.server.session.settings.inline.enabled is False
    for nonsense in (None, 5, {"settings": 3}, {"settings": None}, {"settings": {"foretoken": None}}):
        harness.notify("workspace/didChangeConfiguration", nonsense)
    assert harness.server.session.settings.inline.enabled is False
    assert harness.messages("workspace/configuration") == []


async def test_an_editor_that_refuses_its_settings_changes_nothing() -> None:
    harness = Harness(FakeEngine())
    await harness.initialize(PULLS, initializationOptions={"inline": {"max_lines": 3}})
    await give_configuration(harness, None, error=True)
    await settle(harness)
    harness.notify("workspace/didChangeConfiguration", {})
    await give_configuration(harness, [None], number=1)
    await settle(harness)
    harness.notify("workspace/didChangeConfiguration", {})
    await give_configuration(harness, "not a list", number=2)
    await settle(harness)
    assert harness.server.session.settings.inline.max_lines == 3


async def test_each_problem_is_named_once_and_not_before_the_editor_listens() -> None:
    harness = Harness(FakeEngine())
    wrong = {"inline": {"max_line": 3, "max_tokens": 50}}
    answer = await harness.request("initialize", {"capabilities": {}, "initializationOptions": wrong})
    assert "result" in answer and harness.messages("window/showMessage") == []
    harness.notify("initialized", {})
    harness.notify("workspace/didChangeConfiguration", {"settings": {"foretoken": wrong}})
    messages = harness.messages("window/showMessage")
    assert len(messages) == 1 and "max_line" in messages[0]["message"]
    assert harness.server.session.settings.inline.max_tokens == 50


async def test_a_settings_file_that_is_written_takes_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration, "POLL_SECONDS", 0)
    user_file = tmp_path / "settings.toml"
    harness = Harness(FakeEngine(), user_file=user_file)
    await harness.initialize()
    for max_lines in (2, 33):
        user_file.write_text(f"[inline]\nmax_lines = {max_lines}\n", encoding="utf-8")
        await changed(harness, "max_lines", max_lines)


async def test_the_workspace_file_counts_and_follows_the_folder(tmp_path: Path) -> None:
    harness = Harness(FakeEngine())
    (tmp_path / ".foretoken.toml").write_text("[inline]\nmax_lines = 2\n", encoding="utf-8")
    await harness.initialize(workspaceFolders=[])
    assert harness.server.session.settings.inline.max_lines != 2
    folder = {"uri": tmp_path.as_uri(), "name": "work"}
    event = {"event": {"added": [folder], "removed": []}}
    harness.notify("workspace/didChangeWorkspaceFolders", event)
    assert harness.server.session.settings.inline.max_lines == 2
    harness.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
    assert harness.server.session.settings.inline.max_lines != 2


async def test_a_push_without_our_section_changes_nothing_and_is_no_mistake() -> None:
    harness = Harness(FakeEngine())
    await harness.initialize(initializationOptions={"inline": {"max_lines": 3}})
    for pushed in ({}, {"python": {"analysis": 1}}, {"inline": {"max_lines": 5}}):
        harness.notify("workspace/didChangeConfiguration", {"settings": pushed})
        assert harness.server.session.settings.inline.max_lines == 3
    both = {"python": {}, "foretoken": {"inline": {"max_lines": 7}}}
    harness.notify("workspace/didChangeConfiguration", {"settings": both})
    assert harness.server.session.settings.inline.max_lines == 7
    assert harness.messages("window/showMessage") == []


async def test_an_editor_that_never_answers_does_not_stop_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "POLL_SECONDS", 0)
    user_file = tmp_path / "settings.toml"
    harness = Harness(FakeEngine(), user_file=user_file)
    await harness.initialize(PULLS)
    await harness.message(lambda sent: sent.get("method") == "workspace/configuration")
    await harness.message(lambda sent: sent.get("method") == "client/registerCapability")
    user_file.write_text("[inline]\nmax_lines = 2\n", encoding="utf-8")
    await changed(harness, "max_lines", 2)
