"""One ignore file: its rules, and which of them speaks last about a path.

Parsing and meaning are Git's (``gitignore(5)``). Most rules are a plain name, ``*.ext`` or a plain path; those are
looked up, and only the others are matched, all in one expression, so that a rule costs next to nothing per file.
"""

import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from foretoken.trust.wildmatch import NeverMatches, as_bytes_text, literal, path_regex

# Bounds for a file that anybody may have written; GitHub's largest template has 400 rules, 100 of them with wildcards
# that must be matched. A thousand of those cost 2 ms a file.
MAX_BYTES = 1 << 20
MAX_RULES = 10_000
MAX_GLOBS = 1_000
MAX_PATTERN = 1_000  # characters
MAX_EXPRESSION = 64_000  # characters of all expressions together; those of the largest template have 3,000
_TOGETHER = 500  # alternatives in one expression
_MARK = "\ufeff".encode()
_WINDOWS = os.name == "nt"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an ignore file. source: the file as people know it. line: from 1. text: as written."""

    source: str
    line: int
    text: str
    negated: bool

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.text}"


class RuleTable:
    """The rules of one file. Build it with ``parse``."""

    __slots__ = ("rules", "dropped", "_ignore_case", "_for_files", "_for_folders")

    def __init__(self, ignore_case: bool) -> None:
        self.rules: list[Rule] = []
        self.dropped = 0  # rules beyond the bounds
        self._ignore_case = ignore_case
        self._for_files = _Lookup()
        self._for_folders = _Lookup()

    @classmethod
    def parse(cls, data: bytes, source: str, ignore_case: bool = False) -> "RuleTable":
        """data: the file's bytes, in whatever encoding. ignore_case: Git's ``core.ignoreCase``."""
        table = cls(ignore_case)
        for number, line in enumerate(data.removeprefix(_MARK).split(b"\n"), 1):
            if not line.strip() or line.startswith(b"#"):
                continue
            if len(table.rules) >= MAX_RULES or len(line) > MAX_PATTERN or not table._add(line, source, number):
                table.dropped += 1
        table._for_files.close()
        table._for_folders.close()
        return table

    def __bool__(self) -> bool:
        return bool(self.rules)

    def last_match(self, path: str, name: str, is_folder: bool) -> Rule | None:
        """The last rule that matches. path: relative to the ignore file's folder; name: its last part."""
        if not path.isascii() or self._ignore_case:
            path, name = self._spelled(path), self._spelled(name)
        found = (self._for_folders if is_folder else self._for_files).last(path, name)
        return self.rules[found] if found >= 0 else None

    def _spelled(self, text: str) -> str:
        text = as_bytes_text(text)
        return text.encode("latin-1").lower().decode("latin-1") if self._ignore_case else text

    def _add(self, line: bytes, source: str, number: int) -> bool:
        """False when there is no room for the rule."""
        shown = line.strip().decode("utf-8", "replace")
        pattern = _trimmed(line.removesuffix(b"\r").partition(b"\0")[0].decode("latin-1"))
        negated = pattern.startswith("!")
        pattern = pattern[negated:]
        folders_only = pattern.endswith("/")
        pattern = pattern[: len(pattern) - folders_only]
        by_name = "/" not in pattern
        pattern = pattern.removeprefix("/")
        if not pattern:
            return True
        if self._ignore_case:
            pattern = pattern.encode("latin-1").lower().decode("latin-1").replace("[:upper:]", "[:alpha:]")
        index = len(self.rules)
        if not self._for_folders.add(pattern, by_name, index):
            return False
        if not folders_only:
            self._for_files.add(pattern, by_name, index)
        self.rules.append(Rule(source, number, shown, negated))
        return True


