"""Two values of Git's configuration, read from its files.

Git itself is not asked: a repository's own configuration can name programs that git then runs
(``core.fsmonitor``, ``core.pager``), and the repository may be a stranger's.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from foretoken.trust.ignore_file import names_host, read_bounded

_MAX_DEPTH = 10  # of files that include each other: Git's own
_MAX_FILES = 32  # that are read at all: a file may name many others, and each of them again
_MAX_BYTES = 1 << 20  # of all of them together
_SECTION = re.compile(r'\[\s*([-.\w]+)(?:\s+"((?:[^"\\\n]|\\.)*)")?\s*\]')
_KEY = re.compile(r"([A-Za-z][-A-Za-z0-9]*)[ \t]*(=)?[ \t]*")
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b"}
_TRUE = {"", "true", "yes", "on", "1"}


@dataclass(frozen=True, slots=True)
class GitConfig:
    """excludes_file: ``core.excludesFile`` as written, None where it is not set. ignore_case: ``core.ignoreCase``.
    bare: ``core.bare``."""

    excludes_file: str | None = None
    ignore_case: bool = False
    bare: bool = False


def git_config(git_folder: Path | None, environment: Mapping[str, str] = os.environ) -> GitConfig:
    """The configuration that holds for a repository, or for no repository. The later file wins, as in Git: the
    system's, the user's two, the repository's. ``include.path`` is followed, ``includeIf`` is not."""
    reading = _Reading(environment)
    for path in _files(git_folder, environment):
        reading.read(path)
    values = reading.values
    return GitConfig(
        excludes_file=values.get("core.excludesfile") or None,
        ignore_case=values.get("core.ignorecase", "false").lower() in _TRUE,
        bare=values.get("core.bare", "false").lower() in _TRUE,
    )


def global_excludes(config: GitConfig, top: Path, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file of ignore rules for all repositories. top: what a relative path is relative to."""
    if config.excludes_file is not None:
        return _expanded(config.excludes_file, top, environment)
    folder = _xdg(environment)
    return None if folder is None else folder / "ignore"


def _files(git_folder: Path | None, environment: Mapping[str, str]) -> Iterator[Path]:
    if environment.get("GIT_CONFIG_NOSYSTEM", "false").lower() not in _TRUE:
        yield Path(environment.get("GIT_CONFIG_SYSTEM") or "/etc/gitconfig")
    named = environment.get("GIT_CONFIG_GLOBAL")
    if named is not None:
        if named:
            yield Path(named)
    else:
        folder = _xdg(environment)
        if folder is not None:
            yield folder / "config"
        home = _home(environment)
        if home is not None:
            yield home / ".gitconfig"
    if git_folder is not None:
        yield git_folder / "config"


def _home(environment: Mapping[str, str]) -> Path | None:
    home = environment.get("HOME") or environment.get("USERPROFILE")
    return Path(home) if home else None


def _xdg(environment: Mapping[str, str]) -> Path | None:
    if folder := environment.get("XDG_CONFIG_HOME"):
        return Path(folder) / "git"
    home = _home(environment)
    return None if home is None else home / ".config" / "git"


def _expanded(path: str, base: Path, environment: Mapping[str, str]) -> Path | None:
    """What a path in a file of configuration leads to; None when that is nowhere that is gone to."""
    if names_host(path):
        return None
    if path == "~" or path.startswith("~/"):
        home = _home(environment)
        return None if home is None else home / path[2:]
    return Path(os.path.expanduser(path)) if path.startswith("~") else base / path


class _Reading:
    """What the files say that were read, each with what it includes, within bounds for all of them together."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.values: dict[str, str] = {}
        self._environment = environment
        self._files = _MAX_FILES
        self._bytes = _MAX_BYTES
        self._under_way: list[str] = []

    def read(self, path: Path) -> None:
        real = os.path.realpath(path)
        if real in self._under_way or len(self._under_way) > _MAX_DEPTH or not self._files:
            return
        self._files -= 1
        data = read_bounded(path, follow=True)
        if data is None:
            return
        data = data[: self._bytes]
        self._bytes -= len(data)
        self._under_way.append(real)
        for name, value in parse_config(data.decode("utf-8-sig", "replace")):
            if name == "include.path":
                included = _expanded(value, path.parent, self._environment)
                if included is not None:
                    self.read(included)
            else:
                self.values[name] = value
        self._under_way.pop()


def parse_config(text: str) -> Iterator[tuple[str, str]]:
    """(``section.key`` in lower case, value) for each line; a key without a value is true. What is malformed is left
    out, with its line."""
    section = ""
    for line in _joined(text):
        line = line.strip()
        match = _SECTION.match(line)
        if match is not None:
            section = match[1].lower() + (f".{match[2]}" if match[2] is not None else "")
            line = line[match.end() :].strip()
        match = _KEY.match(line)
        if match is None or not section:
            continue
        yield f"{section}.{match[1].lower()}", _value(line[match.end() :]) if match[2] else "true"


def _joined(text: str) -> Iterator[str]:
    """The lines, with those that a backslash continues put together."""
    pieces: list[str] = []
    comment = False
    for line in text.replace("\r\n", "\n").split("\n"):
        if not pieces:
            comment = line.lstrip().startswith(("#", ";"))
        stripped = line.rstrip("\\")
        if (len(line) - len(stripped)) % 2 and not comment:
            pieces.append(line[:-1])
            continue
        yield "".join(pieces) + line
        pieces = []
    yield "".join(pieces)


def _value(text: str) -> str:
    """A value without quotes, escapes and comment; white space at its end counts inside quotes alone."""
    out: list[str] = []
    quoted, keep, at = False, 0, 0
    while at < len(text):
        ch = text[at]
        at += 1
        if ch == '"':
            quoted = not quoted
        elif ch in "#;" and not quoted:
            break
        elif ch == "\\" and at < len(text):
            out.append(_ESCAPES.get(text[at], text[at]))
            at += 1
        else:
            out.append(ch)
            if ch in " \t" and not quoted:
                continue
        keep = len(out)
    return "".join(out[:keep])
