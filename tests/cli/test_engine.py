"""``foretoken engine`` where nothing runs, and what it refuses; tests/e2e sees it with real processes."""

import json
from pathlib import Path

import pytest

from foretoken.__main__ import main
from foretoken.cli import engine_status
from foretoken.cli.command import FAILED, OK, WRONG_USAGE
from foretoken.cli.engine_processes import Found
from foretoken.engine.discovery import Discovery, discovery_path, write_discovery
from foretoken.engine.gateway_token import token_file
from foretoken.engine.runtime_folder import FOLDER_VARIABLE, OFF


@pytest.fixture(params=["off", "missing", "empty", "stale"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime folder without a process that runs."""
    path = tmp_path / "run"
    monkeypatch.setenv(FOLDER_VARIABLE, OFF if request.param == "off" else str(path))
    if request.param in ("empty", "stale"):
        path.mkdir(mode=0o700)
    if request.param == "stale":
        gone = Discovery(2**22 + 7, "1", 4711, "secret", "0", "a" * 24, "m.gguf", str(path / "foretoken-x"))
        write_discovery(discovery_path(path, gone.key), gone)
    return path


def test_status_where_nothing_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engine", "status"]) == OK
    assert "No model process runs" in capsys.readouterr().out
    assert main(["engine", "status", "--json"]) == OK
    assert json.loads(capsys.readouterr().out)["processes"] == []


def test_stop_where_nothing_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engine", "stop", "--all"]) == OK
    assert "No model process runs" in capsys.readouterr().out
    assert main(["engine", "stop", "4711"]) == FAILED
    assert "4711 is no model process of yours" in capsys.readouterr().err


def test_a_folder_that_others_can_write_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(0o777)
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    assert main(["engine", "status"]) == FAILED
    assert f"Others can write to the folder {folder}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"), [([], "say what: status, stop or run"), (["run", "--port", "70000"], "--port must be")]
)
def test_wrong_usage(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engine", *arguments]) == WRONG_USAGE
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("action", ["status", "stop", "run"])
def test_each_action_explains_itself_with_examples(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["engine", action, "--help"])
    out = capsys.readouterr().out
    assert left.value.code == 0 and f"foretoken engine {action}" in out and "examples:" in out


def test_the_help_says_something_on_every_line_of_its_actions(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["engine", "--help"])
    listed = capsys.readouterr().out.split("actions:\n")[1].split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in listed] == ["ACTION", "status", "stop", "run"]
    assert all(len(line.split()) > 2 for line in listed)


def test_a_run_whose_token_file_cannot_be_used_says_so_and_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    path = token_file()
    path.mkdir(parents=True)
    assert main(["engine", "run"]) == FAILED
    said = capsys.readouterr().err
    assert str(path) in said and "is a folder" in said and "--without-token" in said


@pytest.mark.parametrize(
    ("without", "said"), [(True, "http://[::1]:8012 (no token: any program"), (False, "http://[::1]:8012 (token: ")]
)
def test_status_says_how_a_port_is_guarded(without: bool, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    health = {
        "pid": 7, "status": "ready", "in_flight": 0, "windows": [], "rss": 1, "uptime": 1, "idle": 1, "requests": 0,
        "gateway": {"host": "::1", "port": 8012, "without_token": without, "problem": ""},
    }  # fmt: skip
    engine_status._show([Found(Discovery(7, "1", 4711, "secret", "0", "a", "m.gguf", ""), health)])
    assert said in capsys.readouterr().out
