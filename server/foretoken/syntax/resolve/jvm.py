"""Java's, Kotlin's and Scala's imports: a class by its path, anything else by the package clauses of the files.

Java's files lie where their package says, below some source root; Kotlin's and Scala's need not, so the clause decides.
"""

from collections.abc import Iterator

from foretoken.syntax.facts import Import
from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.paths import folder_of, nearest, nearest_only, unique, usable

_ENDINGS = (".java", ".kt", ".scala", ".groovy")
_EVERYTHING = frozenset({"*", "_", "given"})
# A package of thousands of files that is imported whole says nothing of what is used.
_MOST_OF_A_PACKAGE = 200


def resolve(imported: Import, path: str, files: Files) -> tuple[str, ...]:
    """The file of the class; for a whole package its files."""
    if imported.kind == "package" or not usable(imported.module):
        return ()
    found: list[str] = []
    for name in _full_names(imported):
        found += _full(name, path, files)
    return unique(found)


def resolve_name(imported: Import, name: str, path: str, files: Files) -> tuple[str, ...]:
    """The files that define ``name``: the import's own, or one of the package or class that it brings whole."""
    found = resolve(imported, path, files)
    defining = tuple(file for file in found if files.defines(file, name))
    if defining or not found:
        return defining
    return ()


def siblings(path: str, files: Files) -> tuple[str, ...]:
    """The other files of the same package, the nearest first: those of the same source root before the tests'."""
    package = _package_of(path, files)
    others = files.in_package(package) if package else files.under(folder_of(path))
    found = [other for other in others if other != path and other.endswith(_ENDINGS)]
    return tuple(nearest(found, path)[:_MOST_OF_A_PACKAGE])


def _package_of(path: str, files: Files) -> str:
    # Scala may open a package in several clauses, one inside the other.
    return ".".join(clause.module for clause in files.imports(path) if clause.kind == "package")


def _full_names(imported: Import) -> Iterator[str]:
    module = imported.module
    if not imported.names:
        yield module
    for name in imported.names:
        yield f"{module}.{name.name}" if name.name not in _EVERYTHING else f"{module}.*"


def _full(name: str, path: str, files: Files) -> tuple[str, ...]:
    # Scala's imports may begin at the package that the file is in, or at one around it.
    package = _package_of(path, files) if path.endswith((".scala", ".sc", ".sbt")) else ""
    while package:
        found = _absolute(f"{package}.{name}", path, files)
        if found:
            return found
        package = package.rpartition(".")[0]
    return _absolute(name, path, files)


def _absolute(name: str, path: str, files: Files) -> tuple[str, ...]:
    parts = name.split(".")
    whole = parts[-1] in _EVERYTHING
    if whole:
        parts.pop()
        package = files.in_package(".".join(parts))
        if package:
            return tuple(nearest((file for file in package if file != path), path)[:_MOST_OF_A_PACKAGE])
    name = ".".join(parts)
    found = remembered(files, ("jvm class", name), lambda: _by_path(parts, files)) or _by_clause(parts, files)
    return nearest_only(found, path)


def _by_path(parts: list[str], files: Files) -> tuple[str, ...]:
    """The files that lie where the class would; the longest start that is one, for the rest is nested or a member."""
    for length in _lengths(parts):
        place = "/".join(parts[:length])
        for ending in _ENDINGS:
            found = files.ending(place + ending)
            if found:
                return tuple(found)
    return ()


def _by_clause(parts: list[str], files: Files) -> list[str]:
    """The files of the package that define the name, wherever they lie. What they define changes: never remembered."""
    for length in _lengths(parts):
        simple = parts[length - 1]
        found = [file for file in files.in_package(".".join(parts[: length - 1])) if files.defines(file, simple)]
        if found:
            return found
    return []


def _lengths(parts: list[str]) -> range:
    """How many parts may name a class: all, or up to three fewer; never a package's first part alone."""
    return range(len(parts), max(len(parts) - 4, 1 if len(parts) > 1 else 0), -1)
