"""C#, PHP and Swift: what is imported is a namespace or a module, and the files say which one they are in."""

from collections.abc import Iterator

from foretoken.syntax.facts import Import
from foretoken.syntax.resolve.configuration import read_json, table, texts
from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.paths import ancestors, folder_of, join, nearest, nearest_only, unique, usable

_MOST_OF_A_NAMESPACE = 200
# PSR-4 and PSR-0 prefixes of the workspace: each import is held against all of them.
_MOST_PREFIXES = 5_000


def resolve(imported: Import, path: str, language: str, files: Files) -> tuple[str, ...]:
    """The files of a namespace or module, the nearest first; for a class its own file."""
    if imported.kind == "package" or not usable(imported.module):
        return ()
    if language == "php":
        names = [f"{imported.module}\\{name.name}" for name in imported.names] or [imported.module]
        return unique(found for name in names for found in _php(name, path, files))
    if language == "swift":
        return remembered(
            files, ("swift", folder_of(path), imported.module), lambda: _swift(imported.module, path, files)
        )
    names = [f"{imported.module}.{name.name}" for name in imported.names if name.name != "*"] or [imported.module]
    return unique(found for name in names for found in _csharp(name, path, files))


def siblings(path: str, language: str, files: Files) -> tuple[str, ...]:
    """The other files of the same namespace (C#, PHP) or module (Swift): visible without an import."""
    if language == "swift":
        others = files.within(_swift_module(path))
        ending = ".swift"
    else:
        spaces = [clause.module for clause in files.imports(path) if clause.kind == "package"]
        others = [other for space in spaces for other in files.in_package(space)]
        ending = ".php" if language == "php" else ".cs"
    found = unique(other for other in others if other != path and other.endswith(ending))
    return tuple(nearest(found, path)[:_MOST_OF_A_NAMESPACE])


def _csharp(name: str, path: str, files: Files) -> tuple[str, ...]:
    """A namespace's files; for ``using static`` and aliases the file of the class."""
    whole = [file for file in files.in_package(name) if file != path]
    if whole:
        return tuple(nearest(whole, path)[:_MOST_OF_A_NAMESPACE])
    space, _, simple = name.rpartition(".")
    return (
        nearest_only([file for file in files.in_package(space) if files.defines(file, simple)], path) if space else ()
    )


def _php(name: str, path: str, files: Files) -> tuple[str, ...]:
    if "\\" not in name and (name.endswith((".php", ".inc", ".phtml")) or "/" in name):  # require, include
        starts = [folder_of(path), *ancestors(folder_of(path))]
        found = (join(start, name.lstrip("/")) for start in starts)
        return next(((file,) for file in found if file is not None and files.has(file)), ())
    name = name.strip("\\")
    for candidate in _psr4(name, files):
        if files.has(candidate):
            return (candidate,)
    space, _, simple = name.rpartition("\\")
    for file in (found := nearest(files.in_package(space), path) if space else []):
        if files.defines(file, simple):
            return (file,)
    if space and not found:
        parts = name.split("\\")
        for start in range(len(parts) - 1):
            ending = files.ending("/".join(parts[start:]) + ".php")
            at = [file for file in ending if _may_be_in(space, file, files)]
            if at:
                return nearest_only(at, path)
    return ()


def _may_be_in(space: str, path: str, files: Files) -> bool:
    """Whether the file's own clauses say this namespace, or nothing."""
    clauses = [clause.module for clause in files.imports(path) if clause.kind == "package"]
    return not clauses or space in clauses


def _psr4(name: str, files: Files) -> Iterator[str]:
    """Where composer.json's autoload sections (PSR-4, PSR-0) put a class, the longest prefix first."""
    for prefix, folder in remembered(files, "php prefixes", lambda: _prefixes(files)):
        if name.startswith(prefix):
            rest = name[len(prefix) :].lstrip("\\").replace("\\", "/")
            found = join(folder, f"{rest}.php")
            if found is not None:
                yield found


def _prefixes(files: Files) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for path in files.named("composer.json"):
        data = table(read_json(files, path))
        for section in ("autoload", "autoload-dev"):
            for prefix, folders in table(data, section, "psr-4").items():
                places = (join(folder_of(path), folder or ".") for folder in texts(folders))
                found += [(prefix, place) for place in places if place is not None]
            for prefix, folders in table(data, section, "psr-0").items():
                inner = prefix.strip("\\").replace("\\", "/")
                places = (join(folder_of(path), f"{folder or '.'}/{inner}") for folder in texts(folders))
                found += [(prefix, place) for place in places if place is not None]
    return sorted(found[:_MOST_PREFIXES], key=lambda row: -len(row[0]))


def _swift(module: str, path: str, files: Files) -> tuple[str, ...]:
    name = module.partition(".")[0]
    for above in ancestors(folder_of(path)):
        for sources in ("Sources", "Source", "src", ""):
            folder = join(above, f"{sources}/{name}" if sources else name)
            if folder is not None and files.has_folder(folder) and folder != _swift_module(path):
                inside = [file for file in files.within(folder) if file.endswith(".swift")]
                if inside:
                    return tuple(sorted(inside)[:_MOST_OF_A_NAMESPACE])
    return ()


def _swift_module(path: str) -> str:
    """The folder of a file's module: below Sources or Tests in a package, else the file's own."""
    parts = path.split("/")
    for position, part in enumerate(parts[:-2]):
        if part in {"Sources", "Source", "Tests", "Plugins"}:
            return "/".join(parts[: position + 2])
    return folder_of(path)
