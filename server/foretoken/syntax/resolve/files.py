"""Files: what resolving asks of whoever knows the workspace.

Paths are POSIX and relative to the workspace folder, which itself is "". Only files that may be read are known: what is
ignored, or lies outside, does not exist here. Each call must be cheap (a lookup in memory; ``imports`` and ``defines``
may ask a database): a hundred thousand imports are resolved in one go.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol, TypeVar

from foretoken.syntax.facts import Import

Value = TypeVar("Value")

# What is worked out once (source roots, configuration, where a package lies) and kept in ``Files.memory``.
MOST_REMEMBERED = 50_000
_CONFIGURATION = frozenset(
    {
        "pyproject.toml", "setup.cfg", "setup.py", "pytest.ini", "pyrightconfig.json", "jsconfig.json", "package.json",
        "pnpm-workspace.yaml", "go.mod", "go.work", "Cargo.toml", "composer.json", "compile_commands.json",
        "compile_flags.txt",
    }
)  # fmt: skip


class Files(Protocol):
    """The files of one workspace folder, and the facts of each that resolving needs.

    memory: what the resolvers remember of these files. The owner makes it an empty dict, and empties it when a file
    came or went, or when one changed for which ``is_configuration`` is true.
    """

    @property
    def memory(self) -> dict[Hashable, Any]: ...

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        ...

    def has_folder(self, folder: str) -> bool:
        """Whether there is a file somewhere below this folder."""
        ...

    def under(self, folder: str) -> Sequence[str]:
        """The files directly in this folder."""
        ...

    def within(self, folder: str) -> Sequence[str]:
        """The files below this folder, at any depth."""
        ...

    def ending(self, suffix: str) -> Sequence[str]:
        """The files whose path is ``suffix``, or ends with "/" and ``suffix``."""
        ...

    def named(self, name: str) -> Sequence[str]:
        """The files with this base name."""
        ...

    def in_package(self, name: str) -> Sequence[str]:
        """The files whose own package clause (an Import of kind "package") says ``name``."""
        ...

    def text(self, path: str) -> str | None:
        """The text of a small configuration file; None where it cannot be read or is too large."""
        ...

    def imports(self, path: str) -> Sequence[Import]:
        """The imports of this file, its own package clause included; empty while it is not analysed."""
        ...

    def defines(self, path: str, name: str) -> bool:
        """Whether this file defines ``name``, at its top or as a member of what it defines."""
        ...


def is_configuration(path: str) -> bool:
    """Whether a change of this file's content can change how imports resolve."""
    name = path.rpartition("/")[2]
    return name in _CONFIGURATION or (name.startswith("tsconfig") and name.endswith(".json"))


def remembered(files: Files, key: Hashable, make: Callable[[], Value]) -> Value:
    """``make()``, kept in ``files.memory`` under ``key``; all is forgotten when there is too much of it."""
    memory = files.memory
    found = memory.get(key, memory)  # the dict itself stands for "not there": it is never a value
    if found is memory:
        if len(memory) >= MOST_REMEMBERED:
            memory.clear()
        found = memory[key] = make()
    return found
