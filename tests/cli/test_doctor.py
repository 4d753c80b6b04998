"""The doctor: what it finds, how it ends, and what a bug report leaves out."""

import getpass
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from foretoken.cli import check_surroundings, doctor
from foretoken.cli.bug_report import bug_report, redact, worst
from foretoken.cli.check import Check, State, count_text, size_text
from foretoken.cli.check_installation import _features, check_installation
from foretoken.cli.check_model import check_model
from foretoken.logs import log_folder
from foretoken.session.settings import ModelSettings, Settings
from foretoken.session.settings_sources import SettingsSources
from planted_documents import DOCUMENTS
from planted_secrets import planted

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SECRET = "ghp_0123456789abcdef"


def states(checks: list[Check]) -> dict[str, State]:
    return {check.name: check.state for check in checks}


@pytest.mark.model
def test_everything_works_here(foretoken: Run) -> None:
    done = foretoken("doctor", "--json")
    answer = json.loads(done.stdout)
    found = states([Check(**check) for check in answer["checks"]])
    assert done.returncode == 0, done.stdout
    assert found["llama.cpp"] == found["runtime"] == found["tokenizer"] == found["answers"] == "ok"
    assert found["libraries"] == "ok" and "fail" not in found.values()


@pytest.mark.model
def test_a_report_leaves_out_secrets_source_and_who_you_are(
    foretoken: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = home / "xdg_config_home" / "foretoken"
    config.mkdir(parents=True)
    models = home / "projects" / "secret-customer"
    models.mkdir(parents=True)
    shipped = Path(doctor.__file__).parents[1] / "models" / "shipped" / "foretoken-starter.gguf"
    model = models / "tiny.gguf"
    model.write_bytes(shipped.read_bytes())
    (config / "config.toml").write_text(
        f"[model]\npath = '{model}'\n[inline]\nmax_lines = '{SECRET}'\npassword_{SECRET} = 1\n", encoding="utf-8"
    )
    logs = home / "xdg_state_home" / "foretoken" / "log"
    logs.mkdir(parents=True)
    (logs / "server-1.log").write_text(
        "2026-01-01 10:00:00,000 ERROR foretoken.lsp.wrapper: def source_of_the_user(): pass\n"
        "Traceback (most recent call last):\n  x = source_of_the_user\n"
    )
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    monkeypatch.setenv("LANG", f"C.{SECRET}")  # even where it hides in a variable that is shown
    monkeypatch.setenv("DATABASE_URL", "postgres://me:hunter2@db")
    monkeypatch.setenv("PYTHONUTF8", "1")
    workspace = tmp_path / "customer-workspace"
    workspace.mkdir()

    done = foretoken("doctor", "--workspace", str(workspace), "--report", str(tmp_path / "report.md"))

    page = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert str(tmp_path / "report.md") in done.stderr
    for private in (SECRET, "hunter2", "source_of_the_user", str(home), str(tmp_path), "secret-customer", "customer-w"):
        assert private not in page, private
    assert "2026-01-01 10:00:00,000 ERROR foretoken.lsp.wrapper" in page
    assert "<models>/tiny.gguf" in page and "PYTHONUTF8=1" in page and "| runtime | ok |" in page
    assert "unknown setting '...'" in page and "inline.max_lines: expected a whole number" in page


def test_a_report_can_be_printed_or_named_by_the_doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    _without_slow_checks(monkeypatch)
    assert run("--report", "-") == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("# Foretoken bug report") and list(tmp_path.glob("*.md")) == []
    assert run("--report") == 0
    (report,) = tmp_path.glob("foretoken-report-*.md")
    assert str(report) in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _without_slow_checks(monkeypatch)
    assert run("--report", str(tmp_path / "nix" / "report.md")) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_what_is_broken_is_said_with_what_to_do_and_the_exit_code_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _without_slow_checks(monkeypatch, Check("model", "file", State.FAIL, "it is gone", "Bring it back."))
    assert run() == 1
    shown = capsys.readouterr().out
    assert "it is gone" in shown and "-> Bring it back." in shown and "1 thing is broken" in shown


def test_the_last_sentence_counts_as_a_person_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "check_command", lambda: iter(()))
    for checks, sentence in (
        ([State.OK], "Everything works."),
        ([State.WARN], "It works; 1 thing to look at, marked warn."),
        ([State.WARN, State.WARN], "It works; 2 things to look at, marked warn."),
        ([State.FAIL, State.FAIL, State.WARN], "2 things are broken, marked fail."),
    ):
        _without_slow_checks(monkeypatch, *(Check("model", "file", state, "x") for state in checks))
        run()
        assert capsys.readouterr().out.endswith(f"\n\n{sentence}\n")


