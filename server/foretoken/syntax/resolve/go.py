"""Go's imports: an import is a package, which is all files of its folder but the tests."""

from collections.abc import Iterator
from dataclasses import dataclass

from foretoken.syntax.facts import Import
from foretoken.syntax.resolve.configuration import read_text
from foretoken.syntax.resolve.files import Files, remembered
from foretoken.syntax.resolve.paths import ancestors, common_length, folder_of, join, under, usable


@dataclass(frozen=True, slots=True)
class Module:
    """One go.mod (or go.work, whose path is ""). replaced: (module path, folder) of each local ``replace``."""

    path: str
    folder: str
    replaced: tuple[tuple[str, str], ...]


def resolve(imported: Import, path: str, files: Files) -> tuple[str, ...]:
    """The files of the imported package."""
    if imported.kind == "package" or not usable(imported.module):
        return ()
    folder = folder_of(path)
    module = imported.module
    return remembered(files, ("go package", folder, module), lambda: _resolve(module, path, files))


def resolve_name(imported: Import, name: str, path: str, files: Files) -> tuple[str, ...]:
    """The files of the imported package that define ``name``."""
    return tuple(found for found in resolve(imported, path, files) if files.defines(found, name))


def siblings(path: str, files: Files) -> tuple[str, ...]:
    """The other files of the package: they see each other without an import. Tests are seen by tests alone."""
    package = _package_of(path, files)
    test = path.endswith("_test.go")
    found = []
    for other in files.under(folder_of(path)):
        if other == path or not other.endswith(".go") or (other.endswith("_test.go") and not test):
            continue
        # A folder holds one package, its external test package, and at times a program that a generator runs.
        others = _package_of(other, files)
        if not package or not others or _bare(package) == _bare(others):
            found.append(other)
    return tuple(found)


def _bare(package: str) -> str:
    return package.removesuffix("_test")


def _package_of(path: str, files: Files) -> str:
    return next((clause.module for clause in files.imports(path) if clause.kind == "package"), "")


def _resolve(module: str, path: str, files: Files) -> tuple[str, ...]:
    if module.startswith(("./", "../")) or module in {".", ".."}:  # before modules, and in tests of compilers
        folder = join(folder_of(path), module)
        return _package_files(folder, files) if folder is not None else ()
    for folder in _folders(module, path, files):
        found = _package_files(folder, files)
        if found:
            return found
    return ()


def _folders(module: str, path: str, files: Files) -> Iterator[str]:
    """Where the package may lie: in a module of the workspace (the longest path first), vendored, or in GOPATH/src."""
    known = remembered(files, "go modules", lambda: _modules(files))
    owners: list[tuple[int, int, str]] = []
    for candidate in _prefixes(module):
        rest = module[len(candidate) + 1 :]
        for folder in known.get(candidate, ()):
            owners.append((-len(candidate), -common_length(f"{folder}/.", path), under(folder, rest)))
    yield from (folder for _, _, folder in sorted(owners))
    for above in ancestors(folder_of(path)):
        yield from (found for name in ("vendor", "src") if files.has_folder(found := under(above, f"{name}/{module}")))


def _prefixes(module: str) -> Iterator[str]:
    while module:
        yield module
        module = module.rpartition("/")[0]


def _package_files(folder: str, files: Files) -> tuple[str, ...]:
    """The package's files, the one named like the package first, then doc.go, then by name."""
    name = folder.rpartition("/")[2]
    order = {f"{name}.go": 0, "doc.go": 1}
    found = [path for path in files.under(folder) if path.endswith(".go") and not path.endswith("_test.go")]
    return tuple(sorted(found, key=lambda path: (order.get(path.rpartition("/")[2], 2), path)))


def _modules(files: Files) -> dict[str, tuple[str, ...]]:
    """Module path -> the folders that hold it."""
    found: dict[str, list[str]] = {}
    for name in ("go.mod", "go.work"):
        for path in files.named(name):
            module = _read(path, files)
            if module.path:
                found.setdefault(module.path, []).append(module.folder)
            for replaced, folder in module.replaced:
                found.setdefault(replaced, []).append(folder)
    return {module: tuple(dict.fromkeys(folders)) for module, folders in found.items()}


def _read(path: str, files: Files) -> Module:
    """The directives ``module`` and ``replace`` of a go.mod or go.work file (go.dev/ref/mod has the format)."""
    folder = folder_of(path)
    module = ""
    replaced: list[tuple[str, str]] = []
    block = ""
    for line in read_text(files, path).splitlines():
        words = line.partition("//")[0].split()
        if not words:
            continue
        if words == [")"]:
            block = ""
            continue
        if words[1:] == ["("]:
            block = words[0]
            continue
        if block:
            words = [block, *words]
        if words[0] == "module" and len(words) == 2:
            module = words[1].strip("\"'`")
        elif words[0] == "replace" and "=>" in words and words.index("=>") + 1 < len(words):
            target = words[words.index("=>") + 1].strip("\"'`")
            place = join(folder, target) if target.startswith(".") else None
            if place is not None:
                replaced.append((words[1].strip("\"'`"), place))
    return Module(module, folder, tuple(replaced))
