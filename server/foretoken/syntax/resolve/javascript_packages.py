"""Packages of the workspace (npm, pnpm, yarn, bun): their names, entries, ``exports`` and ``imports``.

A package's entries mostly lie in a build folder that is not there, or is ignored: each is also looked for where its
source would be. Node's documentation, "Modules: Packages", has the rules of ``exports`` and ``imports``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from foretoken.syntax.resolve.configuration import read_json, table, text_of, texts
from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.paths import ancestors, common_length, folder_of, join, usable

# Of a package's conditions, in the order in which a reader of sources wants them; what is not named comes last.
_CONDITIONS = ("source", "development", "types", "typings", "import", "module", "node", "browser", "default", "require")
_ENTRIES = ("source", "types", "typings", "module", "main")
_BUILT = re.compile(r"^(?:dist|build|lib|out|output|esm|cjs|es|types|typings|_esm|_cjs|_types|lib-dist)(?:/|$)")
_COMPILED = re.compile(r"(?:\.d)?\.[cm]?[jt]sx?$")
_MOST_TARGETS = 40


@dataclass(frozen=True, slots=True)
class Package:
    """One package.json. entries: what ``main`` and its kin say, the best first."""

    name: str
    folder: str
    entries: tuple[str, ...]
    exports: Any
    imports: dict[str, Any]


def package_of(folder: str, files: Files) -> Package | None:
    """The package that files of this folder belong to."""
    return remembered(files, ("javascript package", folder), lambda: _nearest(folder, files))


def packages_named(specifier: str, path: str, files: Files) -> Iterator[tuple[Package, str]]:
    """The workspace's packages that the specifier begins with, nearest first, each with "." or "./rest"."""
    parts = specifier.split("/")
    width = 2 if specifier.startswith("@") else 1
    rest = "/".join((".", *parts[width:]))
    found = remembered(files, "javascript packages", lambda: _by_name(files)).get("/".join(parts[:width]), ())
    for package in sorted(found, key=lambda one: (-common_length(f"{one.folder}/.", path), one.folder)):
        yield package, rest


def targets(package: Package, wanted: str, files: Files) -> Iterator[str]:
    """Where "." or "./rest" of a package may lie (or "#alias", inside itself), as paths from the workspace folder."""
    seen: set[str] = set()
    for relative in filter(usable, _relative_targets(package, wanted)):
        for candidate in (relative, *sources(relative)):
            found = join(package.folder, candidate)
            if found is not None and found not in seen:
                seen.add(found)
                yield found
        if len(seen) > _MOST_TARGETS:
            return


def _relative_targets(package: Package, wanted: str) -> Iterator[str]:
    if wanted.startswith("#"):
        yield from _matching(package.imports, wanted)
        return
    yield from _matching(package.exports, wanted)
    if wanted == ".":
        yield from package.entries
        yield from ("src/index", "index", "lib/index", "src/main", "src", "mod")
    else:
        rest = wanted.removeprefix("./")
        yield from (rest, f"src/{rest}", f"lib/{rest}")


def _matching(exports: Any, wanted: str) -> Iterator[str]:
    """What ``exports`` or ``imports`` has for ``wanted``: the exact key, else the pattern with the longest start."""
    yield from islice(_all_matching(exports, wanted), _MOST_TARGETS)


def _all_matching(exports: Any, wanted: str) -> Iterator[str]:
    if isinstance(exports, dict) and any(key.startswith((".", "#")) for key in exports):
        if wanted in exports:
            yield from _leaves(exports[wanted], 0)
            return
        for key in sorted((key for key in exports if "*" in key or key.endswith("/")), key=len, reverse=True):
            before, star, behind = key.partition("*")
            if wanted.startswith(before) and wanted.endswith(behind) and len(wanted) >= len(before) + len(behind):
                rest = wanted[len(before) : len(wanted) - len(behind)]
                for leaf in _leaves(exports[key], 0):
                    yield leaf.replace("*", rest) if star else leaf + rest
                return
    elif wanted == ".":
        yield from _leaves(exports, 0)


def _leaves(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if usable(value):
            yield value
    elif isinstance(value, list) and depth < 8:
        for item in value:
            yield from _leaves(item, depth + 1)
    elif isinstance(value, dict) and depth < 8:
        for key in (*_CONDITIONS, *(key for key in value if key not in _CONDITIONS)):
            if key in value:
                yield from _leaves(value[key], depth + 1)


def sources(target: str) -> Iterator[str]:
    """Where the source of a built file would be: "./dist/esm/a.js" is "src/a", "a" or "src/esm/a"."""
    target = target.removeprefix("./")
    bare = _COMPILED.sub("", target)
    if bare != target:
        yield bare
    stripped = bare
    while (match := _BUILT.match(stripped)) and match.end() < len(stripped):
        stripped = stripped[match.end() :]
        yield f"src/{stripped}"
        yield stripped


def _nearest(folder: str, files: Files) -> Package | None:
    for above in ancestors(folder):
        path = f"{above}/package.json" if above else "package.json"
        if files.has(path):
            return _read(path, files)
    return None


def _by_name(files: Files) -> dict[str, tuple[Package, ...]]:
    found: dict[str, tuple[Package, ...]] = {}
    for path in files.named("package.json"):
        package = _read(path, files)
        if package.name:
            found[package.name] = (*found.get(package.name, ()), package)
    return found


def _read(path: str, files: Files) -> Package:
    return remembered(files, ("javascript package file", path), lambda: _parse(path, files))


def _parse(path: str, files: Files) -> Package:
    data = table(read_json(files, path))
    entries = tuple(entry for key in _ENTRIES for entry in texts(data.get(key))[:1])
    return Package(text_of(data.get("name")), folder_of(path), entries, data.get("exports"), table(data, "imports"))
