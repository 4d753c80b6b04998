"""Aliases of imports from tsconfig.json and jsconfig.json: ``paths``, ``baseUrl``, chains of ``extends``."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from foretoken.syntax.resolve.configuration import read_json, table, text_of, texts
from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.paths import ancestors, folder_of, join

# How deep chains of ``extends`` and ``references`` are followed.
_DEEPEST = 12
_NAMES = ("tsconfig.json", "jsconfig.json", "tsconfig.base.json")
# Finds the file of a workspace package that ``extends`` names: (specifier, folder, files) -> path.
FindPackageFile = Callable[[str, str, Files], str | None]


@dataclass(frozen=True, slots=True)
class Aliases:
    """base: the folder of ``baseUrl``, None where there is none. patterns: (before the star, behind it, folder and
    replacement), the longest "before" first; without a star, "behind" is None and the whole specifier has to match.
    """

    base: str | None = None
    patterns: tuple[tuple[str, str | None, tuple[str, ...]], ...] = ()

    def bases(self, specifier: str) -> Iterator[str]:
        """Where this specifier may lead."""
        for before, behind, replacements in self.patterns:
            if behind is None:
                if specifier != before:
                    continue
                star = ""
            elif len(specifier) >= len(before) + len(behind) and specifier.startswith(before):
                if not specifier.endswith(behind):
                    continue
                star = specifier[len(before) : len(specifier) - len(behind)]
            else:
                continue
            for replacement in replacements:
                found = join("", replacement.replace("*", star, 1)) if star or replacement else ""
                if found is not None:
                    yield found
            break  # TypeScript takes the best pattern only
        if self.base is not None:
            found = join(self.base, specifier)
            if found is not None:
                yield found


def aliases_for(folder: str, files: Files, find: FindPackageFile) -> Aliases:
    """The aliases that hold for files of this folder: those of the nearest configuration."""
    return remembered(files, ("javascript aliases", folder), lambda: _nearest(folder, files, find))


def _nearest(folder: str, files: Files, find: FindPackageFile) -> Aliases:
    for above in ancestors(folder):
        for name in _NAMES:
            path = f"{above}/{name}" if above else name
            if files.has(path):
                return remembered(files, ("javascript configuration", path), lambda path=path: _read(path, files, find))
    return Aliases()


def _read(path: str, files: Files, find: FindPackageFile) -> Aliases:
    options = _options(path, folder_of(path), files, find, 0)
    base = options.get("baseUrl")
    patterns = []
    for pattern, replacements in table(options.get("paths")).items():
        before, star, behind = pattern.partition("*")
        patterns.append((before, behind if star else None, tuple(texts(replacements))))
    patterns.sort(key=lambda row: (row[1] is not None, -len(row[0])))
    return Aliases(base if isinstance(base, str) else None, tuple(patterns))


def _options(path: str, leaf: str, files: Files, find: FindPackageFile, depth: int) -> dict[str, object]:
    """``baseUrl`` and ``paths`` with what this configuration inherits; both as paths from the workspace folder."""
    configuration = table(read_json(files, path))
    folder = folder_of(path)
    options: dict[str, object] = {}
    if depth >= _DEEPEST:
        return options
    for parent in texts(configuration.get("extends")):
        found = _extended(parent.replace("${configDir}", "."), folder, files, find)
        if found is not None:
            options |= _options(found, leaf, files, find, depth + 1)
    own = table(configuration, "compilerOptions")
    url = text_of(own.get("baseUrl"))
    if url:
        base = _place(url, folder, leaf)
        if base is not None:
            options["baseUrl"] = base
    if isinstance(own.get("paths"), dict):
        start = options.get("baseUrl", folder)
        start = start if isinstance(start, str) else folder
        options["paths"] = {
            pattern: [place for text in texts(to) if (place := _place(text, start, leaf)) is not None]
            for pattern, to in own["paths"].items()
        }
    if "paths" not in options and "baseUrl" not in options:  # a "solution": all is said by those it refers to
        for reference in configuration.get("references") or ():
            found = join(folder, text_of(table(reference).get("path")) or ".")
            found = found if found is None or found.endswith(".json") else f"{found}/tsconfig.json".lstrip("/")
            # Only parts of the same project: another one's aliases are no business of this folder's files.
            if found is not None and found != path and folder_of(found) == folder and files.has(found):
                options |= {key: at for key, at in _options(found, leaf, files, find, depth + 1).items()}
    return options


def _place(written: str, folder: str, leaf: str) -> str | None:
    if written.startswith("${configDir}"):
        return join(leaf, "." + written.removeprefix("${configDir}"))
    return join(folder, written)


def _extended(parent: str, folder: str, files: Files, find: FindPackageFile) -> str | None:
    if parent.startswith("."):
        for name in (parent, f"{parent}.json", f"{parent}/tsconfig.json"):
            path = join(folder, name)
            if path is not None and files.has(path):
                return path
        return None
    return find(parent, folder, files)