def test_what_is_right_gets_no_advice(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    states = (State.OK, State.INFO, State.WARN, State.FAIL)
    _without_slow_checks(monkeypatch, *(Check("model", state, state, "x", "Do it.") for state in states))
    run("--json")
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert [bool(check["advice"]) for check in checks if check["group"] == "model"] == [False, False, True, True]


def test_in_a_pipe_a_check_is_one_line_without_trailing_blanks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    value = "a long value " * 20 + "end"
    _without_slow_checks(monkeypatch, Check("model", "file", State.WARN, value, "advice " * 30 + "end"))
    run()
    lines = capsys.readouterr().out.splitlines()
    assert f"  warn  file               {value}" in lines
    assert [line for line in lines if line != line.rstrip()] == []


def test_with_a_report_only_the_summary_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _without_slow_checks(monkeypatch, Check("model", "file", State.FAIL, "it is gone", "Bring it back."))
    run("--report", str(tmp_path / "report.md"))
    assert capsys.readouterr().out == "1 thing is broken, marked fail.\n"
    assert "it is gone" in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_more_threads_than_cores_are_a_warning(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_surroundings, "usable_cores", lambda: 4)
    sources = SettingsSources(home / "config.toml")
    sources.load(None, None)

    def found(threads: int) -> dict[str, State]:
        settings = Settings(model=ModelSettings(threads=threads))
        return states(list(check_surroundings.check_settings(settings, sources, [])))

    assert found(5)["threads"] is State.WARN
    assert "threads" not in found(4) and "threads" not in found(0)


def test_a_command_that_is_not_on_the_path_is_named_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "foretoken.exe" if sys.platform == "win32" else "foretoken"
    program = tmp_path / "bin" / name
    program.parent.mkdir()
    program.touch(0o755)
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(program.parent))
    monkeypatch.setenv("PATH", str(tmp_path))
    (check,) = check_surroundings.check_command()
    assert check.state is State.WARN and str(program) in check.advice and check.advice.count(str(program.parent)) == 2
    monkeypatch.setenv("PATH", str(program.parent))
    (check,) = check_surroundings.check_command()
    assert check.state is State.OK and str(program) in check.value


