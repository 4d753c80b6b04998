"""The command line itself: help, exit codes, errors without a traceback, and what is imported when."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from foretoken import __version__
from foretoken.__main__ import COMMANDS, main
from foretoken.cli.settings_reference import settings_reference


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_with_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    shown = capsys.readouterr().out
    assert left.value.code == 0
    assert shown.startswith(f"usage: foretoken {command}")
    assert f"examples:\n  foretoken {command}" in shown


def test_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    shown = capsys.readouterr().out
    assert left.value.code == 0
    assert all(f"\n  {command} " in shown for command in COMMANDS)


def test_no_command_shows_the_help_and_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "commands:" in capsys.readouterr().out


def test_an_unknown_command_is_named_with_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["docter"])
    assert left.value.code == 2
    assert "unknown command 'docter'; did you mean doctor?" in capsys.readouterr().err


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0 and capsys.readouterr().out == f"foretoken {__version__}\n"


def test_serve_without_stdio_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve"]) == 2
    assert "--stdio" in capsys.readouterr().err


def test_serve_hands_the_editors_process_id_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr("foretoken.app.serve", lambda client_process_id: seen.append(client_process_id) or 7)
    assert main(["serve", "--stdio", "--clientProcessId=42"]) == 7
    assert main(["serve", "--clientProcessId", "43", "--stdio"]) == 7
    assert main(["serve", "--stdio"]) == 7
    assert seen == [42, 43, None]


@pytest.mark.parametrize("terminal", [True, False])
def test_serve_says_in_a_terminal_that_it_waits(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("foretoken.app.serve", lambda client_process_id: 0)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setattr("sys.stdin.isatty", lambda: terminal, raising=False)
    main(["serve", "--stdio"])
    shown = capsys.readouterr()
    assert shown.out == "" and len(shown.err.splitlines()) == terminal


def test_ctrl_c_while_a_command_is_imported_is_one_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("importlib.import_module", interrupted)
    assert main(["demo"]) == 130
    assert capsys.readouterr().err == "stopped\n"


def test_the_way_to_serve_imports_nothing_heavy() -> None:
    """The model process must be started before anything slow is imported."""
    code = (
        "import sys, foretoken.cli.serve, foretoken.__main__, foretoken.app\n"
        "heavy = {'pygls', 'lsprotocol', 'pydantic', 'rich', 'numpy', 'asyncio', 'aiohttp', 'llama_cpp'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown == "[]\n"


def test_settings_prints_values_and_where_they_come_from(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    file = workspace / ".foretoken.toml"
    file.write_text("[inline]\nmax_lines = 3\n")
    assert main(["settings", "--workspace", str(workspace)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split() == ["inline.max_lines", "=", "3", str(file)] for line in lines)
    assert "inline.max_tokens = 96" in lines


def test_settings_names_problems_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".foretoken.toml").write_text("[inline]\nmax_line = 3\n")
    assert main(["settings", "--workspace", str(tmp_path)]) == 1
    assert "did you mean inline.max_lines?" in capsys.readouterr().err


def test_settings_of_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings", "--workspace", str(tmp_path / "nix")]) == 1
    assert "is not a folder" in capsys.readouterr().err


def test_settings_prints_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings", "--reference"]) == 0
    assert capsys.readouterr().out == settings_reference()


def test_a_reader_that_leaves_is_no_error() -> None:
    code = "import sys; from foretoken.__main__ import main; sys.exit(main(['settings', '--reference']))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.stderr.read() == b"" and process.wait(30) == 0
    process.stderr.close()


def run_with(streams: str, *args: str) -> "subprocess.CompletedProcess[bytes]":
    """The command with its streams as a shell sets them."""
    command = ["sh", "-c", f'exec "$@" {streams}', "sh", sys.executable, "-m", "foretoken", *args]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, timeout=60)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written_is_one_line_and_a_failure(
    unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-m", "foretoken", "settings", "--reference"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": unbuffered}, timeout=60
        )
    assert done.returncode == 1
    assert done.stderr == b"foretoken settings: standard output cannot be written: No space left on device\n"
    for help_of in (["--help"], ["index", "--help"]):
        done = run_with("> /dev/full", *help_of)
        assert done.returncode == 1 and done.stderr.count(b"\n") == 1 and b"No space left" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no POSIX shell")
def test_closed_streams() -> None:
    for command in (["settings"], ["--help"], ["serve", "--stdio"]):
        done = run_with(">&-", *command)
        assert done.returncode == 1
        assert done.stderr.endswith(b"standard output cannot be written: it is closed\n")
        assert done.stderr.count(b"\n") == 1
    assert run_with("2>&-", "settings").returncode == 0
    done = run_with("2>&-", "settings", "--workspace", "/nothing/here")
    assert (done.returncode, done.stdout) == (1, b"")
    assert run_with("<&-", "symbols", "-", "--language", "python").returncode == 0


def test_an_error_of_another_kind_is_not_said_to_be_of_the_output(monkeypatch: pytest.MonkeyPatch) -> None:
    def defect(name: str) -> None:
        raise PermissionError(13, "Permission denied", "somewhere")

    monkeypatch.setattr("importlib.import_module", defect)
    with pytest.raises(PermissionError):
        main(["demo"])
