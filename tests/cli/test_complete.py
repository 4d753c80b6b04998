"""``complete`` and ``prompt``: places in files, what is shown, and what is wrong with a place."""

import asyncio
import gc
import io
import json
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fakes import MODEL, FakeEngine
from foretoken.__main__ import main
from foretoken.cli.source_file import Location, offset_in, parse_location, workspace_of
from foretoken.engine.engine import EngineState, EngineStatus, EngineUnavailable
from foretoken.text.generation import FinishReason, GenerateRequest, ModelInfo
from foretoken.text.pieces import Text, symbolic

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SOURCE = "def add(a, b):\n    return \n\n\nprint(add(1, 2))\n"


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "sums.py"
    path.write_text(SOURCE)
    return str(path)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    engine = FakeEngine(["a", " + b"], finish=FinishReason.END)
    monkeypatch.setattr("foretoken.app.open_engine", lambda settings: engine)
    return engine


def asked(engine: FakeEngine) -> GenerateRequest:
    (request,) = engine.requests
    return request


def test_the_suggestion_goes_to_stdout_and_the_figures_to_stderr(
    file: str, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["complete", f"{file}:2:12"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "a + b\n"
    assert "1 evaluated" in shown.err and "2 generated" in shown.err
    assert engine.closed
    assert symbolic(asked(engine).prompt).endswith("⟨FIM_MIDDLE⟩    return ")


def test_json_says_everything(file: str, engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["complete", f"{file}:2:12", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["suggestion"]["text"] == "a + b" and answer["refusal"] is None
    assert answer["suggestion"]["start"] == SOURCE.index("return ") + 7
    assert answer["timings"]["predicted_n"] == 2 and answer["model"]["name"] == "fake"


def test_a_refusal_is_named_and_has_an_exit_code_of_its_own(
    file: str, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.probabilities = 0.1
    assert main(["complete", f"{file}:2:12"]) == 3
    shown = capsys.readouterr()
    assert shown.out == "" and "no suggestion: the model is not sure enough" in shown.err
    assert main(["complete", f"{file}:2:12", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["refusal"]["reason"] == "UNLIKELY"


def test_lines_limits_the_suggestion(file: str, engine: FakeEngine) -> None:
    main(["complete", f"{file}:2:12", "--lines", "2"])
    assert asked(engine).stop.max_lines == 2


@pytest.mark.parametrize("lines", ["0", "65"])
def test_lines_out_of_bounds(file: str, engine: FakeEngine, lines: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["complete", f"{file}:2:12", "--lines", lines]) == 2
    assert "--lines must be 1 to 64" in capsys.readouterr().err and not engine.requests


def test_standard_input(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SOURCE.encode())))
    assert main(["complete", "-:2:12", "--language", "python"]) == 0
    assert capsys.readouterr().out == "a + b\n"


def test_standard_input_needs_a_language(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["complete", "-:2:12"]) == 2
    assert "--language" in capsys.readouterr().err


def test_a_model_that_does_not_start_is_no_traceback(
    file: str, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.error = "The model file x.gguf is incomplete."
    engine.set_status(EngineStatus(EngineState.FAILED, engine.error))
    assert main(["complete", f"{file}:2:12"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("foretoken complete: The model file x.gguf is incomplete.") and "doctor" in shown
    assert engine.closed


@pytest.mark.parametrize("command", ["complete", "prompt"])
@pytest.mark.parametrize(
    "place, message, code",
    [
        ("{file}:9:1", "has 6 lines; there is no line 9", 1),
        ("{file}:2:99", "has 11 characters; the last column is 12, not 99", 1),
        ("{file}:0:1", "lines and columns count from 1", 2),
        ("{file}:2", "is not FILE:LINE:COL", 2),
        ("{file}", "is not FILE:LINE:COL", 2),
        ("{file}:x:1", "is not FILE:LINE:COL", 2),
        (":1:1", "is not FILE:LINE:COL", 2),
        ("nix.py:1:1", "nix.py: No such file", 1),
    ],
)
def test_a_wrong_place_is_named(
    command: str, place: str, message: str, code: int, file: str, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, place.replace("{file}", file)]) == code
    shown = capsys.readouterr().err
    assert message in shown and shown.startswith(f"foretoken {command}: ") and "Traceback" not in shown
    assert not engine.requests


@pytest.mark.parametrize("data, message", [(b"\xff\xfe\x00", "is not UTF-8 text"), (b"a\0b", "is a binary file")])
def test_what_is_no_text_is_named(
    data: bytes, message: str, tmp_path: Path, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.py"
    path.write_bytes(data)
    assert main(["complete", f"{path}:1:1"]) == 1
    assert message in capsys.readouterr().err


def test_a_folder_is_named(tmp_path: Path, engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["complete", f"{tmp_path}:1:1"]) == 1
    assert str(tmp_path) in capsys.readouterr().err


def test_a_windows_path_keeps_its_drive() -> None:
    assert parse_location(r"C:\src\a.py:12:5") == Location(r"C:\src\a.py", 12, 5)


def test_columns_are_characters_and_only_line_ends_end_lines() -> None:
    text = "a😀b\x0c\u2028c\nd"
    assert offset_in(text, Location("f", 1, 7)) == 6
    assert offset_in(text, Location("f", 2, 2)) == 8


def test_other_line_ends_are_read_as_one(tmp_path: Path, engine: FakeEngine) -> None:
    path = tmp_path / "dos.py"
    path.write_bytes(SOURCE.replace("\n", "\r\n").encode())
    assert main(["complete", f"{path}:2:12"]) == 0
    assert "\r" not in symbolic(asked(engine).prompt)


def test_the_prompt_with_a_number_of_tokens_needs_no_model(
    file: str, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prompt", f"{file}:2:12", "--tokens", "500"]) == 0
    shown = capsys.readouterr()
    parts = ("⟨FIM_PREFIX⟩def add", "⟨FIM_SUFFIX⟩", "⟨FIM_MIDDLE⟩    return \n")
    places = [shown.out.index(part) for part in parts]
    assert places == sorted(places)
    assert shown.err == "made for 500 model tokens, not counted\n"
    assert not engine.closed  # it was never opened


def test_the_prompt_is_the_one_that_the_model_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that wants short prompts is shown getting one, and its tokens are counted."""
    path = tmp_path / "long.py"
    path.write_text("".join(f"value_{number} = {number}\n" for number in range(2000)) + "x = \n")
    place = f"{path}:2001:5"
    engine = FakeEngine("1", info=replace(MODEL, name="small", n_prompt=300))
    monkeypatch.setattr("foretoken.app.open_engine", lambda settings: engine)
    assert main(["prompt", place]) == 0
    shown = capsys.readouterr()
    assert engine.requests == [] and engine.closed
    main(["complete", place])
    capsys.readouterr()
    assert shown.out == symbolic(asked(engine).prompt) + "\n"
    pieces = asked(engine).prompt
    count = sum(len(piece.text) if isinstance(piece, Text) else 1 for piece in pieces)  # the fake counts characters
    assert shown.err == f"{count} model tokens of small\n" and count < 1200


def test_the_prompt_says_that_the_model_would_not_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = FakeEngine(info=replace(MODEL, languages=("python",)))
    monkeypatch.setattr("foretoken.app.open_engine", lambda settings: engine)
    (tmp_path / "a.go").write_text("package a\n")
    assert main(["prompt", f"{tmp_path / 'a.go'}:2:1"]) == 0
    assert "it is not asked here: fake knows only Python, this is Go" in capsys.readouterr().err


def test_the_prompt_without_a_model_that_starts_is_made_by_the_settings(
    file: str, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.error = "The model file x.gguf is incomplete."
    engine.set_status(EngineStatus(EngineState.FAILED, engine.error))
    assert main(["prompt", f"{file}:2:12"]) == 0
    shown = capsys.readouterr()
    assert "⟨FIM_MIDDLE⟩    return " in shown.out
    assert "by the settings alone: The model file x.gguf is incomplete." in shown.err


def test_the_workspaces_settings_need_no_git(
    tmp_path: Path, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".foretoken.toml").write_text("[inline]\nmax_lines = 3\nmax_line = 3\nautomatic = false\n")
    (tmp_path / "src").mkdir()
    path = tmp_path / "src" / "sums.py"
    path.write_text(SOURCE)
    assert main(["complete", f"{path}:2:12"]) == 0
    assert asked(engine).stop.max_lines == 3
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"settings: {tmp_path / '.foretoken.toml'}: unknown setting 'inline.max_line'")
    assert lines[-1] == "not shown while typing: inline.automatic is false" and len(lines) == 3


@pytest.mark.parametrize("marker", [".foretoken.toml", ".git", "pyproject.toml", "setup.py"])
def test_a_workspace_is_found_by_its_markers(tmp_path: Path, marker: str) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (tmp_path / "a" / marker).touch()
    assert workspace_of(folder / "x.py") == tmp_path / "a"


def test_the_repository_is_the_workspace_of_a_package_inside_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "pyproject.toml").touch()
    assert workspace_of(tmp_path / "a" / "x.py") == tmp_path


class InterruptedEngine(FakeEngine):
    """Ctrl-C arrives while its model is loading."""

    async def ready(self) -> ModelInfo:
        self.stopped = asyncio.Event()
        signal.raise_signal(signal.SIGINT)
        await self.stopped.wait()
        raise EngineUnavailable("The model process was stopped.")

    async def close(self) -> None:
        self.stopped.set()
        await super().close()
        await asyncio.sleep(0)  # a real one waits for its process


@pytest.mark.parametrize("command", ["complete", "prompt"])
def test_ctrl_c_while_the_model_is_loading_is_one_word(
    command: str,
    file: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = InterruptedEngine()
    monkeypatch.setattr("foretoken.app.open_engine", lambda settings: engine)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell runs in the background
    try:
        assert main([command, f"{file}:2:12"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "stopped\n")
    gc.collect()  # where a task says that nobody took its exception
    assert engine.closed and caplog.messages == []


def test_a_model_error_is_said_once(file: str, foretoken: Run, home: Path) -> None:
    config = home / "xdg_config_home" / "foretoken"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("[model]\npath = 'nowhere.gguf'\n")
    done = foretoken("complete", f"{file}:2:12")
    assert done.returncode == 1 and done.stderr.count("nowhere.gguf") == 1, done.stderr


def test_a_terminal_that_lacks_a_character_is_no_error(
    file: str, foretoken: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = foretoken("prompt", f"{file}:2:12", "--tokens", "500")
    assert done.returncode == 0 and "\\u27e8FIM_PREFIX\\u27e9def add" in done.stdout
