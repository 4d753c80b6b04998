"""Workspaces in one string, for resolving: txtar file heads, and the facts of a file in a notation of all languages.

-- pkg/__init__.py --
= VERSION                              a definition
> .core {Engine, Wheel as Round}       an import of names; {*} is everything
> numpy as np                          an import of the module itself
> ./util {*} !reexport                 another kind
(other lines are text, for configuration files)
"""

import re
from collections.abc import Hashable, Sequence
from typing import Any

from foretoken.syntax.facts import Import, ImportedName
from foretoken.syntax.languages import language_for_path
from foretoken.syntax.resolve.path_table import PathTable
from foretoken.syntax.resolve.resolve import resolve, resolve_name

_HEAD = re.compile(r"^-- (.+) --$")
_IMPORT = re.compile(r"^(?P<module>.+?)(?: \{(?P<names>.*)\})?(?: as (?P<alias>[\w.]+))?(?: !(?P<kind>\w+))?$")


def wish(written: str) -> Import:
    """An Import from its notation, without the ">"."""
    match = _IMPORT.match(written)
    assert match is not None, written
    names = []
    for part in filter(None, (match["names"] or "").split(", ")):
        name, _, alias = part.partition(" as ")
        names.append(ImportedName(name, alias))
    return Import(match["module"], tuple(names), match["alias"] or "", match["kind"] or "module", 0, 0, 0)


class WorkspaceFiles(PathTable):
    """``Files`` over such a string."""

    def __init__(self, written: str) -> None:
        self.memory: dict[Hashable, Any] = {}
        self.texts: dict[str, str] = {}
        self._imports: dict[str, list[Import]] = {}
        self._defined: dict[str, set[str]] = {}
        path = ""
        for line in written.splitlines():
            if head := _HEAD.match(line):
                path = head[1]
                self.texts[path] = ""
            elif line.startswith("> "):
                self._imports.setdefault(path, []).append(wish(line[2:]))
            elif line.startswith("= "):
                self._defined.setdefault(path, set()).update(line[2:].split(", "))
            elif path:
                self.texts[path] += line + "\n"
        super().__init__(self.texts)

    def in_package(self, name: str) -> Sequence[str]:
        clause = (name, "package")
        return [path for path, found in self._imports.items() if clause in [(one.module, one.kind) for one in found]]

    def text(self, path: str) -> str | None:
        return self.texts.get(path)

    def imports(self, path: str) -> Sequence[Import]:
        return self._imports.get(path, [])

    def defines(self, path: str, name: str) -> bool:
        return name in self._defined.get(path, ())


def leads(files: WorkspaceFiles, path: str, written: str, language: str = "") -> list[str]:
    """Where the import written so in the file at ``path`` leads."""
    return list(resolve(wish(written), path, language or language_for_path(path), files))


def defined_in(files: WorkspaceFiles, path: str, written: str, name: str) -> list[str]:
    """Which files define ``name`` of the import written so in the file at ``path``."""
    return list(resolve_name(wish(written), name, path, language_for_path(path), files))
