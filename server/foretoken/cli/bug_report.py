"""The bug report: what the doctor found, in Markdown, without secrets, source text or who you are."""

import getpass
import os
import platform
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PureWindowsPath

from foretoken.cli.check import Check, State
from foretoken.session.settings import Settings
from foretoken.trust.secrets import redact as without_secrets

# Variables that change how the program runs, and whose values say nothing about the person.
ENVIRONMENT = (
    "LANG", "LC_ALL", "TERM", "COLORTERM", "TERM_PROGRAM", "PYTHONUTF8", "OMP_NUM_THREADS", "OMP_WAIT_POLICY",
    "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "GGML_NO_BACKTRACE",
)  # fmt: skip
_MAX_VALUE = 80
_SECRET_NAME = re.compile(r"TOKEN|KEY|SECRET|PASS|CREDENTIAL|AUTH|COOKIE", re.IGNORECASE)
_MIN_SECRET = 6
_LOG_RECORD = re.compile(r"^(\S+ \S+) (?:\d+ )?(WARNING|ERROR|CRITICAL) ([\w.]+):")
_MAX_RECORDS = 20

_HEAD = """# Foretoken bug report

**What happened, and what did you expect?**

(please write here)

**What must one do to see it?**

(please write here)

<!-- Made by `foretoken doctor --report`. It holds no source text, no log messages, no tokens and no environment but the
variables shown; home folder, user name, machine name and workspace are replaced. Please read it before you send it. -->
"""


def bug_report(checks: Iterable[Check], environment: Mapping[str, str], log_files: Iterable[Path]) -> str:
    """The page, not yet redacted: give it to ``redact``."""
    parts = [_HEAD]
    group = ""
    for check in checks:
        if check.group != group:
            group = check.group
            parts.append(f"\n## {group}\n\n| what | state | found |\n|---|---|---|")
        value = _without_values(check.value) if check.name == "problem" else check.value
        parts.append(f"| {check.name} | {check.state} | {value.replace('|', chr(92) + '|')} |")
    parts.append("\n## environment\n\n```")
    parts += [f"{name}={environment[name][:_MAX_VALUE]}" for name in ENVIRONMENT if name in environment]
    parts.append("```\n\n## newest warnings and errors in the logs (their text is left out)\n\n```")
    parts += _records(log_files) or ["none"]
    parts.append("```")
    return "\n".join(parts) + "\n"


def redact(text: str, environment: Mapping[str, str], private: Mapping[str, str]) -> str:
    """Replace what is private. private: text -> what stands for it, such as the workspace's folder.

    The values of environment variables whose name sounds like a secret are replaced wherever they occur, and so is what
    looks like a secret.
    """
    replaced = dict(private)
    for name, value in environment.items():
        if _SECRET_NAME.search(name) and len(value) >= _MIN_SECRET:
            replaced[value] = "<secret>"
    for home in {str(Path.home()), str(Path.home().resolve()), Path.home().as_posix()}:
        replaced.setdefault(home, "~")
    for secret in list(replaced):  # as TOML and JSON write a Windows path
        replaced.setdefault(secret.replace("\\", "\\\\"), replaced[secret])
    named = [secret for secret in replaced if PureWindowsPath(secret).name]  # a root alone is in every path
    for secret in sorted(named, key=len, reverse=True):
        text = text.replace(secret, replaced[secret])
    for word, stands_for in ((_user_name(), "<user>"), (platform.node(), "<machine>")):
        if word:
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", stands_for, text)
    return without_secrets(text).text


def private_places(settings: Settings, workspace: Path) -> dict[str, str]:
    """Places whose names may say what somebody works on; of the model's only the file name stays."""
    places = {str(workspace): "<workspace>", str(Path.cwd()): "<folder>"}
    if settings.model.path:
        configured = Path(settings.model.path)
        for path in (configured, configured.expanduser(), configured.expanduser().resolve()):
            places[str(path)] = f"<models>/{configured.name}"
    return places


def _without_values(problem: str) -> str:
    """A settings problem without what the user wrote."""
    return re.sub(r"(['\"]).*?\1", "'...'", problem.split(", found ")[0])


def _records(log_files: Iterable[Path]) -> list[str]:
    """Time, level and logger of the newest records; messages and tracebacks may quote anything, so they stay out."""
    found: list[str] = []
    for path in log_files:
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        found += [f"{match[1]} {match[2]} {match[3]}" for match in map(_LOG_RECORD.match, lines) if match]
    return sorted(found)[-_MAX_RECORDS:]


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return os.environ.get("USER", "")


def worst(checks: Iterable[Check]) -> State:
    """FAIL when anything failed, else WARN, else OK."""
    states = {check.state for check in checks}
    return next((state for state in (State.FAIL, State.WARN) if state in states), State.OK)
