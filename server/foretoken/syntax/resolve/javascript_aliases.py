"""Aliases of imports from tsconfig.json and jsconfig.json: ``paths``, ``baseUrl``, chains of ``extends``."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from foretoken.syntax.resolve.configuration import read_json, table, tables, text_of, texts
from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.paths import ancestors, folder_of, join

# How deep chains of ``extends`` and ``references`` are followed, and how many files are read for one configuration:
# each may extend several, and they each other.
_DEEPEST = 12
_MOST_READ = 100
_MOST_PATTERNS = 2_000
_MOST_REPLACEMENTS = 50
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
    options = _Options(folder_of(path), files, find).of(path, ())
    base = options.get("baseUrl")
    patterns = []
    for pattern, replacements in table(options.get("paths")).items():
        before, star, behind = pattern.partition("*")
        patterns.append((before, behind if star else None, tuple(texts(replacements)[:_MOST_REPLACEMENTS])))
    patterns = sorted(patterns[:_MOST_PATTERNS], key=lambda row: (row[1] is not None, -len(row[0])))
    return Aliases(base if isinstance(base, str) else None, tuple(patterns))


class _Options:
    """``baseUrl`` and ``paths`` with what a configuration inherits; both as paths from the workspace folder.

    leaf: the folder of the configuration that all is read for.
    """

    def __init__(self, leaf: str, files: Files, find: FindPackageFile) -> None:
        self._leaf = leaf
        self._files = files
        self._find = find
        self._read = 0

    def of(self, path: str, chain: tuple[str, ...]) -> dict[str, object]:
        """What holds for the configuration at ``path``. chain: those that led to it."""
        options: dict[str, object] = {}
        self._read += 1
        if path in chain or len(chain) >= _DEEPEST or self._read > _MOST_READ:
            return options
        chain = (*chain, path)
        configuration = table(read_json(self._files, path))
        folder = folder_of(path)
        for parent in texts(configuration.get("extends"))[:_MOST_READ]:
            found = _extended(parent.replace("${configDir}", "."), folder, self._files, self._find)
            if found is not None:
                options |= self.of(found, chain)
        own = table(configuration, "compilerOptions")
        base = self._place(text_of(own.get("baseUrl")), folder)
        if base is not None:
            options["baseUrl"] = base
        if isinstance(own.get("paths"), dict):
            start = options.get("baseUrl", folder)
            start = start if isinstance(start, str) else folder
            options["paths"] = {
                pattern: [place for text in texts(to) if (place := self._place(text, start)) is not None]
                for pattern, to in own["paths"].items()
            }
        if "paths" not in options and "baseUrl" not in options:  # a "solution": all is said by those it refers to
            for reference in tables(configuration.get("references"))[:_MOST_READ]:
                found = join(folder, text_of(reference.get("path")) or ".")
                found = found if found is None or found.endswith(".json") else f"{found}/tsconfig.json".lstrip("/")
                # Only parts of the same project: another one's aliases are no business of this folder's files.
                if found is not None and folder_of(found) == folder and self._files.has(found):
                    options |= self.of(found, chain)
        return options

    def _place(self, written: str, folder: str) -> str | None:
        if written.startswith("${configDir}"):
            return join(self._leaf, "." + written.removeprefix("${configDir}"))
        return join(folder, written)


def _extended(parent: str, folder: str, files: Files, find: FindPackageFile) -> str | None:
    if parent.startswith("."):
        for name in (parent, f"{parent}.json", f"{parent}/tsconfig.json"):
            path = join(folder, name)
            if path is not None and files.has(path):
                return path
        return None
    return find(parent, folder, files)