class _Lookup:
    """Pattern -> index of the last rule with it. A larger index is a later rule and wins."""

    __slots__ = ("names", "suffixes", "paths", "name_globs", "path_globs", "_name_parts", "_path_parts", "_room")

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.suffixes: dict[str, int] = {}  # ".py" -> rule "*.py"; the suffix holds one dot, at its start
        self.paths: dict[str, int] = {}
        self.name_globs: list[tuple[Callable[[str], re.Match[str] | None], list[int]]] = []
        self.path_globs: list[tuple[Callable[[str], re.Match[str] | None], list[int]]] = []
        self._name_parts: list[tuple[int, str]] = []
        self._path_parts: list[tuple[int, str]] = []
        self._room = MAX_EXPRESSION

    def add(self, pattern: str, by_name: bool, index: int) -> bool:
        """False when there are too many rules that need matching."""
        if literal(pattern):
            (self.names if by_name else self.paths)[pattern] = index
        elif by_name and pattern.startswith("*.") and literal(pattern[1:]) and "." not in pattern[2:]:
            self.suffixes[pattern[1:]] = index
        else:
            if not self._room or len(self._name_parts) + len(self._path_parts) >= MAX_GLOBS:
                return False
            try:
                part = path_regex(pattern)
            except NeverMatches:
                return True
            if len(part) > self._room:
                self._room = 0  # none of the later ones is even translated
                return False
            self._room -= len(part)
            (self._name_parts if by_name else self._path_parts).append((index, part))
        return True

    def close(self) -> None:
        self.name_globs, self.path_globs = _together(self._name_parts), _together(self._path_parts)
        self._name_parts, self._path_parts = [], []

    def last(self, path: str, name: str) -> int:
        best = self.names.get(name, -1)
        if self.suffixes:
            dot = name.rfind(".")
            if dot >= 0 and (found := self.suffixes.get(name[dot:], -1)) > best:
                best = found
        if self.paths and (found := self.paths.get(path, -1)) > best:
            best = found
        if self.name_globs:
            best = _last_glob(self.name_globs, name, best)
        if self.path_globs:
            best = _last_glob(self.path_globs, path, best)
        return best


def _last_glob(globs: list[tuple[Callable[[str], re.Match[str] | None], list[int]]], subject: str, best: int) -> int:
    for fullmatch, indexes in globs:
        if indexes[0] < best:
            break  # the lists go from the last rule to the first
        match = fullmatch(subject)
        if match is not None:
            return max(best, indexes[match.lastindex - 1])
    return best


def _together(parts: list[tuple[int, str]]) -> list[tuple[Callable[[str], re.Match[str] | None], list[int]]]:
    """Expressions of many alternatives, later rules first, each with the indexes of its groups."""
    parts = parts[::-1]
    expressions = []
    for at in range(0, len(parts), _TOGETHER):
        some = parts[at : at + _TOGETHER]
        whole = re.compile("|".join(f"({part})" for _, part in some), re.DOTALL)
        expressions.append((whole.fullmatch, [index for index, _ in some]))
    return expressions


def _trimmed(line: str) -> str:
    """The line without its trailing spaces; a space behind a backslash stays."""
    end = len(line.rstrip(" "))
    if end == len(line):
        return line
    backslashes = end - len(line[:end].rstrip("\\"))
    return line[: end + 1] if backslashes % 2 else line[:end]


def names_host(path: str) -> bool:
    """Whether a path that a file names leads, on Windows, to another computer: to look there tells it who asks."""
    return _WINDOWS and path.replace("\\", "/").startswith(("//", "/??/"))


def read_bounded(path: str | Path, follow: bool) -> bytes | None:
    """At most MAX_BYTES of a regular file, or None where there is none that can be read.

    follow: whether a symbolic link is followed. Git follows none to an ignore file inside a working tree.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    if not follow:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    try:
        if not follow and not hasattr(os, "O_NOFOLLOW") and os.path.islink(path):
            return None
        descriptor = os.open(path, flags)
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        pieces, room = [], MAX_BYTES
        while room > 0 and (piece := os.read(descriptor, room)):
            pieces.append(piece)
            room -= len(piece)
        data = b"".join(pieces)
        return data if room > 0 else data[: data.rfind(b"\n") + 1]  # no half of a line is taken for a rule
    except OSError:
        return None
    finally:
        os.close(descriptor)