@pytest.mark.parametrize("data, message", [(None, "does not exist"), (b"hello, I am a text", "is not a GGUF file")])
def test_a_wrong_model_file_is_named(data: bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    if data is not None:
        path.write_bytes(data)
    (check,) = check_model(Settings(model=ModelSettings(path=str(path))))
    assert check.state is State.FAIL and message in check.value and str(path) in check.value and check.advice


@pytest.mark.model
def test_a_truncated_model_file_is_a_failure_that_says_so(tmp_path: Path) -> None:
    shipped = Path(doctor.__file__).parents[1] / "models" / "shipped" / "foretoken-starter.gguf"
    path = tmp_path / "model.gguf"
    path.write_bytes(shipped.read_bytes()[:-100_000])
    checks = list(check_model(Settings(model=ModelSettings(path=str(path)))))
    assert worst(checks) is State.FAIL
    failed = next(check for check in checks if check.state is State.FAIL)
    assert failed.name == "runtime" and "model.gguf" in failed.value and failed.advice


def test_a_missing_library_and_a_different_version_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["absent-library==1.0", "pygls==0.0.1", "other==1; sys_platform == 'nowhere'"]
    monkeypatch.setattr("foretoken.cli.check_installation.metadata.requires", lambda name: wanted)
    checks = {check.name: check for check in check_installation()}
    assert checks["absent-library"].state is State.FAIL
    assert checks["absent-library"].advice == "pip install absent-library==1.0"
    assert checks["pygls"].state is State.WARN and "0.0.1" in checks["pygls"].advice
    assert "other" not in checks


def test_a_llama_cpp_that_dies_is_a_failure_not_the_doctors_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foretoken.cli.check_installation._ASK_LLAMA_CPP", "import os; os.abort()")
    check = next(check for check in check_installation() if check.name == "llama.cpp")
    assert check.state is State.FAIL and "exit code" in check.value


def test_what_the_build_can_do_is_read_from_its_own_words() -> None:
    assert (
        _features("CPU : SSE3 = 1 | AVX = 1 | AVX512 = 0 | CUDA : ARCHS = 890 | F16 = 1 | ")
        == "CPU, CUDA: SSE3, AVX, F16"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
@pytest.mark.parametrize(
    "command, says, state, words",
    [
        ("nvim", "NVIM v0.12.4", State.OK, "0.12.4: shows inline suggestions"),
        ("nvim", "NVIM v0.10.4", State.WARN, "need Neovim 0.12"),
        ("hx", "helix 25.07.1 (abc)", State.INFO, "25.07.1"),
        ("emacs", "no number", State.WARN, "does not tell its version"),
    ],
)
def test_editors_on_the_path(
    command: str, says: str, state: State, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / command
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    found = [check for check in check_surroundings.check_editors() if words in check.value]
    assert [check.state for check in found] == [state]


def test_no_editor_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (check,) = check_surroundings.check_editors()
    assert check.state is State.INFO


def test_the_logs_folder_is_named_with_its_size() -> None:
    folder = log_folder()
    folder.mkdir(parents=True)
    (folder / "server-1.log").write_bytes(b"x" * 3000)
    (check,) = check_surroundings.check_logs()
    assert check.value == f"{folder} (1 file, 2.9 KiB)"


def test_redaction_replaces_the_person_the_machine_and_secrets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "ann")
    monkeypatch.setattr("platform.node", lambda: "anns-box")
    environment = {"API_KEY": SECRET, "SHORT_KEY": "ab", "EDITOR": "vim"}
    text = f"{home}/a ann annual /media/ann/x anns-box {SECRET} ab vim"
    assert redact(text, environment, {}) == "~/a <user> annual /media/<user>/x <machine> <secret> ab vim"


def test_redaction_replaces_what_looks_like_a_secret() -> None:
    for each in (each for number, each in enumerate(planted(3)) if number % 10 == 0 or each.kind in DOCUMENTS):
        assert each.value not in redact(f"\n{each.text}\n", {}, {})
        assert each.value not in redact(f"| problem | WARN | {json.dumps(each.text)} |", {}, {})
    assert (
        redact("url = https://me:hunter2@example.org/v1", {}, {})
        == "url = https://me:SECRET_URL_PASSWORD_1@example.org/v1"
    )


def test_redaction_leaves_the_slashes_when_home_or_workspace_is_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/"))
    monkeypatch.setattr(getpass, "getuser", lambda: "ann")
    monkeypatch.setattr("platform.node", lambda: "anns-box")
    assert redact("/etc/x C:\\y", {}, {"/": "<workspace>", "C:\\": "<folder>"}) == "/etc/x C:\\y"


def test_redaction_knows_a_windows_path_as_toml_and_json_write_it() -> None:
    assert redact(r'path = "C:\\work\\x" or C:\work\x', {}, {r"C:\work": "<workspace>"}) == (
        r'path = "<workspace>\\x" or <workspace>\x'
    )


def test_only_listed_variables_are_shown() -> None:
    page = bug_report([], {"LANG": "C", "AWS_PROFILE": "customer", "TERM": "x" * 500}, [])
    assert "LANG=C" in page and "customer" not in page and "x" * 81 not in page


def test_numbers_are_written_as_a_person_would() -> None:
    assert [size_text(n) for n in (5, 2048, 5 * 2**20, 17 * 2**30)] == ["5 bytes", "2.0 KiB", "5.0 MiB", "17.0 GiB"]
    assert [count_text(n) for n in (7, 2_240_000, 27_000_000_000)] == ["7", "2.2 million", "27.0 billion"]


def _without_slow_checks(monkeypatch: pytest.MonkeyPatch, *checks: Check) -> None:
    monkeypatch.setattr(doctor, "check_installation", lambda: iter(()))
    monkeypatch.setattr(doctor, "check_model", lambda settings: iter(checks))
    monkeypatch.setattr(doctor, "check_editors", lambda: iter(()))


def run(*args: str) -> int:
    from foretoken.__main__ import main

    return main(["doctor", *args])
